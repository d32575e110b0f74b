"""CORS for the endpoints that browsers call as public clients: the origins of registered public clients, without credentials."""

from urllib.parse import urlsplit

from flask import Response, request
from sqlalchemy import select

from idp.base.database import session
from idp.base.extensions import generation
from idp.clients.models import Client

_origins: dict[int, tuple[tuple[int, int], frozenset[str]]] = {}


def allow_public_clients(response: Response) -> Response:
    """Let a registered public client's origin read the answer."""
    origin = request.headers.get("Origin")
    if origin is None:
        return response
    response.headers.add("Vary", "Origin")
    if origin in _public_origins():
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "WWW-Authenticate"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            response.headers["Access-Control-Max-Age"] = "600"
    return response


def _public_origins() -> frozenset[str]:
    counter = generation("clients")
    value = counter.value()
    known = _origins.get(id(counter))
    if known is None or known[0] != value:
        query = select(Client.redirect_uris).where(
            Client.token_endpoint_auth_method == "none", Client.disabled_at.is_(None)
        )
        uris = [uri for listed in session().scalars(query) for uri in listed]
        known = (value, frozenset(_origin(uri) for uri in uris if uri.startswith(("http:", "https:"))))
        _origins[id(counter)] = known
    return known[1]


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
