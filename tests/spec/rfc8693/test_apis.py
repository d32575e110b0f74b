"""RFC 8693, section 2.1, and RFC 8707: tokens that are exchanged for ones for a registered API."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base import clock, database
from idp.clients import exchanges
from idp.clients import service as clients
from idp.resources import service as resources
from tests.factories import Browser, Client, Person, Provider
from tests.spec.rfc8693.exchanging import Scene, build, error
from tests.spec.rfc8707.naming import BILLS, ORDERS, register

SCOPE = "openid orders.read orders.write bills.read read"
TO = {ORDERS: "orders.read orders.write openid read bills.read", BILLS: "bills.read"}


@pytest.fixture
def scene(provider: Provider) -> Scene:
    """Shop, API and store, with two registered APIs of which the API may exchange tokens of the shop for ones for both."""
    register(provider, ORDERS, "orders.read", "orders.write", access_token_signing_alg="RS256", access_token_life=90)
    register(provider, BILLS, "bills.read", access_token_format="opaque")
    scene = build(provider)
    for client in (scene.shop, scene.api):
        _change_scope(scene, client, SCOPE)
    for audience, scope in TO.items():
        scene.allow(audience=audience, scope=scope)
    return scene


def _change_scope(scene: Scene, client: Client, scope: str) -> None:
    with scene.provider.registration(client) as row:
        clients.change(row, replace(clients.to_metadata(row), scope=scope))


def _sign_in(scene: Scene, browser: Browser) -> dict[str, Any]:
    return scene.sign_in(browser, SCOPE, prompt="consent")


@pytest.mark.parametrize("name", ["resource", "audience"])
def test_a_token_is_made_as_the_api_wants_it(scene: Scene, browser: Browser, ann: Person, name: str) -> None:
    """Named by resource or audience, the API gets a token by its algorithm, for its life, with its scopes alone, and who acts."""
    answer = scene.exchange(_sign_in(scene, browser)["access_token"], **({"audience": None} | {name: ORDERS}))
    claims = scene.claims(answer, ORDERS)
    assert jwt.get_unverified_header(answer.json["access_token"])["alg"] == "RS256"
    assert (answer.json["scope"], answer.json["expires_in"]) == ("orders.read orders.write", 90)
    assert (claims["sub"], claims["scope"]) == (ann.sub, "orders.read orders.write")
    assert claims["act"] == {"sub": scene.api.client_id}


def test_an_opaque_token_tells_by_introspection(scene: Scene, browser: Browser) -> None:
    """Where the API takes opaque tokens, what a JWT would say is told by introspection, and ends with the sign-in behind it."""
    token = scene.exchange(_sign_in(scene, browser)["access_token"], audience=BILLS).json["access_token"]
    told = scene.provider.introspect(scene.store, token).json
    assert token.startswith("gat_")
    assert (told["active"], told["aud"], told["scope"]) == (True, BILLS, "bills.read")
    assert told["act"] == {"sub": scene.api.client_id}
    browser.sign_out()
    assert not scene.is_active(token)


def test_it_is_never_good_for_more_nor_for_longer(scene: Scene, browser: Browser) -> None:
    """A scope of another API, one without rule and one that the client lost are not had, nor a second more than the subject token."""
    subject = _sign_in(scene, browser)["access_token"]
    assert error(scene.exchange(subject, audience=ORDERS, scope="bills.read")) == (400, "invalid_scope")
    assert error(scene.exchange(subject, audience=ORDERS, scope="openid")) == (400, "invalid_scope")
    assert scene.exchange(subject, audience=ORDERS, scope="orders.read").json["scope"] == "orders.read"
    scene.allow(audience=ORDERS, scope="orders.read")
    assert scene.exchange(subject, audience=ORDERS).json["scope"] == "orders.read"
    until = scene.provider.verify(subject, scene.provider.issuer)["exp"]
    with clock.moved(timedelta(minutes=9)):
        answer = scene.exchange(subject, audience=ORDERS)
        assert answer.json["expires_in"] <= until - clock.timestamp() + 1 <= 61
    _change_scope(scene, scene.api, "read bills.read")
    assert error(scene.exchange(subject, audience=ORDERS)) == (400, "invalid_target")


def test_an_id_token_is_exchanged_for_one(scene: Scene, browser: Browser) -> None:
    """An ID token of the shop brings what its person granted of the API's scopes."""
    answer = scene.exchange(_sign_in(scene, browser)["id_token"], "id_token", audience=ORDERS)
    assert scene.claims(answer, ORDERS)["scope"] == "orders.read orders.write"


def test_it_opens_nothing_here(scene: Scene, browser: Browser) -> None:
    """A token for an API is none of this server's own addresses, and no subject token again."""
    token = scene.exchange(_sign_in(scene, browser)["access_token"], audience=ORDERS).json["access_token"]
    assert scene.provider.userinfo(token).status_code == 401
    assert error(scene.exchange(token, audience=BILLS)) == (400, "invalid_request")


MISTAKES: list[dict[str, Any]] = [
    {"audience": ORDERS, "resource": BILLS},
    {"audience": None, "resource": "https://api.example/nothing"},
    {"audience": "https://api.example/nothing"},
    {"audience": f"{ORDERS}/"},
    {"audience": None, "resource": "no identifier"},
]


@pytest.mark.parametrize("change", MISTAKES)
def test_another_target_is_refused(scene: Scene, browser: Browser, change: dict[str, Any]) -> None:
    """Two audiences, one that nobody has registered and one that is spelt otherwise are `invalid_target` (2.2.2)."""
    assert error(scene.exchange(_sign_in(scene, browser)["access_token"], **change)) == (400, "invalid_target")


def test_an_api_without_a_rule_is_refused(scene: Scene, browser: Browser, provider: Provider) -> None:
    """What the client is registered for brings no token by itself: the rule for the API does."""
    subject = _sign_in(scene, browser)["access_token"]
    with provider.registration(scene.api) as row:
        assert exchanges.remove(row, scene.shop.client_id, ORDERS, actor="test")
    assert error(scene.exchange(subject, resource=ORDERS, audience=None)) == (400, "invalid_target")


def test_rules_go_with_their_api(scene: Scene, browser: Browser, provider: Provider) -> None:
    """A deleted API gets no tokens, those that are there are dead, and its rules are gone, with a line in the audit log."""
    subject = _sign_in(scene, browser)["access_token"]
    token = scene.exchange(subject, audience=ORDERS).json["access_token"]
    with provider.app.test_request_context(), provider.working():
        row = resources.find(ORDERS, for_change=True)
        assert row is not None
        resources.remove(row, actor="test")
    assert error(scene.exchange(subject, audience=ORDERS)) == (400, "invalid_target")
    assert not scene.is_active(token)
    with provider.working():
        assert [rule.audience for rule in exchanges.of_client(scene.api.client_id)] == [BILLS]
        changes = select(AuditEvent).where(AuditEvent.event == "client.exchanges_changed").order_by(AuditEvent.id)
        last = database.session().scalars(changes).all()[-1]
        assert (last.actor, last.client_id) == ("test", scene.api.client_id)
    register(provider, ORDERS, "orders.read")
    assert error(scene.exchange(subject, audience=ORDERS)) == (400, "invalid_target")


def test_rules_for_an_api_end_with_their_client(scene: Scene, provider: Provider) -> None:
    """Rules for an API go with the client whose tokens they are about."""
    with provider.registration(scene.shop) as row:
        clients.remove(row)
    with provider.working():
        assert exchanges.of_client(scene.api.client_id) == []
