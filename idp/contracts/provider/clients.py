"""Making clients and reloading them, for whoever has the administrator's key. Each use of the key is on record, refused or not."""

import hashlib
from http import HTTPStatus
from typing import Literal

from flask import request
from pydantic import BaseModel

from idp import audit
from idp.accounts import identity
from idp.base import crypto
from idp.base.extensions import settings
from idp.base.http import source
from idp.base.outcome import Refused
from idp.clients import service
from idp.clients.metadata import Metadata
from idp.contracts.kit import Answer, Body, Demand, Problem
from idp.contracts.provider.shapes import CONTRACT, adapter, tell

HEADER = "X-Admin-Key"
ACTOR = "administrator's key"
LIMITS = ("60 per minute",)
MEMBERS = {"client_name": "app_name", "redirect_uris": "redirect_url"}


class NewClient(Body):
    """An application: its name, whom to write to, and the one address that people are sent back to (https, or loopback)."""

    app_name: str
    contact_email: str
    redirect_url: str


class ClientAnswer(BaseModel):
    """A new client; its secret is shown this once."""

    success: Literal[True]
    client_id: str
    client_secret: str
    redirect_url: str


class ReloadAnswer(BaseModel):
    """How many clients were loaded from the database."""

    success: Literal[True]
    clients_loaded: int


def admit() -> Problem | None:
    """Refuse everybody without the key, and everybody while none is set. Problem: 403."""
    key = settings().admin_key
    # Header values are bytes, which WSGI shows as Latin-1 (PEP 3333).
    sent = request.headers.get(HEADER, "").encode("latin-1", "replace")
    right = key is not None and crypto.equal(_digest(sent), _digest(key.get_secret_value().encode()))
    outcome = audit.SUCCESS if right else audit.FAILURE
    audit.record("admin_key.used", outcome=outcome, source=source(), path=request.path)
    return None if right else Problem(HTTPStatus.FORBIDDEN, "Invalid admin key")


@adapter.route(
    "POST",
    "/clients/register",
    summary="Register a client",
    answers={200: ClientAnswer},
    demand=Demand.KEY,
    limits=LIMITS,
    body=NewClient,
    security="admin_key",
    admit=admit,
    failures=(400, 403),
)
def register_client(_admitted: None, body: NewClient) -> Answer | Problem:
    """Register a confidential client, for which PKCE is optional, and which speaks the document's dialect."""
    contact = identity.read_email(body.contact_email)
    if isinstance(contact, Refused):
        return tell(contact, "contact_email")
    metadata = Metadata(
        client_name=body.app_name.strip(),
        redirect_uris=[body.redirect_url],
        contacts=[contact],
        require_pkce=False,
        dialect=CONTRACT.name,
    )
    registered = service.register(metadata, actor=ACTOR)
    if isinstance(registered, Refused):
        return tell(registered, MEMBERS.get(registered.field or "", registered.field))
    client, secret = registered
    return Answer(
        {"success": True, "client_id": client.client_id, "client_secret": secret, "redirect_url": body.redirect_url}
    )


@adapter.route(
    "POST",
    "/internal/reload-clients",
    summary="Load the clients from the database anew",
    answers={200: ReloadAnswer},
    demand=Demand.KEY,
    limits=LIMITS,
    security="admin_key",
    admit=admit,
    failures=(403,),
)
def reload_clients(_admitted: None) -> Answer:
    """Fill this process's cache of clients from the database, and have all others forget theirs."""
    return Answer({"success": True, "clients_loaded": service.reload()})


def _digest(value: bytes) -> bytes:
    """Return 32 bytes whatever the length, so that comparing tells nothing of the length either."""
    return hashlib.sha256(value).digest()
