"""RFC 8707, section 2.1: `resource` in authorization requests, by whichever way they come."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from sqlalchemy import select

from idp.base import database
from idp.oauth.models import Grant
from idp.oauth.registration import reading
from idp.resources import naming
from tests.answers import parameters
from tests.factories import Browser, Client, Provider, request
from tests.spec.rfc8707.naming import BILLS, ORDERS, SCOPE, ask, code, register
from tests.spec.rfc9101 import asking


def granted(provider: Provider) -> str | None:
    """Return the resources of the newest grant."""
    with provider.working():
        return database.session().scalar(select(Grant.resources).order_by(Grant.id.desc()).limit(1))


def test_what_is_named_is_kept_with_the_grant(provider: Provider, browser: Browser, shop: Client) -> None:
    """The parameter may be repeated; each resource is kept once, in order, and a request without one keeps none (2, 2.1)."""
    code(browser, shop, ORDERS, BILLS, ORDERS)
    assert granted(provider) == f"{ORDERS} {BILLS}"
    code(browser, shop)
    assert granted(provider) is None


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("api.example", "absolute URI"),
        ("/orders", "absolute URI"),
        (f"{ORDERS}#part", "absolute URI"),
        (f"{ORDERS} {BILLS}", "absolute URI"),
        ("https://api.example/ord\u00e9rs", "absolute URI"),
        (f"{ORDERS}/", "No API is registered here"),
        ("https://API.example/orders", "No API is registered here"),
        ("https://mcp.example/mcp", "No API is registered here"),
    ],
)
def test_what_is_no_known_resource_is_refused(browser: Browser, shop: Client, named: str, said: str) -> None:
    """An identifier is an absolute URI without a fragment, and compared exactly: anything else is `invalid_target` (2)."""
    answer = parameters(ask(browser, shop, named, scope=SCOPE), shop)
    assert (answer["error"], said in answer["error_description"]) == ("invalid_target", True)


def test_a_client_asks_for_what_it_has_a_scope_of(provider: Provider, browser: Browser, apis: None) -> None:
    """A client that is registered for no scope of a resource may not name it; one scope is enough (2)."""
    other = provider.client(scope="openid bills.read", first_party=True)
    assert parameters(ask(browser, other, ORDERS), other)["error"] == "invalid_target"
    assert parameters(ask(browser, other, BILLS, ORDERS), other)["error"] == "invalid_target"
    assert "code" in parameters(ask(browser, other, BILLS, provider.issuer), other)


def test_only_the_resource_may_be_repeated(browser: Browser, shop: Client) -> None:
    """Every other parameter comes once, also beside repeated resources (RFC 6749, 3.1)."""
    answer = browser.get(
        "/oauth/authorize?" + "&".join(f"{n}={v}" for n, v in [*request(shop).items(), ("scope", "openid")])
    )
    assert parameters(answer, shop)["error"] == "invalid_request"


def test_the_consent_page_names_the_api_and_its_scopes(browser: Browser, shop: Client) -> None:
    """Whoever is asked reads the API by name and identifier, and its scopes; what was allowed for one does not stand for another."""
    page = browser.get(ask(browser, shop, ORDERS, scope="openid orders.read").location).text
    for said in ("Use Orders in your name", ORDERS, "At Orders."):
        assert said in page
    code(browser, shop, ORDERS, scope="openid orders.read")
    assert "code" in parameters(ask(browser, shop, ORDERS, scope="openid orders.read"), shop)
    again = ask(browser, shop, BILLS, scope="openid orders.read")
    assert again.location.startswith("/consent?")
    assert "Use Bills in your name" in browser.get(again.location).text


def test_without_scope_all_of_the_resource_is_asked_for(provider: Provider, browser: Browser, shop: Client) -> None:
    """A request that names a resource and no scope asks for every scope of it that the client has (RFC 6749, 3.3)."""
    answer = provider.redeem(shop, code(browser, shop, ORDERS, scope=None)).json
    assert answer["scope"] == "orders.read orders.write"


def test_pushed_requests_name_resources(provider: Provider, browser: Browser, shop: Client) -> None:
    """A pushed request may repeat the parameter, and is refused there and then for an unknown one (RFC 9126, 2.3)."""

    def push(*resources: str) -> Any:
        form = request(shop, scope=SCOPE) | {"resource": list(resources)}
        return provider.http.post("/oauth/par", data=form, headers=shop.basic())

    assert push(ORDERS, "https://mcp.example/").json["error"] == "invalid_target"
    assert push("a b").json["error"] == "invalid_target"
    pushed = push(BILLS, ORDERS)
    assert pushed.status_code == 201, pushed.text
    query = {"client_id": shop.client_id, "request_uri": pushed.json["request_uri"]}
    response = browser.get("/oauth/authorize", query_string=query)
    browser.follow(browser.submit(response.location, decision="allow"), shop)
    assert granted(provider) == f"{BILLS} {ORDERS}"


def test_request_objects_name_resources(provider: Provider, browser: Browser, apis: None) -> None:
    """Inside a signed request the resource is a text or an array of texts (RFC 9101, 4), and nothing else."""
    signer = asking.register(provider, scope=SCOPE)

    def send(value: Any) -> dict[str, str]:
        made = asking.make(signer, scope=SCOPE, resource=value)
        return parameters(asking.send(browser, signer, **asking.around(signer), request=made), signer)

    for value, kept in ((ORDERS, ORDERS), ([ORDERS, BILLS], f"{ORDERS} {BILLS}")):
        assert "code" in send(value)
        assert granted(provider) == kept
    for value in ([ORDERS, 7], {"a": 1}, True):
        assert send(value)["error"] == "invalid_request_object"
    assert send(["orders"])["error"] == "invalid_target"


def test_clients_that_register_themselves_get_what_is_open(provider: Provider, browser: Browser, apis: None) -> None:
    """A client that registers itself gets the scopes of the APIs that are open to such ones, and of no other (RFC 7591, 2)."""
    register(provider, "https://mcp.example/mcp", "mcp.tools", self_registration=True)
    with provider.app.test_request_context():
        asked = {"redirect_uris": ["https://agent.example/cb"], "scope": "openid mcp.tools orders.read"}
        found = reading.read(asked)
        assert not isinstance(found, reading.Failure)
        assert "mcp.tools" in found.scope.split()
        assert "orders.read" not in found.scope.split()
        usual = reading.read({"redirect_uris": ["https://agent.example/cb"]})
        assert not isinstance(usual, reading.Failure)
        assert usual.scope.split()[-1] == "mcp.tools"


@given(st.lists(st.text(max_size=40), max_size=6))
@tries(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_named_becomes_identifiers_or_none(values: list[str]) -> None:
    """Of any texts each becomes one word, an identifier or the mark of what is none, and reading that once more changes nothing."""
    joined = naming.join(values)
    words = naming.split(joined)
    assert len(words) <= len([value for value in values if value])
    assert naming.join(words) == joined
