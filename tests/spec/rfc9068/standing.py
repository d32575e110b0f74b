"""People in groups and with roles, and what a client is told of them, for the tests of this folder."""

from typing import Any

from idp.clients import mapping
from idp.clients import service as clients
from idp.clients.mapping import Mapper
from idp.clients.mapping import service as mappers
from idp.groups import access, members
from idp.roles import giving, service
from idp.roles.models import Role
from tests.factories import Browser, Client, Person, Provider
from tests.groups.making import account, group

STANDING = "openid groups roles offline_access"


def put_into(provider: Provider, person: Person, *paths: str) -> None:
    """Make somebody a member of groups, which are made where they are not there yet."""
    with provider.working():
        for path in paths:
            assert members.add(group(path), account(person), actor="root") is None


def take_out(provider: Provider, person: Person, path: str) -> None:
    """End somebody's membership."""
    with provider.working():
        assert members.remove(group(path), account(person), actor="root")


def give(provider: Provider, person: Person, name: str, client_id: str | None = None) -> None:
    """Give somebody a role, which is made where it is not there yet."""
    with provider.working():
        role = service.find_by_name(name, client_id) or service.create(name, client_id=client_id, actor="root")
        assert isinstance(role, Role)
        assert giving.give(role, account(person), actor="root") is None


def let_in(provider: Provider, client: Client, *paths: str, note: str = "") -> None:
    """Let a client be for the members of groups alone."""
    with provider.registration(client) as row:
        groups = [group(path) for path in paths]
        assert access.put(row, is_restricted=True, groups=groups, note=note, actor="root") is None


def map_claims(provider: Provider, client: Client, *rows: Mapper) -> None:
    """Set the mappers of a client."""
    with provider.registration(client) as row:
        assert mappers.put_client(row, rows, actor="root") is None
    with provider.working():
        clients.reload()


def told(
    provider: Provider, client: Client, browser: Browser, scope: str = STANDING, **parameters: Any
) -> dict[str, Any]:
    """Return what a client is told at each place, by a whole sign-in; and the token response."""
    answer = provider.grant(client, browser, scope, **parameters)
    return read(provider, client, answer) | {"answer": answer}


def read(provider: Provider, client: Client, answer: dict[str, Any]) -> dict[str, Any]:
    """Return the claims of a token response, and what userinfo says."""
    return {
        "id_token": provider.verify(answer["id_token"], client.client_id) if "id_token" in answer else {},
        "access_token": provider.verify(answer["access_token"], provider.issuer),
        "userinfo": provider.userinfo(answer["access_token"]).json,
    }


def places(found: dict[str, Any], claim: str) -> dict[str, Any]:
    """Return what stands under a claim, by place."""
    return {place: found[place][claim] for place in mapping.PLACES if claim in found[place]}
