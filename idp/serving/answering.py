"""Answering: the application is called as WSGI says (PEP 3333), and its whole answer becomes the bytes that are sent."""

import logging
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

from idp.base.door.answer import Answer
from idp.serving.reading import Request

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

RETRY_AFTER = "5"  # seconds

log = logging.getLogger(__name__)


def answer(app: Application, request: Request) -> tuple[bytes, bool]:
    """Return an answer's bytes, and whether the connection may go on. Whatever fails, there is one."""
    told: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], error: Any = None) -> Callable[[bytes], None]:
        if told and error is None:
            raise AssertionError("an answer begins once")
        told[:] = status, headers
        return written.append

    try:
        parts = app(request.environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            if (close := getattr(parts, "close", None)) is not None:
                close()
        status, headers = told
        return _write(status, headers, b"".join(written) + body, _Terms.of(request)), request.keeps
    except BaseException:  # Flask answers its own; this is one outside of it, or nothing that can be sent
        log.exception("a request ended in an error outside of the application")
        return refuse(HTTPStatus.INTERNAL_SERVER_ERROR), False


def publish(known: Answer, request: Request) -> bytes:
    """Return the bytes of an answer that is everybody's; they are kept for the second in which they are true."""
    return _published(known, _Terms.of(request), int(time.time()))


@lru_cache(maxsize=32)
def _published(known: Answer, terms: "_Terms", _second: int) -> bytes:
    status = HTTPStatus(known.status)
    return _write(f"{status.value} {status.phrase}", [*known.headers.items()], known.body, terms)


class _Terms(NamedTuple):
    """What of a request its answer's head depends on."""

    method: str
    protocol: str
    keeps: bool

    @staticmethod
    def of(request: Request) -> "_Terms":
        """Return a request's."""
        return _Terms(request.environ["REQUEST_METHOD"], request.environ["SERVER_PROTOCOL"], request.keeps)


def refuse(status: HTTPStatus) -> bytes:
    """Return an answer without the application, after which the connection ends."""
    error = "temporarily_unavailable" if status == HTTPStatus.SERVICE_UNAVAILABLE else _code(status)
    body = f'{{"error":"{error}","error_description":"{status.description or status.phrase}"}}\n'.encode()
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Date: {_date(int(time.time()))}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        *([f"Retry-After: {RETRY_AFTER}"] if status == HTTPStatus.SERVICE_UNAVAILABLE else []),
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _write(status: str, headers: list[tuple[str, str]], body: bytes, terms: _Terms) -> bytes:
    code, is_head = int(status[:3]), terms.method == "HEAD"
    has_body = code >= 200 and code not in {204, 304}
    lines, names = [f"HTTP/1.1 {status}"], {name.lower() for name, _value in headers}
    for name, value in headers:
        # The length is that of what is sent, whatever is told: another one would make the next answer begin elsewhere.
        if name.lower() == "content-length" and (code == 204 or (has_body and not is_head)):
            continue
        lines.append(f"{name}: {value}")
    if has_body and (not is_head or (body and "content-length" not in names)):
        lines.append(f"Content-Length: {len(body)}")
    if "date" not in names:
        lines.append(f"Date: {_date(int(time.time()))}")
    if not terms.keeps:
        lines.append("Connection: close")
    elif terms.protocol == "HTTP/1.0":
        lines.append("Connection: keep-alive")
    head = "\r\n".join([*lines, "", ""])
    ends = len(lines) + 1
    if "\0" in head or head.count("\r") != ends or head.count("\n") != ends:
        raise ValueError("a line of an answer's head would be two")
    sent = head.encode("latin-1")
    return sent + body if has_body and not is_head else sent


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _code(status: HTTPStatus) -> str:
    return status.phrase.lower().replace(" ", "_").replace("-", "_")
