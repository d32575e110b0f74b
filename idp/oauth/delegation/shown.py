"""The tokens of a token exchange request (RFC 8693, section 3): what the subject's and the actor's say, once they are found good.

All of them are tokens of this server. One that is bound to a key is good with a proof of that key alone, which is the request's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from idp import keys
from idp.base import clock
from idp.base.extensions import settings
from idp.base.statements import parameter, statement
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import access_tokens, demands, hints, refresh_tokens, subjects, tokens, validity
from idp.oauth.constraint import Confirmation
from idp.oauth.models import Grant
from idp.oauth.refusals import Cause, Refusal
from idp.oauth.tokens import Granted

TYPES = "urn:ietf:params:oauth:token-type:"
ACCESS_TOKEN, ID_TOKEN, REFRESH_TOKEN = (f"{TYPES}{name}" for name in ("access_token", "id_token", "refresh_token"))


@dataclass(frozen=True)
class Shown:
    """A good token: to which client it was issued, on whose behalf, for which scopes, and until when (Unix seconds).

    `mark` is what is remembered of it where it may be used once.
    """

    client_id: str
    sub: str
    scope: str
    until: int
    granted: Granted | None
    claims: Mapping[str, Any]
    mark: str


def read_subject(token: str, kind: str, client: RegisteredClient, confirmation: Confirmation | None) -> Shown:
    """Return what a subject token says.

    Raises:
        Refusal: `invalid_request`: it is of no kind that is taken, not good, for somebody else, or bound to another key (section 2.2.2).
    """
    return _read(token, kind, client, confirmation, Cause.SUBJECT_TOKEN_WRONG)


def read_actor(token: str, kind: str, client: RegisteredClient, confirmation: Confirmation | None) -> Shown:
    """Return what an actor token says; it was issued to the very client that shows it, so that nobody acts in another's name.

    Raises:
        Refusal: as of `read_subject`.
    """
    if kind == REFRESH_TOKEN:
        raise Refusal("invalid_request", Cause.TOKEN_TYPE_UNSUPPORTED)
    shown = _read(token, kind, client, confirmation, Cause.ACTOR_TOKEN_WRONG)
    if shown.client_id != client.client_id:
        raise Refusal("invalid_request", Cause.ACTOR_TOKEN_WRONG)
    return shown


def _read(token: str, kind: str, client: RegisteredClient, confirmation: Confirmation | None, wrong: Cause) -> Shown:
    match kind:
        case _ if kind == ACCESS_TOKEN:
            shown = _read_access_token(token, client, confirmation)
        case _ if kind == ID_TOKEN:
            shown = _read_id_token(token)
        case _ if kind == REFRESH_TOKEN:
            shown = _read_refresh_token(token, client)
        case _:
            raise Refusal("invalid_request", Cause.TOKEN_TYPE_UNSUPPORTED)
    if shown is None or shown.until <= clock.timestamp():
        raise Refusal("invalid_request", wrong)
    return shown


def _read_access_token(token: str, client: RegisteredClient, confirmation: Confirmation | None) -> Shown | None:
    found = access_tokens.verify_access_token(token, may_be_bound=True, for_any=True)
    if found is None or found.claims["aud"] not in (settings().issuer, client.client_id):
        return None
    if found.confirmation is not None and found.confirmation != confirmation:
        raise Refusal("invalid_request", Cause.KEY_DIFFERS)
    claims = found.claims
    scope = str(claims.get("scope", ""))
    return Shown(claims["client_id"], claims["sub"], scope, int(claims["exp"]), found.granted, claims, claims["jti"])


def _read_id_token(token: str) -> Shown | None:
    """Return what an ID token says; it counts while the grant of its sign-in does (OpenID Connect Core, section 2)."""
    issuer, needs = settings().issuer, hints.NEEDED | {"sid", "auth_time"}
    claims = keys.verify(token, issuer=issuer, typ="JWT", is_for_anybody=True, needs=needs)
    client = clients.find(claims["aud"]) if claims is not None and isinstance(claims["aud"], str) else None
    if claims is None or client is None:
        return None
    asked = {"demanded": client.metadata.require_second_factor, "restricted": client.is_restricted}
    row = _signed_in.first(client_id=client.client_id, session_id=str(claims["sid"]), now=clock.now(), **asked)
    granted = tokens.read_grant(row) if row is not None else None
    if granted is None or claims["sub"] != subjects.of(granted.sub, client):
        return None
    scope = client.get_allowed_scope(granted.scope)
    mark = token.rpartition(".")[0]  # what was signed: the signature may be spelt in several ways
    return Shown(client.client_id, claims["sub"], scope, int(claims["exp"]), granted, claims, mark)


def _read_refresh_token(token: str, client: RegisteredClient) -> Shown | None:
    """Return what a refresh token of the client itself stands for; it is not used up."""
    granted = refresh_tokens.find(token)
    if granted is None or granted.refresh_rotated or not granted.check_client(client):
        return None
    if not demands.are_met(granted, client):
        return None
    scope, sub = client.get_allowed_scope(granted.scope), subjects.of(granted.sub, client)
    until = clock.timestamp() + int(LIFETIMES.refresh_absolute.total_seconds())
    return Shown(client.client_id, sub, scope, until, granted, {}, token)


@statement
def _signed_in(_dialect: str) -> Select[Any]:
    """Find the newest grant of a client in a browser session."""
    mine = Grant.client_id == parameter("client_id", Grant.client_id)
    here = Grant.session_id == parameter("session_id", Grant.session_id)
    enough = (validity.demands_are_met(), *validity.ADMITTED.values())
    return validity.valid_grants().where(mine, here, *enough).order_by(Grant.id.desc())
