"""Back-channel logout (OpenID Connect Back-Channel Logout 1.0): the clients that a session has signed in to hear that it was ended.

A notice is queued in the transaction that ends the session, for every way in which one is ended. Its token is made when it is
sent, so that none that arrives is old. A session that only runs out is no sign-out: nobody is told.
"""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select

from idp import keys, outbox, sessions
from idp.accounts.models import Account
from idp.base import clock, crypto, database, fetch
from idp.base.extensions import settings
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import discovery, subjects
from idp.oauth.models import Grant

KIND = "logout_token"
LIFE = 120  # seconds (section 4: at most two minutes are recommended)
EVENT = "http://schemas.openid.net/event/backchannel-logout"
FORM = "application/x-www-form-urlencoded"
# The client found something wrong with the request, and would again (section 2.8); or it says that nothing will be at its address
# any more. A 404 says no such thing (RFC 9110, sections 15.5.5 and 15.5.11): an app that is being deployed answers it for a while,
# and a notice that is given up leaves somebody signed in there, while one more try costs next to nothing.
FOR_GOOD = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.GONE})


def init_app(app: Flask) -> None:
    """Listen for sessions that are ended, and say how notices are sent."""
    outbox.register(KIND, send, lane=outbox.WEB)
    sessions.ended.connect(queue)
    supported = {"backchannel_logout_supported": True, "backchannel_logout_session_supported": True}
    discovery.add(app, lambda: dict(supported))


def queue(session_ids: list[str]) -> None:
    """Queue a notice for each client of these sessions that asked for them, in the present transaction."""
    hanging = (
        select(Grant.client_id, Grant.session_id, Account.sub)
        .join(Account, Account.id == Grant.account_id)
        .where(Grant.session_id.in_(session_ids), Grant.last_used_at.is_not(None))  # a code alone signs in nobody
        .distinct()
    )
    found = database.connection().execute(hanging).all()
    known = clients.find_all({client_id for client_id, _session_id, _sub in found})
    for client_id, session_id, sub in found:
        client = known.get(client_id)
        if client is not None and client.metadata.backchannel_logout_uri:
            outbox.put(KIND, client_id, KIND, {"sub": subjects.of(sub, client), "sid": session_id})


def send(client_id: str, payload: dict[str, Any]) -> None:
    """Post a logout token to a client (section 2.5).

    Raises:
        outbox.Permanent: the client has gone, is disabled, wants no notices any more, or refuses this one.
        fetch.FetchError: try again later.
    """
    client = clients.find(client_id)
    if client is None or not client.metadata.backchannel_logout_uri:
        raise outbox.Permanent("the client is gone or disabled, or has no address for notices any more")
    token = make_token(client, payload["sub"], payload["sid"])
    database.pause()
    try:
        fetch.post(client.metadata.backchannel_logout_uri, urlencode({"logout_token": token}).encode(), media_type=FORM)
    except fetch.FetchError as error:
        if error.status in FOR_GOOD:
            raise outbox.Permanent(f"the client refused the notice ({error.status})") from None
        raise


def make_token(client: RegisteredClient, sub: str, sid: str) -> str:
    """Return a logout token (section 2.4) for the subject that a client knew the person by when the session was ended."""
    now = clock.timestamp()
    claims = {
        "iss": settings().issuer,
        "sub": sub,
        "aud": client.client_id,
        "iat": now,
        "exp": now + LIFE,
        "jti": crypto.new_identifier(),
        "events": {EVENT: {}},
        "sid": sid,
    }
    return keys.sign(claims, client.id_token_algorithm, typ="logout+jwt")
