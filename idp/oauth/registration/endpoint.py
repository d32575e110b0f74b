"""The registration endpoint (RFC 7591, section 3) and each client's configuration endpoint (RFC 7592, section 2)."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request

from idp import audit
from idp.base import database
from idp.base.extensions import settings
from idp.base.http import limited, programs_only, source
from idp.base.outcome import Refused
from idp.clients import initial_tokens, service
from idp.clients.metadata import CLIENT_ID, Metadata
from idp.clients.models import Client, InitialAccessToken
from idp.keys.parsing import read_object
from idp.oauth import cors
from idp.oauth.registration import answering, reading
from idp.oauth.registration.reading import INVALID, Failure

bp = Blueprint("registration", __name__)
bp.after_request(cors.allow_everybody)  # agents in browsers register before they have an origin here

ACTOR = "registration"
OWN = f"{answering.PATH}/<client_id>"
PROGRAM = "called by programs, with a token or with nothing; no cookie is read"
LIMIT = "60 per minute"
ALL_METHODS = ("GET", "HEAD", "PUT", "DELETE")
# What RFC 7592, section 2.2, forbids in an update.
FORBIDDEN = (
    "registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"
)  # fmt: skip


@bp.post(answering.PATH)
@limited("120 per minute", "2000 per hour")
@programs_only(PROGRAM)
def register() -> Response:
    """Register a client (RFC 7591, section 3.1); a token is spent only by a registration that is good."""
    token = _bearer()
    invitation = initial_tokens.find(token) if token is not None else None
    if invitation is None and (token is not None or settings().registration == "token"):
        return _refuse_invitation(token)
    metadata = _read()
    if isinstance(metadata, Failure):
        return answering.refuse(metadata)
    refused = service.vet(metadata)
    if refused is not None:
        return answering.refuse(reading.failure_of(refused))
    if invitation is not None and not initial_tokens.spend(invitation):
        return _refuse_invitation(token)
    registered = service.register(metadata, actor=ACTOR, source=source(), invitation=_label(invitation))
    if isinstance(registered, Refused):
        return answering.refuse(reading.failure_of(registered))
    row, secret = registered
    return answering.tell(row, service.give_registration_token(row), secret=secret, status=HTTPStatus.CREATED)


@bp.get(OWN)
@limited(LIMIT, methods=ALL_METHODS)
def show_registration(client_id: str) -> Response:
    """Tell a client its registration (RFC 7592, section 2.1); its secret is kept as a digest, and so not told again."""
    token = _bearer()
    row = service.find_registered(client_id, token) if token is not None else None
    if row is None or token is None:
        database.for_writing()
        return _refuse_token(client_id, token)
    return _refuse_disabled() if row.disabled_at is not None else answering.tell(row, token)


@bp.put(OWN)
@limited(LIMIT, methods=ALL_METHODS)
@programs_only(PROGRAM)
def replace_registration(client_id: str) -> Response:
    """Replace a client's registration by what it sends (RFC 7592, section 2.2); the token stays the same."""
    token = _bearer()
    if token is None:
        return _refuse_token(client_id, token)
    asked = _read_update(client_id, token)
    if isinstance(asked, Response):
        return asked
    refused = service.vet(asked[1])
    if refused is not None:
        return answering.refuse(reading.failure_of(refused))
    # Once more: while a document was fetched the client may have been deleted, disabled, or changed by an administrator.
    asked = _read_update(client_id, token, for_change=True)
    if isinstance(asked, Response):
        return asked
    changed = service.change(*asked, actor=ACTOR)
    if isinstance(changed, Refused):
        return answering.refuse(reading.failure_of(changed))
    return answering.tell(changed, token)


@bp.delete(OWN)
@limited(LIMIT, methods=ALL_METHODS)
@programs_only(PROGRAM)
def delete_registration(client_id: str) -> Response:
    """Delete a client, and with it all that it was allowed (RFC 7592, section 2.3)."""
    token = _bearer()
    row = service.find_registered(client_id, token, for_change=True) if token is not None else None
    if row is None:
        return _refuse_token(client_id, token)
    if row.disabled_at is not None:
        return _refuse_disabled()
    service.remove(row, actor=ACTOR)
    return Response(status=HTTPStatus.NO_CONTENT)


def _bearer() -> str | None:
    """Return the token of the Authorization header (RFC 6750, section 2.1), the only place where one is taken."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _read(row: Client | None = None) -> Metadata | Failure:
    # Nothing but JSON: a page in somebody's browser could send any other type unasked.
    document = read_object(request.get_data()) if request.is_json else None
    if document is None:
        return Failure(INVALID, "A JSON object of the type application/json is needed.")
    if row is None:
        return reading.read(document)
    failure = _check_identity(document, row)
    return reading.read(document, service.to_metadata(row)) if failure is None else failure


def _read_update(client_id: str, token: str, *, for_change: bool = False) -> tuple[Client, Metadata] | Response:
    """Return the client whose token this is, and what it asks to be; else the refusal."""
    row = service.find_registered(client_id, token, for_change=for_change)
    if row is None:
        return _refuse_token(client_id, token)
    if row.disabled_at is not None:
        return _refuse_disabled()
    metadata = _read(row)
    return answering.refuse(metadata) if isinstance(metadata, Failure) else (row, metadata)


def _check_identity(document: dict[str, Any], row: Client) -> Failure | None:
    """Refuse an update that is another client's, or holds what the server alone says."""
    forbidden = next((member for member in FORBIDDEN if member in document), None)
    if forbidden is not None:
        return Failure(INVALID, f"{forbidden}: It must not be sent in an update (RFC 7592, section 2.2).")
    if document.get("client_id") != row.client_id:
        return Failure(INVALID, "client_id: It must be there, and be this client's (RFC 7592, section 2.2).")
    secret = document.get("client_secret")
    if secret is not None and not (isinstance(secret, str) and service.parse(row).check_client_secret(secret)):
        return Failure(INVALID, "client_secret: It must be this client's (RFC 7592, section 2.2).")
    return None


def _label(invitation: InitialAccessToken | None) -> str | None:
    return None if invitation is None else invitation.label or f"number {invitation.id}"


def _refuse_invitation(token: str | None) -> Response:
    if token is None:
        return answering.challenge("An initial access token is needed.", was_sent=False)
    audit.record("initial_access_token.checked", outcome=audit.FAILURE, source=source())
    return answering.challenge("The initial access token is expired, used up or wrong.", was_sent=True)


def _refuse_token(client_id: str, token: str | None) -> Response:
    """Answer the same for a wrong token and for a client that does not exist, so that nobody learns which do."""
    if token is None:
        return answering.challenge("The registration access token is needed.", was_sent=False)
    known = client_id if CLIENT_ID.fullmatch(client_id) else None
    audit.record("registration_token.checked", outcome=audit.FAILURE, client_id=known, source=source())
    return answering.challenge("The registration access token is wrong.", was_sent=True)


def _refuse_disabled() -> Response:
    return answering.refuse(Failure("access_denied", "This client is disabled."), HTTPStatus.FORBIDDEN)
