"""Reading requests: what the parser (llhttp) finds becomes the environment that WSGI asks for (PEP 3333).

The parser is strict: it refuses what could be two requests to one reader and one to another (RFC 9112, section 11.2).
"""

import io
import re
from collections import deque
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote_to_bytes

import httptools

from idp.base.bounds import REFUSED
from idp.base.http import MAX_BODY
from idp.serving import limits

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_OWN_NAMES = {"HTTP_CONTENT_TYPE": "CONTENT_TYPE", "HTTP_CONTENT_LENGTH": "CONTENT_LENGTH"}
# One of ours (section 3.2); a tunnel to somebody else (CONNECT) has another form. And a host that has nothing of a path or a user.
_TARGET = re.compile(rb"/|https?://[^/?#]", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=%:\[\]-]*")
LONGEST_USUAL = 64  # characters of a header's name
_ONCE = {"HTTP_HOST", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_AUTHORIZATION"}


class Malformed(Exception):
    """What came is no request that can be answered politely."""

    def __init__(self, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(status.phrase)
        self.status = status


@dataclass
class Request:
    """A whole request. `keeps` says whether its connection may go on; a refused one's may not."""

    environ: dict[str, Any]
    keeps: bool


@dataclass
class Reader:
    """Reads one connection; `base` is the part of the environment that all its requests share."""

    base: dict[str, Any]
    complete: deque[Request] = field(default_factory=deque)
    has_begun: bool = False  # a request, which is not complete
    has_head: bool = False
    wants_word: bool = False  # the peer waits to be told to send the body

    def __post_init__(self) -> None:
        """Make the parser."""
        self._parser = httptools.HttpRequestParser(self)
        self._fault: HTTPStatus | None = None
        self._refused: HTTPStatus | None = None
        self._is_repeated = False  # the head that the parser reads
        self._begin()

    def feed(self, data: bytes) -> None:
        """Take bytes; complete requests are in `complete` afterwards.

        Raises:
            Malformed: no HTTP/1, or a head without end.
        """
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._decline()
            if rest := data[offer.args[0] :]:
                self.feed(rest)
                return
        except httptools.HttpParserError:
            raise Malformed(self._fault or HTTPStatus.BAD_REQUEST) from None
        self._unread += len(data)
        if self.has_begun and not self.has_head and self._unread > limits.LARGEST_HEAD:
            raise Malformed(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._unread > limits.LARGEST_FRAMED:  # sizes and extensions of chunks are no part of a body
            raise Malformed(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if self._refused and self.has_begun:  # no more of it is read
            self._complete(keeps=False)

    @property
    def held(self) -> int:
        """How many bytes there are of a request that is not complete."""
        return len(self._url) + self._size + len(self._body) if self.has_begun else 0

    def on_message_begin(self) -> None:
        """Begin a request."""
        if self._is_repeated:
            return
        if len(self.complete) > limits.MOST_PIPELINED:
            self._fail(HTTPStatus.BAD_REQUEST)
        self._begin()
        self.has_begun = True

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        if not self._is_repeated:
            self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; a name that WSGI could not tell from another one is left out."""
        self._size += len(name) + len(value)
        self._count += 1
        if self._size > limits.LARGEST_HEAD or self._count > limits.MOST_HEADERS:
            self._refused = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        # What stands behind the body is no header (RFC 9110, section 6.5.1).
        if b"_" in name or self._refused or self.has_head:
            return
        key = _key_of(name)
        text = value.strip(b" \t").decode("latin-1")
        if key in self._environ:
            if key in _ONCE:
                self._fail(HTTPStatus.BAD_REQUEST)
            text = f"{self._environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        self._environ[key] = text

    def on_headers_complete(self) -> None:
        """Judge the head."""
        if self._is_repeated:
            return
        self.has_head = True
        self._method = self._parser.get_method().decode("latin-1")
        self._version = self._parser.get_http_version()
        self._keeps = self._parser.should_keep_alive()
        if self._version not in {"1.0", "1.1"}:
            self._fail(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
        if self._method == "CONNECT":
            self._fail(HTTPStatus.NOT_IMPLEMENTED)
        if not self._is_clear() and not self._refused:
            self._fail(HTTPStatus.BAD_REQUEST)
        length = self._environ.get("HTTP_CONTENT_LENGTH", "0")
        if not length.isdecimal() or len(length) > 12 or int(length) > MAX_BODY:
            self._refused = self._refused or HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        waits = self._environ.get("HTTP_EXPECT", "").lower() == "100-continue" and self._version == "1.1"
        self.wants_word = waits and not self._refused

    def on_body(self, part: bytes) -> None:
        """Take a part of the body, up to what is allowed in all."""
        self._length += len(part)
        if self._length > MAX_BODY:
            self._refused = self._refused or HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        else:
            self._body += part

    def on_message_complete(self) -> None:
        """Put the request together, unless the parser takes its body for another protocol."""
        is_offer = self._parser.should_upgrade() and (self._length_told() or self._is_chunked())
        if self.has_begun and not is_offer:
            self._complete(keeps=self._keeps and not self._refused)

    def _begin(self) -> None:
        self._environ = self.base.copy()
        self._url, self._body = b"", bytearray()
        self._method, self._version, self._keeps = "GET", "1.1", False
        self._size = self._count = self._length = self._unread = 0
        self._refused = None
        self.has_begun = self.has_head = self.wants_word = False

    def _complete(self, *, keeps: bool) -> None:
        environ = self._environ
        target = self._url if self._url.startswith(b"/") else _origin_form(self._url)
        path, _, query = target.partition(b"?")
        for found, own in _OWN_NAMES.items():
            if found in environ:
                environ[own] = environ.pop(found)
        if "HTTP_TRANSFER_ENCODING" in environ:  # the body has come whole
            del environ["HTTP_TRANSFER_ENCODING"]
            environ["CONTENT_LENGTH"] = str(self._length)
        environ["REQUEST_METHOD"] = self._method
        environ["PATH_INFO"] = (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1")
        environ["QUERY_STRING"] = query.decode("latin-1")
        environ["SERVER_PROTOCOL"] = f"HTTP/{self._version}"
        environ["wsgi.input"] = io.BytesIO(b"" if self._refused else self._body)
        if self._refused:
            environ[REFUSED] = self._refused
        self.complete.append(Request(environ, keeps))
        self.has_begun = self.has_head = self.wants_word = False

    def _decline(self) -> None:
        """Go on in this protocol where the peer has offered another one (Java's client does, with h2c), which the parser cannot."""
        self._parser = httptools.HttpRequestParser(self)
        if self.has_begun:  # the body is still to come
            body = "Transfer-Encoding: chunked" if self._is_chunked() else f"Content-Length: {self._length_told()}"
            self._is_repeated = True
            self._parser.feed_data(f"POST / HTTP/1.1\r\n{body}\r\n\r\n".encode())
            self._is_repeated = False

    def _is_clear(self) -> bool:
        """Say whether a head has a target and a host that mean one thing, and one framing that we know (sections 3.2 and 6.1)."""
        host, coding = self._environ.get("HTTP_HOST"), self._environ.get("HTTP_TRANSFER_ENCODING")
        if (host is None and self._version == "1.1") or not _HOST.fullmatch(host or ""):
            return False
        if not _TARGET.match(self._url) and (self._url, self._method) != (b"*", "OPTIONS"):
            return False
        knows_length = "HTTP_CONTENT_LENGTH" in self._environ
        return coding is None or (coding.lower() == "chunked" and self._version == "1.1" and not knows_length)

    def _length_told(self) -> int:
        return int(self._environ.get("HTTP_CONTENT_LENGTH", "0"))

    def _is_chunked(self) -> bool:
        return "HTTP_TRANSFER_ENCODING" in self._environ

    def _fail(self, status: HTTPStatus) -> None:
        self._fault = status
        raise Malformed(status)


@lru_cache(maxsize=256)  # most requests bring the same few; one of any length could not be kept
def _usual_key(name: bytes) -> str:
    return "HTTP_" + name.decode("latin-1").upper().replace("-", "_")


def _key_of(name: bytes) -> str:
    """Return how WSGI calls a header (PEP 3333)."""
    return _usual_key(name) if len(name) <= LONGEST_USUAL else _usual_key.__wrapped__(name)


def _origin_form(url: bytes) -> bytes:
    """Return the path of a target in another form (RFC 9112, section 3.2)."""
    try:
        parts = httptools.parse_url(url)
    except httptools.HttpParserInvalidURLError:
        return b"/"
    path: bytes = parts.path if parts.path and parts.path.startswith(b"/") else b"/"
    return path + (b"?" + parts.query if parts.query else b"")
