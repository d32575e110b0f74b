"""CORS for the endpoints that browsers call as public clients: the origins of registered public clients, without credentials; and of
everybody where a client has no origin yet, at the registration and at what is published.

A process knows the origins of all of them, since anybody may ask for any origin. The counter moves by itself too; then one row says whether
any client has changed, so that strangers' requests do not have all of them read over and over.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request
from sqlalchemy import extract, func, select
from sqlalchemy.orm import Session

from idp.base.database import reading
from idp.base.door.answer import Answer
from idp.base.door.asked import Asked
from idp.base.extensions import generation
from idp.clients.models import Client

PORTS = {"https": 443, "http": 80}
MANY = 10_000  # origins: reading so many clients takes some tenths of a second, which strangers shall not buy with a registration each
AGENTS = "MCP-Protocol-Version"  # what agents of the Model Context Protocol send along with everything
PUBLIC = (Client.token_endpoint_auth_method == "none") & Client.disabled_at.is_(None)


@dataclass(frozen=True)
class _Known:
    value: tuple[int, int]  # the counter's, by which it is known
    state: tuple[Any, ...]  # how many clients there are, and the sum of the times at which they were changed
    origins: frozenset[str]


_lock = threading.Lock()
_known: dict[int, _Known] = {}


def share_with_public_clients(asked: Asked, answer: Answer) -> Answer:
    """Let a registered public client's origin read the answer of an endpoint."""
    origin = asked.origin
    if origin is None:
        return answer
    answer.headers["Vary"] = "Origin"
    if origin in _public_origins():
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
        if asked.method == "OPTIONS":
            answer.headers |= _ahead("GET, POST")
    return answer


def share_with_everybody(asked: Asked, answer: Answer) -> Answer:
    """Let any page read what is published."""
    answer.headers |= _for_everybody(asked.method)
    return answer


def allow_everybody(response: Response) -> Response:
    """Let any page read the answer of a view."""
    response.headers.update(_for_everybody(request.method))
    return response


def _for_everybody(method: str) -> dict[str, str]:
    """Return the headers by which any page reads the answer, and sends what it takes: nothing here looks at cookies, and what is answered
    is for whoever asks."""
    open_to_all = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "WWW-Authenticate, Retry-After"}
    return open_to_all | (_ahead("GET, POST, PUT, DELETE") if method == "OPTIONS" else {})


def _ahead(methods: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": f"Authorization, Content-Type, {AGENTS}",
        "Access-Control-Max-Age": "600",
    }


def _public_origins() -> frozenset[str]:
    counter = generation("clients")
    value, place = counter.value(), id(counter)
    known = _known.get(place)
    # One thread looks; the others go on with what is known, if anything is.
    if not _is_good(known, value) and _lock.acquire(blocking=known is None):
        try:
            known = _known.get(place)
            if not _is_good(known, value):
                known = _known[place] = _look(known, value)
        finally:
            _lock.release()
    return known.origins if known is not None else frozenset()


def _is_good(known: _Known | None, value: tuple[int, int]) -> bool:
    """Return whether what is known need not be looked at: nothing has moved or, where there are many, not by itself."""
    if known is None:
        return False
    return known.value == value or (len(known.origins) > MANY and known.value[1] == value[1])


def _look(known: _Known | None, value: tuple[int, int]) -> _Known:
    # In a transaction of its own: on SQLite that of the request may see a state that is older than the counter.
    with reading() as own:
        times = func.sum(extract("epoch", Client.updated_at))
        state = tuple(own.execute(select(func.count(), times).where(PUBLIC)).one())
        if known is not None and known.value[0] == value[0] and known.state == state:
            return replace(known, value=value)
        return _Known(value, state, _read(own))


def _read(own: Session) -> frozenset[str]:
    uris: Iterable[list[str]] = own.scalars(select(Client.redirect_uris).where(PUBLIC))
    origins = (_origin(uri) for listed in uris for uri in listed)
    return frozenset(origin for origin in origins if origin is not None)


def _origin(uri: str) -> str | None:
    """Return the origin of an address as browsers write it (RFC 6454, section 6.2); None where it has none."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or host is None:
        return None
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, PORTS[parts.scheme]) else "")
