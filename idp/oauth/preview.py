"""What the tokens of a person would hold for a client, made by the code that issues them, and signed by nobody."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select

from idp.accounts.lookup import Person
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.database import session
from idp.clients.registered import RegisteredClient
from idp.groups import access
from idp.oauth import access_tokens, claims, subjects, telling
from idp.oauth.claims_request import PLACES
from idp.oauth.tokens import PERSON, Granted
from idp.roles import standing
from idp.roles.standing import Standing


@dataclass(frozen=True)
class Preview:
    """The claims at each place; the claims that are too long for tokens; and whether the client would let the person in."""

    id_token: dict[str, Any]
    access_token: dict[str, Any]
    userinfo: dict[str, Any]
    too_long: list[str]
    is_admitted: bool


def make(client: RegisteredClient, account: Account, scope: str) -> Preview:
    """Return what a client would get now for a person, who has signed in with a password and allowed these scopes."""
    scopes = client.get_allowed_scope(scope).split()
    granted = _grant(client, account, " ".join(scopes))
    subject = subjects.of(account.sub, client)
    told = claims.of_access_token(client, granted, scopes)
    access_token = access_tokens.describe(client.client_id, " ".join(scopes), granted, subject=subject, told=told)
    id_token = claims.describe_id_token(client, granted, None, nonce=None, scopes=scopes) if "openid" in scopes else {}
    stands = claims.standing_of(client, granted, scopes)
    userinfo = claims.userinfo(account, client, frozenset(scopes), (), stands) if "openid" in scopes else {}
    return Preview(id_token, access_token, userinfo, _too_long(client, scopes, stands), _is_admitted(client, account))


def _grant(client: RegisteredClient, account: Account, scope: str) -> Granted:
    """Return a grant that nobody has given."""
    person = Person(*(getattr(account, column.name.removeprefix("person_")) for column in PERSON))
    return Granted(
        id=0,
        client_id=client.client_id,
        account_id=account.id,
        epoch=account.token_epoch,
        sub=account.sub,
        session_id=crypto.new_identifier(),
        scope=scope,
        nonce=None,
        auth_time=clock.timestamp(),
        amr=["pwd"],
        acr="1",
        offline="offline_access" in scope.split(),
        claims={place: [] for place in PLACES},
        person=person,
        standing=standing.of(account.id, client.client_id),
    )


def _too_long(client: RegisteredClient, scopes: list[str], stands: Standing) -> list[str]:
    """Return the claims of mappers that stand in no token, since they are too long for a header."""
    lists = {"groups": stands.paths, "roles": (*stands.of_server, *stands.of_client)}
    return [
        mapper.claim
        for mapper in telling.mappers(client, scopes)
        if mapper.source in lists and not telling.is_short(list(lists[mapper.source]), telling.ID_TOKEN)
    ]


def _is_admitted(client: RegisteredClient, account: Account) -> bool:
    if not client.is_restricted:
        return True
    rule = access.lets_in(literal(account.id), literal(client.client_id), literal(clock.now()))
    return bool(session().scalar(select(rule)))
