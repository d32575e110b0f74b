"""Where an address leads: what may be asked, and at which addresses of the network.

A name is looked up once, all that is found must be public, and the connection goes to the very addresses that were checked, so
that DNS cannot change its mind in between.
"""

import ipaddress
import re
import socket
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from idp.base.extensions import settings
from idp.base.fetch.deadline import Deadline
from idp.base.fetch.errors import FetchError, HostError

# What urlsplit would forgive (spaces, line breaks) or other readers read otherwise (backslashes) is in no address.
ADDRESS = re.compile(r"https?://[!-\[\]-~]+", re.IGNORECASE)
PORTS = {"https": 443, "http": 80}
# IPv6 addresses outside of the first are for networks of one's own or lead to IPv4 (NAT64 and the like); so do Teredo and 6to4.
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
CLOSED_NETS = [ipaddress.ip_network(net) for net in ("2001::/32", "2002::/16", "3fff::/20")]
MOST_ADDRESSES = 4  # that are tried of one host
MOST_LOOKUPS = 16  # at a time in one process

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_lookups = threading.BoundedSemaphore(MOST_LOOKUPS)


@dataclass(frozen=True)
class Target:
    """An address, taken apart: `path` has the query and no fragment.

    What `is_named` by the operator may be private, and so may what lies in one of `networks`.
    """

    scheme: str
    host: str
    port: int
    path: str
    is_named: bool = False
    networks: tuple[Network, ...] = ()

    @property
    def origin(self) -> str:
        """The host with its port, as in a Host header (RFC 9110, section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read(url: str, *, is_named: bool = False, networks: tuple[Network, ...] = ()) -> Target:
    """Take an address apart; of one that the operator has named (`is_named`) http is allowed, and of private ones those in `networks`.

    Raises:
        FetchError: it is malformed, has a user's name in it, or is not https (nor http, where that is allowed).
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise FetchError("the address is malformed") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and (is_named or settings().allow_private_fetch)):
        raise FetchError("only https is fetched")
    if not ADDRESS.fullmatch(url) or not parts.hostname or port == 0:
        raise FetchError("the address is malformed")
    if "@" in parts.netloc:
        raise FetchError("the address has a user's name in it")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, parts.hostname, port or PORTS[parts.scheme], path, is_named, networks)


def locate(target: Target, deadline: Deadline) -> list[Address]:
    """Return the addresses of the network to connect to, each once, the system's favourite first.

    Raises:
        HostError: the host is unknown, or its look-up too slow.
        FetchError: one of its addresses is private, and such are not allowed.
    """
    found = list(
        dict.fromkeys((family, address) for family, *_, address in _look_up(target.host, target.port, deadline))
    )
    may_be_private = target.is_named or settings().allow_private_fetch
    if not may_be_private and not all(_may_reach(str(address[0]), target.networks) for _, address in found):
        raise FetchError("the host has a private address")
    return found[:MOST_ADDRESSES]


def _look_up(host: str, port: int, deadline: Deadline) -> list[Any]:
    """Ask the resolver, in a thread: it knows no deadline, and is left behind when it is too slow."""
    if not _lookups.acquire(timeout=deadline.left()):
        raise FetchError("other look-ups are too slow")  # no fault of this host's
    found: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:  # handed to whoever waits
            found.set_exception(error)
        finally:
            _lookups.release()

    try:
        threading.Thread(target=ask, name="look-up", daemon=True).start()
    except RuntimeError:  # the machine has no more threads
        _lookups.release()
        raise HostError("the look-up could not begin") from None
    try:
        return found.result(timeout=deadline.left())
    except TimeoutError:
        raise HostError("the look-up is too slow") from None
    except (OSError, UnicodeError):
        raise HostError("the host is unknown") from None


def _may_reach(text: str, networks: tuple[Network, ...]) -> bool:
    return _is_public(text) or any(ipaddress.ip_address(text) in network for network in networks)


def _is_public(text: str) -> bool:
    """Return whether an address is on the open internet, and no private one in the dress of an IPv6 transition format."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(str(address.ipv4_mapped))
        if address not in GLOBAL_UNICAST or any(address in net for net in CLOSED_NETS):
            return False
    return address.is_global and not address.is_multicast
