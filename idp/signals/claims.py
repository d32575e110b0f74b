"""The new values of claims (CAEP 1.0, section 3.2.1): of those that may have changed, what a client would be told of them now."""

from collections.abc import Collection
from typing import Any

from idp.accounts.models import Account
from idp.clients import mapping
from idp.clients.mapping import Mapper
from idp.clients.registered import RegisteredClient
from idp.oauth import claims, telling
from idp.oauth.claims_request import PREFIX
from idp.roles import standing
from idp.roles.standing import Standing
from idp.signals.news import Changed


def read(client: RegisteredClient, account: Account, agreed: Collection[str], changed: Changed) -> dict[str, Any]:
    """Return the claims that may have changed, as far as the person lets the client read them; null for what has no value any more."""
    scopes = claims.in_order(agreed, client)
    asked = [word.removeprefix(PREFIX) for word in agreed if word.startswith(PREFIX)]
    known = telling.of_person(account)
    names = [name for name in (*telling.of_scopes(scopes), *asked) if name in changed.standard]
    standard = {name: None if known.get(name) in (None, "") else known[name] for name in names}
    return _read_mapped(client, account, scopes, asked, changed) | standard


def _read_mapped(
    client: RegisteredClient, account: Account, scopes: list[str], asked: list[str], changed: Changed
) -> dict[str, Any]:
    """Return the claims of mappers, at whichever place they are told; a list that is too long for all of them is left out."""
    mappers = [mapper for mapper in telling.mappers(client, scopes) if _is_changed(mapper, changed)]
    by_name = [name for name in asked if changed.standing and name in mapping.BUILT_IN]
    if not mappers and not by_name:
        return {}
    needs = any(mapper.needs_standing for mapper in mappers) or bool(by_name)
    stands = standing.of(account.id, client.client_id) if needs else Standing()
    told: dict[str, Any] = {}
    for place in mapping.PLACES:
        told |= telling.tell(place, client, scopes, account, stands, by_name)
    wanted = {mapper.claim: mapper.needs_standing for mapper in mappers} | dict.fromkeys(by_name, True)
    return {name: told.get(name) for name, is_list in wanted.items() if name in told or not is_list}


def _is_changed(mapper: Mapper, changed: Changed) -> bool:
    match mapper.source:
        case "account":
            return mapper.value in changed.standard
        case "attribute":
            return changed.attributes is None or mapper.value in changed.attributes
        case "groups" | "roles":
            return changed.standing
        case _:
            return False
