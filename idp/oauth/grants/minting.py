"""The answer of the token endpoint, made of what a request has a right to: the last phase, after which nothing is asked of the database."""

from datetime import timedelta
from typing import Any

from idp.base import clock
from idp.clients import uses
from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import access_tokens, claims, dialects, subjects
from idp.oauth.constraint import Confirmation
from idp.oauth.grants.entitlement import Entitlement


def answer(client: RegisteredClient, right: Entitlement, confirmation: Confirmation | None = None) -> dict[str, Any]:
    """Return the members of a token response (RFC 6749, section 5.1; OpenID Connect Core, section 3.1.3.3), in the client's dialect."""
    granted, now = right.granted, clock.timestamp()
    told = make_access_token(client, right, confirmation, now)
    if granted is not None and granted.successor is not None:
        told["refresh_token"] = granted.successor
    if granted is not None and "openid" in right.scopes:
        access_token, scopes = told["access_token"], right.scopes
        told["id_token"] = claims.sign_id_token(client, granted, access_token, nonce=right.nonce, scopes=scopes)
    dialect = dialects.of(client)
    if dialect is not None and granted is not None and granted.person is not None:
        return dialect.write(told, granted.person, now + told["expires_in"])
    return told | right.members


def make_access_token(
    client: RegisteredClient, right: Entitlement, confirmation: Confirmation | None = None, now: int | None = None
) -> dict[str, Any]:
    """Return an access token that lives from `now` (Unix seconds), with the members that describe it (RFC 6749, section 5.1).

    With a confirmation it is good in the hands of whoever has that key alone (RFC 7800, section 3.1).
    """
    granted, now = right.granted, clock.timestamp() if now is None else now
    life = _life(client, right, now)
    subject = subjects.of(granted.sub, client) if granted is not None else None
    scope = right.told_scope
    told = claims.of_access_token(client, granted, scope.split()) if granted is not None else {}
    token = access_tokens.sign_access_token(
        client.client_id,
        scope,
        granted,
        subject=subject,
        life=life,
        now=now,
        told=told,
        more=right.claims | (confirmation.claim if confirmation is not None else {}),
        audience=right.audience,
    )
    uses.note(client.client_id)
    kind = confirmation.token_type if confirmation is not None else "Bearer"
    described = {"access_token": token, "token_type": kind, "expires_in": int(life.total_seconds())}
    return described | ({"scope": scope} if scope else {})


def _life(client: RegisteredClient, right: Entitlement, now: int) -> timedelta:
    dialect = dialects.of(client)
    usual = dialect.access_life() if dialect is not None else LIFETIMES.access_token
    if right.audience is not None:
        usual = timedelta(seconds=right.audience.access_token_life)
    return usual if right.until is None else min(usual, timedelta(seconds=right.until - now))
