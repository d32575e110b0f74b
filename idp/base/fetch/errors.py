"""What can go wrong with a fetch. Messages never hold the address, which may be a secret, nor anything that the host sent."""


class FetchError(Exception):
    """Something could not be fetched or sent, or must not be; `status` is that of the answer, where there was one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class HostError(FetchError):
    """The host is to blame: it cannot be found or reached, is too slow, or answers with 500 or more."""
