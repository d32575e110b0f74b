"""What a token for an API costs the database: with a JWT no more than one for this server, with an opaque one a statement that writes."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.factories import Browser, Client, Provider
from tests.house.watching import watching
from tests.spec.rfc8707.naming import BILLS, ORDERS, SCOPE, code, register

pytestmark = pytest.mark.usefixtures("unhurried")

COSTS = {
    "code exchange": (["_redeem"], ["_find_code", "_claim_code", "_record"]),
    "code exchange, opaque": (["_redeem", "_keep"], ["_find_code", "_claim_code", "_record", "_keep"]),
    "refresh": (["_find_unrotated"], ["_find_unrotated"]),
    "client credentials": ([], []),
    "introspection": (["_behind"], ["_behind"]),
    "introspection, opaque": (["_find", "_behind"], ["_find", "_behind"]),
    "revocation": (["_refuse"], ["_refuse"]),
}


def prepare(route: str, provider: Provider, browser: Browser, client: Client) -> Callable[[], Any]:
    """Return how a route is called once more, after whatever it needs was made."""
    resource = BILLS if route.endswith(", opaque") else ORDERS
    if route == "client credentials":
        return lambda: provider.token(client, grant_type="client_credentials", resource=resource)
    fresh = code(browser, client, resource)
    if route.startswith("code exchange"):
        return lambda: provider.redeem(client, fresh)
    granted = provider.redeem(client, fresh).json
    match route.partition(",")[0]:
        case "refresh":
            return lambda: provider.refresh(client, granted["refresh_token"], resource=resource)
        case "introspection":
            return lambda: provider.introspect(client, granted["access_token"])
        case _:
            return lambda: provider.revoke(client, granted["access_token"])


@pytest.mark.parametrize("route", COSTS)
def test_a_route_executes_what_it_is_known_for(app: Flask, backend: str, provider: Provider, route: str) -> None:
    """After it is warm, a route executes these declared statements once each and no other."""
    register(provider, ORDERS, "orders.read", access_token_signing_alg="RS256")
    register(provider, BILLS, "bills.read", access_token_format="opaque")
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    client, browser = provider.client(scope=SCOPE, grant_types=grants), provider.browser(provider.person())
    for _warming in range(2):
        assert prepare(route, provider, browser, client)().status_code == 200
    call = prepare(route, provider, browser, client)
    with watching(app) as work:
        response = call()
    assert response.status_code == 200
    on_postgresql, on_sqlite = COSTS[route]
    assert work.declared == (on_postgresql if backend == "postgresql" else on_sqlite)
    assert work.others == work.compiled == []
    assert work.begun == 0
