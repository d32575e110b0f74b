"""What goes wrong with a provider."""


class UpstreamError(Exception):
    """A provider did not answer as it should; the message says how, without any secret."""
