"""Network addresses as sources of requests: how one is read, what proxies say of it, and which of them are one caller's.

A proxy that is trusted adds the address of who called it at the end of `X-Forwarded-For`, and to `X-Forwarded-Proto` by what; with
several proxies in a row the one that counts is so many from the end. What stands before it anybody can have sent. `Forwarded` (RFC 7239)
and every other header of the kind is not looked at.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

UNKNOWN = "unknown"  # who has no address, such as a caller through a socket in the file system
PORT = re.compile(r":\d{1,5}", re.ASCII)
SCHEMES = ("http", "https")


def read(text: str) -> str | None:
    """Return an address in its one spelling; None for what is no address (`unknown`, `_hidden`, a name, nothing).

    Proxies write it with a port, in brackets, in quotes (RFC 7239, section 6); sockets of IPv6 write IPv4 as ::ffff:192.0.2.1, and the
    zone of a local address. None of this makes it another one.
    """
    text = text.strip().strip('"').strip()
    if text.startswith("["):
        text, closed, port = text[1:].partition("]")
        return _read(text) if closed and (not port or PORT.fullmatch(port)) else None
    found = _read(text)
    if found is None and (port_at := text.rfind(":")) > 0 and PORT.fullmatch(text, port_at):
        found = _read(text[:port_at])
    return found


@lru_cache(maxsize=1024)
def block_of(source: str) -> str:
    """Return whose address it is: an IPv6 address counts as its /64, all of which one customer has. No address at all is one caller."""
    found = read(source)
    if found is None:
        return UNKNOWN
    address = ipaddress.ip_address(found)
    return found if address.version == 4 else f"{ipaddress.IPv6Address(int(address) >> 64 << 64)}/64"


class Proxied:
    """The application behind so many proxies, which it believes (a WSGI middleware).

    Where the place that counts holds no address, the connection's own stays: that of the proxy, one for all who come so. The same with a
    scheme that is neither http nor https.
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], hops: int) -> None:
        self._app, self._hops = app, hops

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request as if it had come from where the proxies say."""
        address = read(_told(environ, "HTTP_X_FORWARDED_FOR", self._hops))
        environ["REMOTE_ADDR"] = address or environ.get("REMOTE_ADDR", "")
        environ["wsgi.url_scheme"] = scheme_of(environ, self._hops)
        return self._app(environ, start_response)


def scheme_of(environ: dict[str, Any], hops: int) -> str:
    """Return by which scheme a request came, as the trusted proxies say, or as it came to this server."""
    scheme = _told(environ, "HTTP_X_FORWARDED_PROTO", hops).strip().strip('"').lower() if hops else ""
    return scheme if scheme in SCHEMES else str(environ["wsgi.url_scheme"])


def _told(environ: dict[str, Any], name: str, hops: int) -> str:
    """Return what the outermost trusted proxy wrote; where fewer wrote something than are trusted, the first of them.

    Neither an address nor a scheme has a comma, so that quotes around one bind nothing together: whoever sends an open quote gets
    no further than their own place.
    """
    told = str(environ.get(name, "")).split(",")
    return told[-min(hops, len(told))]


@lru_cache(maxsize=1024)  # a program that asks comes from one address
def _read(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
