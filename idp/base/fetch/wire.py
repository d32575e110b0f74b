"""One HTTP exchange over one connection, all of it before one deadline and within limits. Nothing is followed, decoded or kept.

The standard library speaks HTTP/1.1; the bytes go through `_Bytes`, which waits no longer and takes no more than is left. Time-outs of
single reads would let a host that sends a byte at a time hold its caller for ever.
"""

import http.client
import io
import math
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.base.extensions import settings
from idp.base.fetch.deadline import Deadline
from idp.base.fetch.errors import FetchError, HostError, tell
from idp.base.fetch.target import Address, Target, locate

DEADLINE = 10.0  # seconds for everything: look-up, connection, question and answer
CONNECT = 3.0  # seconds for one of a host's addresses
LARGEST_HEAD = 64 * 1024  # bytes of status line and headers


@dataclass(frozen=True)
class Question:
    """What is sent, and how many bytes of the answer's body are wanted: of a good answer, or of any (`wants_all`)."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None
    largest: int = 0
    wants_all: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back; the body only where it was wanted, and one byte more than was wanted where it is too large."""

    status: int
    encoding: str
    body: bytes
    is_cut_off: bool
    location: str = ""
    retry_after: str = ""
    cache_control: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the status is one of success (RFC 9110, section 15.3)."""
        return 200 <= self.status < 300


def ask(target: Target, question: Question, deadline: Deadline | None = None) -> Answer:
    """Send a question and return the answer, within `DEADLINE` unless there is another deadline.

    Raises:
        HostError: unknown, not reached, not trusted, too slow, or no HTTP.
        FetchError: the host has a private address, or the answer never ends.
    """
    deadline = deadline or Deadline(DEADLINE)
    found = locate(target, deadline)
    context = _trust() if target.scheme == "https" else None
    try:
        with _connect(found, context, target.host, deadline) as connected:
            return _converse(connected, target, question, deadline)
    except TimeoutError:
        raise HostError("the host is too slow") from None
    # A ValueError is the standard library's answer to some malformed chunks.
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise HostError(tell(error)) from None


def reach(target: Target, deadline: Deadline, *, encrypted: bool) -> socket.socket:
    """Return a connection to a host, for what is no HTTP; with TLS where it is to be encrypted.

    Raises:
        FetchError: the host has a private address.
        HostError: unknown, not reached, not trusted, or too slow.
    """
    try:
        return _connect(locate(target, deadline), _trust() if encrypted else None, target.host, deadline)
    except TimeoutError:
        raise HostError("the host is too slow") from None
    except OSError as error:
        raise HostError(tell(error)) from None


def _converse(connected: socket.socket, target: Target, question: Question, deadline: Deadline) -> Answer:
    line = _Line(connected, deadline)
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.sock = line
    connection.putrequest(question.method, target.path, skip_host=True, skip_accept_encoding=True)
    own = {"Host": target.origin, "User-Agent": "Gatehouse", "Accept-Encoding": "identity", "Connection": "close"}
    if question.body is not None:
        own["Content-Length"] = str(len(question.body))
    for name, value in (own | dict(question.headers)).items():
        connection.putheader(name, value)
    connection.endheaders(question.body)
    line.bytes.budget = LARGEST_HEAD
    with connection.getresponse() as response:
        if line.bytes.has_ended:  # the standard library takes half of the headers for all of them
            raise HostError("the answer is cut off")
        # Chunks have sizes around them, and a malformed size makes the standard library read on and on.
        line.bytes.budget = 2 * question.largest + LARGEST_HEAD
        is_wanted = question.wants_all or 200 <= response.status < 300
        body = response.read(question.largest + 1) if is_wanted else b""
        is_cut_off = len(body) <= question.largest and bool(response.length)
        encoding = ", ".join(response.headers.get_all("Content-Encoding", [])).strip().lower()
        named = {name: response.headers.get(name, "") for name in ("location", "retry-after")}
        cache_control = ", ".join(response.headers.get_all("Cache-Control", []))
        return Answer(
            response.status, encoding, body, is_cut_off, named["location"], named["retry-after"], cache_control
        )


def _connect(found: list[Address], context: ssl.SSLContext | None, host: str, deadline: Deadline) -> socket.socket:
    """Return a connection to the first address that takes one; with TLS to the host of that name, where there is a context."""
    problem: OSError | None = None
    for family, address in found:
        try:
            connected = _reach(family, address, min(CONNECT, deadline.left()))
        except OSError as error:
            problem = error
            continue
        return _encrypt(connected, context, host, deadline) if context is not None else connected
    raise problem or HostError("the host is unknown")


def _reach(family: socket.AddressFamily, address: tuple[Any, ...], seconds: float) -> socket.socket:
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        connected.settimeout(seconds)
        connected.connect(address)
    except OSError:
        connected.close()
        raise
    return connected


def _encrypt(connected: socket.socket, context: ssl.SSLContext, host: str, deadline: Deadline) -> ssl.SSLSocket:
    try:
        connected.settimeout(deadline.left())
        return context.wrap_socket(connected, server_hostname=host)
    except BaseException:
        connected.close()
        raise


def _trust() -> ssl.SSLContext:
    """Return whom to believe: the system's authorities, and the operator's besides."""
    context = ssl.create_default_context()
    if settings().trusted_ca_file is not None:
        context.load_verify_locations(settings().trusted_ca_file)
    return context


class _Bytes(io.RawIOBase):
    """What a host sends, for as long as there is time, and up to so many bytes."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self.budget: float = math.inf
        self.has_ended = False
        self._connected = connected
        self._deadline = deadline

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer with what has come; 0 at the end.

        Raises:
            FetchError: no time, or no bytes, are left.
        """
        if self.budget <= 0:
            raise FetchError("the answer is too large")
        self._connected.settimeout(self._deadline.left())
        received = self._connected.recv_into(buffer)
        self.budget -= received
        self.has_ended = received == 0
        return received


class _Line:
    """What http.client needs of a socket. It does not close the connection, whose end its maker brings."""

    def __init__(self, connected: socket.socket, deadline: Deadline) -> None:
        self.bytes = _Bytes(connected, deadline)
        self._connected = connected
        self._deadline = deadline

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a reader of what comes."""
        return io.BufferedReader(self.bytes)

    def sendall(self, data: bytes) -> None:
        """Send bytes, all of them."""
        self._connected.settimeout(self._deadline.left())
        self._connected.sendall(data)

    def close(self) -> None:
        """Leave the connection open: the answer is still read."""
