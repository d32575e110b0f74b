"""The one guarded fetcher: no private addresses, no redirects, bounded in size and time. It fetches what others publish.

The name is resolved once and the connection goes to the very address that was checked, so that DNS cannot change its mind in
between.
"""

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import urllib3

from idp.base.extensions import settings

TRANSITION_NETS = [
    ipaddress.ip_network(net) for net in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
]
TIMEOUT = urllib3.Timeout(connect=3.0, read=5.0)


class FetchError(Exception):
    """Something could not be fetched, or must not be."""


def get(url: str, *, largest: int, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the body of a GET, sent with more headers where some are given.

    Raises:
        FetchError: not https, a private address, a redirect or error status, larger than `largest` bytes, too slow.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise FetchError("the address is malformed") from None
    private_allowed = settings().allow_private_fetch
    if parts.scheme != "https" and not (private_allowed and parts.scheme == "http"):
        raise FetchError("only https is fetched")
    if not parts.hostname:
        raise FetchError("the address has no host")
    address = _resolve(parts.hostname, port, private_allowed)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    pool = _pool(parts.scheme, parts.hostname, address, port)
    try:
        response = pool.request(
            "GET",
            target,
            headers={"Host": parts.netloc.rpartition("@")[2], "User-Agent": "Gatehouse", **(headers or {})},
            redirect=False,
            retries=False,
            timeout=TIMEOUT,
            preload_content=False,
        )
        with response:  # closes the connection, even where nothing was read
            if response.status != 200:
                raise FetchError(f"the answer was {response.status}")
            body: bytes = response.read(largest + 1)
        if len(body) > largest:
            raise FetchError("the answer is too large")
        return body
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise FetchError(type(error).__name__) from None
    finally:
        pool.close()


def _resolve(host: str, port: int, private_allowed: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchError("the host is unknown") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not private_allowed and not all(_is_public(ipaddress.ip_address(address)) for address in addresses):
        raise FetchError("the host has a private address")
    return addresses[0]


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address is on the open internet, and no private one in the dress of an IPv6 transition format."""
    if not address.is_global or address.is_multicast:
        return False
    return address.version == 4 or not any(address in net for net in TRANSITION_NETS)


def _pool(scheme: str, host: str, address: str, port: int) -> urllib3.HTTPConnectionPool:
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port)
    context = ssl.create_default_context()
    if settings().trusted_ca_file is not None:
        context.load_verify_locations(settings().trusted_ca_file)
    return urllib3.HTTPSConnectionPool(address, port, ssl_context=context, server_hostname=host, assert_hostname=host)
