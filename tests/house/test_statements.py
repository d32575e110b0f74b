"""What a request costs the database: each route that programs call executes so many statements, and builds none."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from idp import sessions
from idp.accounts import lookup
from idp.accounts.models import Account
from idp.base import clock, database
from idp.groups import access, members
from idp.sessions import BrowserSession
from tests.factories import Browser, Client, Provider, request
from tests.groups.making import group
from tests.house.watching import watching

pytestmark = pytest.mark.usefixtures("unhurried")

OFFLINE = "openid profile email offline_access"


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """A browser in which somebody is signed in."""
    return provider.browser(provider.person(verified=True))


# By route: which declared statements it executes, on PostgreSQL and on SQLite, and no other. One more is a decision, not an accident.
COSTS = {
    "code exchange": (["_redeem"], ["_find_code", "_claim_code", "_record"]),
    "refresh": (["_find_unrotated"], ["_find_unrotated"]),
    "rotating refresh": (["_rotate"], ["_find_rotated", "_claim_rotation", "_record", "_note_use"]),
    "client credentials": ([], []),
    "userinfo": (["_behind"], ["_behind"]),
    "introspection of an access token": (["_behind"], ["_behind"]),
    "introspection of a refresh token": (["_find"], ["_find"]),
    "code exchange, of groups": (["_redeem", "_standing"], ["_find_code", "_claim_code", "_record", "_standing"]),
    "refresh, of groups": (["_find_unrotated", "_standing"], ["_find_unrotated", "_standing"]),
    "rotating refresh, of groups": (
        ["_rotate", "_standing"],
        ["_find_rotated", "_claim_rotation", "_record", "_note_use", "_standing"],
    ),
    "userinfo, of groups": (["_behind", "_standing"], ["_behind", "_standing"]),
    "authorize, for members alone": (["_look", "_issue"], ["_look", "_issue"]),
    "revocation of an access token": (["_refuse"], ["_refuse"]),
    "revocation of a refresh token": (["_give_back"], ["_find", "_end", "_note"]),
    "revocation of no token": (["_give_back"], ["_find"]),
    "authorize with a session": (["_look", "_issue"], ["_look", "_issue"]),
    "authorize, of a client of the house": (["_look", "_issue_to_trusted"], ["_look", "_issue_to_trusted"]),
    "authorize, seen long ago": (["_look", "_note_seen", "_issue"], ["_look", "_note_seen", "_issue"]),
    "authorize, nobody signed in": (["_keep"], ["_keep"]),
    "authorize, consent to ask for": (["_look", "_look", "_keep"], ["_look", "_look", "_keep"]),
    "resume": (["_find", "_look", "_answer"], ["_find", "_look", "_answer", "_use_up"]),
}


def prepare(route: str, provider: Provider, browser: Browser) -> Callable[[], Any]:
    """Return how a route is called once more, after whatever it needs was made."""
    scope = f"{OFFLINE} groups" if route in OF_GROUPS else OFFLINE
    is_public = route.startswith("rotating refresh")
    client = provider.client(public=is_public, scope=scope, grant_types=GRANT_TYPES[route])
    if route in AUTHORIZING:
        return prepare_authorizing(route, provider, browser, client)
    if route.startswith("code exchange"):
        provider.grant(client, browser, scope=scope)  # a client's first token of a day is noted (`clients.uses`)
        code = browser.answer(client, scope=scope)["code"]
        return lambda: provider.redeem(client, code)
    if route == "client credentials":
        provider.token(client, grant_type="client_credentials")  # the first one reads the client
        return lambda: provider.token(client, grant_type="client_credentials")
    granted = provider.grant(client, browser, scope=scope)
    access_token, refresh_token = granted["access_token"], granted["refresh_token"]
    calls: dict[str, Callable[[], Any]] = {
        "refresh": lambda: provider.refresh(client, refresh_token),
        "rotating refresh": lambda: provider.refresh(client, refresh_token),
        "userinfo": lambda: provider.userinfo(access_token),
        "introspection of an access token": lambda: provider.introspect(client, access_token),
        "introspection of a refresh token": lambda: provider.introspect(client, refresh_token),
        "revocation of an access token": lambda: provider.revoke(client, access_token),
        "revocation of a refresh token": lambda: provider.revoke(client, refresh_token),
        "revocation of no token": lambda: provider.revoke(client, "made-up"),
    }
    return calls[route.removesuffix(", of groups")]


OF_GROUPS = {route for route in COSTS if route.endswith(", of groups")}
AUTHORIZING = {route for route in COSTS if route.startswith(("authorize", "resume"))}


def prepare_authorizing(route: str, provider: Provider, browser: Browser, client: Client) -> Callable[[], Any]:
    """Return how a browser asks once more for a code, or takes up a request that waited."""
    if route == "authorize, of a client of the house":
        client = provider.client(scope=OFFLINE, first_party=True)
    elif route == "authorize, for members alone":
        open_to_members(provider, browser, client)
    elif route != "authorize, consent to ask for":
        browser.answer(client, scope="openid email")
    if route == "authorize, seen long ago":
        with provider.working():
            database.run(update(BrowserSession).values(last_seen_at=clock.now() - 2 * sessions.TOUCH_EVERY))
    asking = request(client, scope="openid email")
    stranger = provider.browser()
    kept = stranger.authorize(client, scope="openid email").location.rpartition("id%3D")[
        2
    ]  # this reads the client, too
    if route == "resume":
        return lambda: browser.get(f"/oauth/resume?id={kept}")
    asker = stranger if route == "authorize, nobody signed in" else browser
    return lambda: asker.get("/oauth/authorize", query_string=asking)


def open_to_members(provider: Provider, browser: Browser, client: Client) -> None:
    """Let a client be for the members of a group, everybody among them, who have let it in."""
    with provider.working():
        for number in database.session().scalars(select(Account.id)):
            account = lookup.find(number)
            assert account is not None
            members.add(group("/staff"), account, actor="test")
    with provider.registration(client) as row:
        assert access.put(row, is_restricted=True, groups=[group("/staff")], actor="test") is None
    browser.answer(client, scope="openid email")


GRANT_TYPES = dict.fromkeys(COSTS, ["authorization_code", "refresh_token"]) | {
    "client credentials": ["client_credentials"]
}


@pytest.mark.parametrize("route", COSTS)
def test_a_route_executes_what_it_is_known_for(
    app: Flask, backend: str, provider: Provider, browser: Browser, route: str
) -> None:
    """After it is warm, a route executes these declared statements once each and no other, and neither builds nor begins anything else."""
    status = 303 if route in AUTHORIZING else 200
    for _warming in range(2):
        assert prepare(route, provider, browser)().status_code == status
    call = prepare(route, provider, browser)
    with watching(app) as work:
        response = call()
    assert response.status_code == status
    on_postgresql, on_sqlite = COSTS[route]
    assert work.declared == (on_postgresql if backend == "postgresql" else on_sqlite)
    assert work.others == work.compiled == []
    assert work.begun == 0
    if backend == "postgresql" and route not in OF_GROUPS:  # which are one transaction of two
        assert work.alone == len(work.declared), "each is one round trip"
