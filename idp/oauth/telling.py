"""What a client is told of a person at each place: the claims of its scopes, those that it asked for by name, and those of mappers.

Pure but for the one question where the person stands (groups and roles), which is put where something needs it and nobody has asked
before. Whoever issues tokens, and the administrators' preview of them, come here.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from idp.accounts import claiming, details
from idp.accounts.lookup import Person
from idp.accounts.models import Account
from idp.attributes import known as attributes
from idp.clients import mapping
from idp.clients.mapping import Mapper
from idp.clients.registered import RegisteredClient
from idp.oauth.claims_request import CLAIMS_BY_SCOPE, STANDING
from idp.roles.standing import Standing

ID_TOKEN, USERINFO, ACCESS_TOKEN = mapping.PLACES
# A token travels in headers, whose length servers bound, most of them at 8 kB. A list that is longer is told by userinfo alone, whole,
# and never cut: half of somebody's groups would be another person's.
MOST_IN_TOKEN, LONGEST_IN_TOKEN = 150, 4096  # values, and characters of JSON
MOST_IN_ANSWER = 1500


def mappers(client: RegisteredClient, scopes: Iterable[str]) -> list[Mapper]:
    """Return the mappers of the granted scopes and of the client, whose own has precedence over a scope's of the same claim."""
    of_scopes = [mapper for scope in scopes for mapper in mapping.of_scope(scope)]
    found = {mapper.claim: mapper for mapper in (*of_scopes, *client.mappers)}
    return list(found.values())


def may_need_standing(client: RegisteredClient) -> bool:
    """Return whether anything that a client may be told says where a person stands."""
    return not STANDING.isdisjoint(client.scopes) or needs_standing(client, client.scopes)


def needs_standing(client: RegisteredClient, scopes: Iterable[str], asked: Iterable[str] = ()) -> bool:
    """Return whether something of these scopes, or asked for by name, says where a person stands."""
    by_name = any(name in STANDING for name in asked)
    return by_name or any(mapper.needs_standing for mapper in mappers(client, scopes))


def tell(
    place: str,
    client: RegisteredClient,
    scopes: Iterable[str],
    person: Account | Person,
    standing: Standing,
    asked: Iterable[str] = (),
) -> dict[str, Any]:
    """Return what mappers tell at a place, and of `asked` those claims that say where a person stands."""
    known = of_person(person)
    wanted = {mapper.claim: mapper for mapper in mappers(client, scopes) if mapper.is_told(place)}
    for name in asked:
        if name in STANDING and name not in wanted:
            wanted[name] = next(mapper for mapper in mapping.BUILT_IN[name] if mapper.claim == name)
    custom = person.attributes or {}
    values = {name: _value(mapper, known, custom, standing) for name, mapper in wanted.items()}
    return {name: value for name, value in values.items() if value not in (None, "") and is_short(value, place)}


def is_short(value: Any, place: str) -> bool:
    """Return whether a value is told at a place, or too long for it."""
    if not isinstance(value, list):
        return True
    if place == USERINFO:
        return len(value) <= MOST_IN_ANSWER
    return len(value) <= MOST_IN_TOKEN and len(json.dumps(value)) <= LONGEST_IN_TOKEN


def of_scopes(scopes: Iterable[str]) -> list[str]:
    """Return the standard claims that go with scopes (OpenID Connect Core, section 5.4)."""
    asked = set(scopes)
    return [
        claim
        for scope, claims in CLAIMS_BY_SCOPE.items()
        if scope in asked and scope not in STANDING
        for claim in claims
    ]


def of_person(account: Account | Person) -> dict[str, Any]:
    """Return every standard claim of a person; None or nothing for what they have not said."""
    return {
        **details.tell(account.details),
        "name": account.name or account.username,
        "given_name": account.given_name,
        "family_name": account.family_name,
        "preferred_username": account.username,
        # An address (OpenID Connect Core, section 5.1): a relative reference means nothing to a relying party.
        "picture": account.picture if urlsplit(account.picture or "").scheme else None,
        "updated_at": int(account.updated_at.timestamp()),
        "email": account.email,
        # Not before its owner is known: applications may join accounts by it.
        "email_verified": claiming.is_settled(account),
        # Nobody here proves a number.
        "phone_number_verified": False if account.details.get("phone_number") else None,
    }


def of_account(account: Account | Person, names: Iterable[str]) -> dict[str, Any]:
    """Return those standard claims of a person that there are."""
    known = of_person(account)
    return {name: known[name] for name in names if known.get(name) not in (None, "")}


def _value(mapper: Mapper, known: Mapping[str, Any], custom: Mapping[str, Any], standing: Standing) -> Any:
    match mapper.source:
        case "attribute":
            # One that was deleted is told no more, from that moment on.
            return custom.get(mapper.value) if attributes.find(mapper.value) is not None else None
        case "account":
            return known.get(mapper.value)
        case "groups":
            return list(standing.names if mapper.value == "names" else standing.paths)
        case "roles":
            told = {
                "all": (*standing.of_server, *standing.of_client),
                "server": standing.of_server,
                "client": standing.of_client,
            }
            return sorted(told[mapper.value])
        case _:
            return mapper.value
