"""Where a stream leads: the forms of its address, and which networks it may reach.

Addresses of the open internet may be reached by all, private ones only in the networks that the operator has named (IDP_STREAM_NETWORKS).
"""

import ipaddress
from urllib.parse import urlsplit

from idp.base.extensions import settings
from idp.base.fetch import FetchError, target
from idp.base.fetch.target import Network, Target
from idp.streams.models import SYSLOG, WEBHOOK

PORTS = {"syslog+udp": 514, "syslog+tcp": 601, "syslog+tls": 6514}  # RFC 5426, RFC 3195, RFC 5425
LONGEST = 2000


def kind_of(address: str) -> str | None:
    """Return the kind of a stream by its address; None for what no stream can lead to."""
    try:
        read(address)
    except FetchError:
        return None
    return SYSLOG if urlsplit(address).scheme in PORTS else WEBHOOK


def read(address: str) -> Target:
    """Take an address apart: https://host/path, or syslog+udp, syslog+tcp or syslog+tls with a host and perhaps a port.

    Raises:
        FetchError: it is none of these, or has a user's name in it.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise FetchError("the address is malformed") from None
    if parts.scheme not in PORTS:
        return target.read(address, networks=networks())
    if not address.isascii() or not address.isprintable() or " " in address or not parts.hostname or port == 0:
        raise FetchError("the address is malformed")
    if "@" in parts.netloc or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise FetchError("the address is malformed")
    return Target(parts.scheme, parts.hostname, port or PORTS[parts.scheme], "", networks=networks())


def networks() -> tuple[Network, ...]:
    """Return the private networks that streams may reach."""
    return tuple(ipaddress.ip_network(part) for part in settings().stream_networks.replace(" ", "").split(",") if part)
