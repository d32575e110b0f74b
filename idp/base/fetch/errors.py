"""What can go wrong with a fetch. Messages never hold the address, which may be a secret, nor anything that the host sent."""

import errno
import http.client
import os
import socket
import ssl


class FetchError(Exception):
    """Something could not be fetched or sent, or must not be; `status` is that of the answer, where there was one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class HostError(FetchError):
    """The host is to blame: it cannot be found or reached, is too slow, or answers with 500 or more."""


# The first that fits counts.
_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "the host is too slow"),
    (ConnectionRefusedError, "the host refuses the connection: nobody listens there"),
    (http.client.RemoteDisconnected, "the host broke the connection off"),
    (ConnectionError, "the host broke the connection off"),
    (ssl.SSLCertVerificationError, "the certificate of the host is not trusted"),
    (ssl.SSLError, "TLS cannot be spoken with the host"),
    (socket.gaierror, "there is no host of this name"),
    (http.client.HTTPException, "what came is no HTTP"),
    (ValueError, "what came is no HTTP"),
)


def tell(error: Exception) -> str:
    """Return in words what went wrong with a host, for administrators; never anything that the host sent."""
    if isinstance(error, FetchError):
        return str(error)
    if isinstance(error, OSError) and error.errno == errno.ENOTCONN:
        error = ConnectionResetError()  # the kernel says so of a connection that was reset a moment ago
    said = next((sentence for kind, sentence in _SENTENCES if isinstance(error, kind)), None)
    if said is not None:
        return said
    is_known = isinstance(error, OSError) and error.errno in errno.errorcode
    return f"the host is not reached: {os.strerror(error.errno).lower()}" if is_known else type(error).__name__  # type: ignore[attr-defined] # an OSError
