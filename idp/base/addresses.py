"""Network addresses as sources of requests: which of them are one caller's."""

import ipaddress


def block_of(source: str) -> str:
    """Return whose address it is: an IPv6 address counts as its /64, all of which one customer has.

    An IPv4 address in an IPv6 socket's dress, ::ffff:192.0.2.1, is that IPv4 address; what is no address stays as it is.
    """
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv4Address):
        return source
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
