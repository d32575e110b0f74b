"""RFC 9396: rich authorization requests."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from idp.clients import service as clients
from idp.details import wording
from idp.oauth import rich_requests
from tests.answers import parameters
from tests.factories import Browser, Client, Provider, request
from tests.spec.rfc8707.naming import BILLS, ORDERS, refused, register

INVALID = "invalid_authorization_details"
PAYMENT: dict[str, Any] = {
    "type": "payment",
    "amount": {"value": "123.50", "currency": "EUR"},
    "creditor": "Merchant <A>",
    "actions": ["initiate", "status"],
}
ACCOUNT: dict[str, Any] = {"type": "https://bank.example/account", "accounts": ["one", "two"]}


def write(*details: Any) -> str:
    """Return the parameter."""
    return json.dumps(list(details))


def granted(provider: Provider, browser: Browser, client: Client, *details: Any, **more: Any) -> dict[str, Any]:
    """Return the token response to a request with these details, allowed."""
    return provider.grant(client, browser, "openid offline_access", **{"authorization_details": write(*details)} | more)


def test_what_was_allowed_is_told(provider: Provider, browser: Browser, shop: Client) -> None:
    """The token response, the access token and introspection say what was granted (7, 9.1, 9.2); a request without gets none of it."""
    answer = granted(provider, browser, shop, PAYMENT, ACCOUNT)
    assert answer["authorization_details"] == [PAYMENT, ACCOUNT]
    assert provider.verify(answer["access_token"], provider.issuer)["authorization_details"] == [PAYMENT, ACCOUNT]
    assert provider.introspect(shop, answer["access_token"]).json["authorization_details"] == [PAYMENT, ACCOUNT]
    plain = provider.grant(shop, browser, "openid")
    assert "authorization_details" not in plain
    assert "authorization_details" not in provider.verify(plain["access_token"], provider.issuer)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", None),
        ("{}", "JSON array"),
        ("[]", "JSON array"),
        ("[1]", "JSON array"),
        ('[{"type": 1}]', "JSON array"),
        ('[{"amount": 1}]', "JSON array"),
        ('[{"type": "payment", "type": "payment"}]', "JSON array"),
        ('[{"type": "payment", "n": NaN}]', "JSON array"),
        ('[{"type": "payment", "n": 1e400}]', "JSON array"),
        ('[{"type": "payment", "n": "\\u0000"}]', "JSON array"),
        ('[{"type": "payment", "n": "\\ud800"}]', "JSON array"),
        (write(*[ACCOUNT] * 11), "JSON array"),
        ('[{"type": "payment", "n": ' + "[" * 20 + "]" * 20 + "}]", "JSON array"),
        (write({"type": "unknown"}), "No type unknown"),
        (write({"type": "foreign"}), "not registered for the type foreign"),
        (write(PAYMENT | {"amount": {"value": 1, "currency": "EUR"}}), "amount.value does not fit the schema (type)"),
        (write(PAYMENT | {"other": 1}), "does not fit the schema (additionalProperties)"),
        (write(ACCOUNT, {"type": "payment"}), "authorization_details[1]"),
    ],
)
def test_what_is_wrong_is_refused(browser: Browser, shop: Client, sent: str, said: str | None) -> None:
    """What is no array of objects of registered types that fit their schemas is `invalid_authorization_details`, with the reason (5)."""
    response = browser.authorize(shop, scope="openid", authorization_details=sent)
    if said is None:
        assert response.location.startswith("/consent?")
        return
    answer = parameters(response, shop)
    assert (answer["error"], said in answer["error_description"]) == (INVALID, True), answer


def test_people_read_it_and_are_asked_when_it_differs(browser: Browser, shop: Client) -> None:
    """The consent page has the words of the type, what the client says marked and escaped (12); the same is not asked twice, another is."""
    asked = {"scope": "openid", "authorization_details": write(PAYMENT)}
    page = browser.get(browser.authorize(shop, **asked).location).text
    for said in ("A payment", "<b>123.50</b>", "<b>EUR</b>", "<b>Merchant &lt;A&gt;</b>", "&#34;actions&#34;"):
        assert said in page
    assert "code" in browser.answer(shop, **asked)
    assert "code" in parameters(browser.authorize(shop, **asked), shop)
    dearer = write(PAYMENT | {"amount": {"value": "999", "currency": "EUR"}})
    for differs in (dearer, write(PAYMENT, ACCOUNT)):
        again = browser.authorize(shop, scope="openid", authorization_details=differs)
        assert again.location.startswith("/consent?")
        assert "code" in browser.answer(shop, scope="openid", authorization_details=differs)
    assert browser.authorize(shop, **asked).location.startswith("/consent?"), "of several the last counts"
    assert "details:" not in browser.get("/account/apps").text


def test_pushed_requests_carry_them(provider: Provider, browser: Browser, shop: Client) -> None:
    """A pushed request is refused there and then, or kept as it was pushed (RFC 9126, 2.3)."""

    def push(*details: Any) -> Any:
        form = request(shop, scope="openid") | {"authorization_details": write(*details)}
        return provider.http.post("/oauth/par", data=form, headers=shop.basic())

    assert push({"type": "foreign"}).json["error"] == INVALID
    query = {"client_id": shop.client_id, "request_uri": push(PAYMENT).json["request_uri"]}
    page = browser.get("/oauth/authorize", query_string=query)
    answer = parameters(browser.follow(browser.submit(page.location, decision="allow"), shop), shop)
    assert provider.redeem(shop, answer["code"]).json["authorization_details"] == [PAYMENT]


def test_a_refresh_narrows(provider: Provider, browser: Browser, shop: Client) -> None:
    """A refresh may name fewer objects, and fewer items of their lists, and never more; a refused one uses nothing up (6)."""
    token = granted(provider, browser, shop, PAYMENT, ACCOUNT)["refresh_token"]
    assert provider.refresh(shop, token).json["authorization_details"] == [PAYMENT, ACCOUNT]
    less = PAYMENT | {"actions": ["status"]}
    answer = provider.refresh(shop, token, authorization_details=write(less)).json
    assert answer["authorization_details"] == [less]
    for more in (
        PAYMENT | {"actions": ["status", "cancel"]},
        PAYMENT | {"creditor": "Somebody else"},
        PAYMENT | {"actions": []},
        {name: value for name, value in PAYMENT.items() if name != "actions"},
        ACCOUNT | {"accounts": ["three"]},
    ):
        assert "beyond what was granted" in refused(
            provider.refresh(shop, token, authorization_details=write(more)), INVALID
        )
    assert provider.refresh(shop, token).status_code == 200


def test_a_code_brings_no_more_than_was_allowed(provider: Provider, browser: Browser, shop: Client) -> None:
    """At the code's exchange, too, only what was granted may be named (6)."""
    code = browser.answer(shop, scope="openid", authorization_details=write(PAYMENT))["code"]
    refused(provider.redeem(shop, code, authorization_details=write(ACCOUNT)), INVALID)
    code = browser.answer(shop, scope="openid")["code"]
    refused(provider.redeem(shop, code, authorization_details=write(PAYMENT)), INVALID)


def test_a_client_of_its_own(provider: Provider, shop: Client) -> None:
    """With client credentials a client gets what it names for itself, if it is registered for that (6)."""
    answer = provider.token(shop, grant_type="client_credentials", authorization_details=write(ACCOUNT)).json
    assert answer["authorization_details"] == [ACCOUNT]
    refused(
        provider.token(shop, grant_type="client_credentials", authorization_details=write({"type": "foreign"})), INVALID
    )


def test_an_object_with_locations_is_for_these_alone(provider: Provider, browser: Browser, types: None) -> None:
    """In a token for one API stands what names it in `locations`, and what names none (9.1)."""
    for resource, scope in ((ORDERS, "orders"), (BILLS, "bills")):
        register(provider, resource, scope)
    client = provider.client(
        scope="openid offline_access orders bills",
        first_party=True,
        authorization_details_types=["payment", "https://bank.example/account"],
    )
    here = PAYMENT | {"locations": [ORDERS]}
    asked = {"scope": "openid offline_access orders bills", "authorization_details": write(here, ACCOUNT)}
    code = parameters(browser.authorize(client, **asked, resource=ORDERS), client)["code"]
    answer = provider.redeem(client, code).json
    assert provider.verify(answer["access_token"], ORDERS)["authorization_details"] == [here, ACCOUNT]
    code = parameters(browser.authorize(client, **asked, resource=BILLS), client)["code"]
    assert provider.redeem(client, code).json["authorization_details"] == [ACCOUNT]


def test_a_client_that_lost_the_type_names_it_no_more(provider: Provider, browser: Browser, shop: Client) -> None:
    """What an administrator takes from a client it may not ask for, nor name again at a refresh (10)."""
    token = granted(provider, browser, shop, PAYMENT)["refresh_token"]
    with provider.registration(shop) as row:
        row.authorization_details_types = []
    with provider.working():
        clients.reload()
    refused(provider.refresh(shop, token, authorization_details=write(PAYMENT)), INVALID)
    assert "authorization_details" not in provider.refresh(shop, token).json


def test_the_metadata_name_the_types(provider: Provider, types: None) -> None:
    """Discovery says which types there are (10)."""
    document = provider.http.get("/.well-known/oauth-authorization-server").json
    assert document["authorization_details_types_supported"] == [
        "foreign",
        "https://bank.example/account",
        "payment",
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(JSON | st.text(max_size=60))
@tries(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_sent_is_read_or_refused(sent: Any) -> None:
    """Any text is refused or read as what can be kept, told in JSON and compared: it is within itself, and is read again as it is."""
    text = sent if isinstance(sent, str) else json.dumps([{"type": "payment", "x": sent}])
    details = rich_requests.parse(text)
    if details is not None:
        written = json.dumps(details, allow_nan=False)
        written.encode("ascii")
        assert json.loads(written) == details
        rich_requests.compare(details, details)


@given(st.text(max_size=60), st.dictionaries(st.sampled_from("abc"), JSON, max_size=3))
@tries(max_examples=300, deadline=None)
def test_words_never_fail_and_keep_apart_what_is_said(words: str, detail: dict[str, Any]) -> None:
    """Whatever the words and the object, they become pieces of bounded length, and what stands around is the administrator's."""
    template = words + "{a} and {b.c} and {c.0}"
    pieces = wording.fill(template, detail)
    assert sum(is_said for _text, is_said in pieces) >= 3
    assert all(len(text) <= wording.LONGEST_VALUE for text, is_said in pieces if is_said)
    plain = "".join(text for text, is_said in pieces if not is_said)
    assert plain.endswith(" and  and ") or " and " in plain
