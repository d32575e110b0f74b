"""Resources defined at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from flask import Flask

from idp.base.database import commit
from idp.resources import service
from idp.resources.definition import Definition, Scope
from tests.factories import VERIFIER, Provider
from tests.spec.rfc8707.naming import BILLS, SCOPE, code, register

ORDERS = Definition("https://api.example/orders", "Orders", (Scope("orders.read"),))
TIMES = 4


def test_a_scope_is_given_to_one_resource_alone(app: Flask) -> None:
    """Of administrators who give one scope to several resources at the same moment, one succeeds."""
    ready = Barrier(TIMES)

    def define(number: int) -> bool:
        with app.test_request_context():
            ready.wait()
            found = service.create(replace(ORDERS, resource=f"https://api.example/{number}"), actor="root")
            commit()
            return not isinstance(found, list)

    with ThreadPoolExecutor(TIMES) as pool:
        assert sorted(pool.map(define, range(TIMES))) == [False] * (TIMES - 1) + [True]


def test_a_refused_audience_uses_nothing_up(provider: Provider) -> None:
    """Of parallel requests with one code, those that name what was not granted, or nothing of several, leave it to one that is right."""
    register(provider, ORDERS.resource, "orders.read")
    register(provider, BILLS, "bills.read", access_token_format="opaque")
    client, browser = provider.client(scope=SCOPE, first_party=True), provider.browser(provider.person())
    for _round in range(3):
        shown = code(browser, client, ORDERS.resource, BILLS)
        named = [{}, {"resource": "https://mcp.example/"}, {"resource": BILLS}, {"resource": ORDERS.resource}] * 3
        ready = Barrier(len(named))

        def redeem(more: dict[str, str], shown: str = shown, ready: Barrier = ready) -> str:
            form = {"grant_type": "authorization_code", "code": shown, "redirect_uri": client.redirect_uri}
            http = provider.app.test_client()
            ready.wait(30)
            answer = http.post(
                "/oauth/token", data=form | {"code_verifier": VERIFIER} | more, headers=client.basic()
            ).json
            return str(answer.get("error", "good"))

        with ThreadPoolExecutor(len(named)) as pool:
            answers = Counter(pool.map(redeem, named))
        assert answers["good"] == 1, answers
        assert set(answers) <= {"good", "invalid_target", "invalid_grant"}, answers
