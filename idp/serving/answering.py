"""Answering: the application is called as WSGI says (PEP 3333), and its whole answer becomes the bytes that are sent."""

import logging
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from idp.serving.reading import Request

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

RETRY_AFTER = "5"  # seconds

log = logging.getLogger(__name__)


def answer(app: Application, request: Request) -> tuple[bytes, bool]:
    """Return an answer's bytes, and whether the connection may go on."""
    told: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], None]:
        told[:] = status, headers
        return _refuse_to_write

    try:
        parts = app(request.environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            if (close := getattr(parts, "close", None)) is not None:
                close()
        status, headers = told
    except Exception:  # Flask answers its own; this is one outside of it
        log.exception("a request ended in an error outside of the application")
        return refuse(HTTPStatus.INTERNAL_SERVER_ERROR), False
    return _write(status, headers, body, request), request.keeps


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


def _write(status: str, headers: list[tuple[str, str]], body: bytes, request: Request) -> bytes:
    code = int(status[:3])
    has_body = code >= 200 and code not in {204, 304}
    lines, names = [f"HTTP/1.1 {status}\r\n"], set()
    for name, value in headers:
        names.add(name.lower())
        lines.append(f"{name}: {value}\r\n")
    if has_body and "content-length" not in names:
        lines.append(f"Content-Length: {len(body)}\r\n")
    if "date" not in names:
        lines.append(f"Date: {_date(int(time.time()))}\r\n")
    if not request.keeps:
        lines.append("Connection: close\r\n")
    elif request.environ["SERVER_PROTOCOL"] == "HTTP/1.0":
        lines.append("Connection: keep-alive\r\n")
    lines.append("\r\n")
    head = "".join(lines).encode("latin-1")
    return head + body if has_body and request.environ["REQUEST_METHOD"] != "HEAD" else head


@lru_cache(maxsize=2)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _code(status: HTTPStatus) -> str:
    return status.phrase.lower().replace(" ", "_").replace("-", "_")


def _refuse_to_write(_data: bytes) -> None:
    raise NotImplementedError("answers are returned, not written")
