"""Variables that nobody set: Kubernetes and Docker put the addresses of services into the environment, under the services' names.

For a service `idp`, or `idp-web`, their names begin as ours do. They are known by name and shape together, so that a slip in a name of
ours is still refused.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping

_URL = re.compile(r"(tcp|udp|sctp)://(?P<host>\[[^\]]+\]|[^\[\]:/]+):(?P<port>\d+)")

# Docker's links also tell which container is meant, and its environment, beside `..._PORT`.
_LINK = re.compile(r"(?P<service>IDP_(?:[A-Z0-9_]+_)??)(?:(?P<name>NAME)|ENV_\w+)")
_LINK_NAME = re.compile(r"/[\w.-]+/[\w.-]+")


def is_injected(name: str, environment: Mapping[str, str | None]) -> bool:
    """Return whether a variable is one that Kubernetes or Docker has put there."""
    value = environment.get(name) or ""
    link = _LINK.fullmatch(name)
    if link is not None and _is_url(environment.get(f"{link['service']}PORT") or ""):
        return link["name"] is None or _LINK_NAME.fullmatch(value) is not None
    # One name may be of two services: IDP_SERVICE_PORT is the port of `idp`, and the address of `idp-service`.
    return any(shape.fullmatch(name) is not None and fits(value) for shape, fits in _SHAPES)


def _is_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_port(value: str) -> bool:
    return value.isascii() and value.isdecimal() and 0 < int(value) < 65536


def _is_url(value: str) -> bool:
    url = _URL.fullmatch(value)
    return url is not None and _is_address(url["host"].strip("[]")) and _is_port(url["port"])


def _names(ending: str) -> re.Pattern[str]:
    return re.compile(rf"IDP_(?:[A-Z0-9_]+_)?{ending}")


_SHAPES: list[tuple[re.Pattern[str], Callable[[str], bool]]] = [
    (_names("SERVICE_HOST"), _is_address),
    (_names(r"SERVICE_PORT(?:_[A-Z0-9_]+)?"), _is_port),
    (_names(r"PORT(?:_\d+_(?:TCP|UDP|SCTP))?"), _is_url),
    (_names(r"PORT_\d+_(?:TCP|UDP|SCTP)_ADDR"), _is_address),
    (_names(r"PORT_\d+_(?:TCP|UDP|SCTP)_PORT"), _is_port),
    *((_names(rf"PORT_\d+_{protocol.upper()}_PROTO"), protocol.__eq__) for protocol in ("tcp", "udp", "sctp")),
]
