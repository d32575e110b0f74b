"""RFC 6749, section 4.1: the authorization request and its answers."""

from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from idp.base import database
from idp.oauth.models import Grant, PendingRequest
from tests.factories import CALLBACK, Browser, Client, Provider, challenge, parameters, request

NO_CLIENT = "No application is registered under this client identifier."
NO_URI = "The application did not say where to send you back: the redirect URI is missing."
BAD_URI = "The application asked to send you back to a redirect URI that is not registered for it."

NO_SCOPE = "The parameter scope is missing, or holds nothing that this client can be granted."

NEVER_REDIRECTED = [
    ("no client_id", {"client_id": None}, NO_CLIENT),
    ("empty client_id", {"client_id": ""}, NO_CLIENT),
    ("unknown client_id", {"client_id": "nobody"}, NO_CLIENT),
    ("no redirect_uri", {"redirect_uri": None}, NO_URI),
    ("empty redirect_uri", {"redirect_uri": ""}, NO_URI),
    ("another host", {"redirect_uri": "https://evil.example/callback"}, BAD_URI),
    ("another scheme", {"redirect_uri": "http://rp.example/callback"}, BAD_URI),
    ("another port", {"redirect_uri": "https://rp.example:8443/callback"}, BAD_URI),
    ("the default port", {"redirect_uri": "https://rp.example:443/callback"}, BAD_URI),
    ("a slash more", {"redirect_uri": f"{CALLBACK}/"}, BAD_URI),
    ("a path below", {"redirect_uri": f"{CALLBACK}/../callback"}, BAD_URI),
    ("a query more", {"redirect_uri": f"{CALLBACK}?a=b"}, BAD_URI),
    ("a fragment more", {"redirect_uri": f"{CALLBACK}#a"}, BAD_URI),
    ("another case", {"redirect_uri": "https://RP.example/callback"}, BAD_URI),
    ("a user", {"redirect_uri": "https://rp.example@evil.example/callback"}, BAD_URI),
    ("a line break", {"redirect_uri": f"{CALLBACK}\r\n"}, BAD_URI),
    ("a space before", {"redirect_uri": f" {CALLBACK}"}, BAD_URI),
    ("no address at all", {"redirect_uri": "javascript:alert(1)"}, BAD_URI),
    ("half an IPv6 address", {"redirect_uri": "http://[::1"}, BAD_URI),
]

ERRORS = [
    ("no response_type", {"response_type": None}, "invalid_request", "The parameter response_type is missing."),
    ("empty response_type", {"response_type": ""}, "invalid_request", "The parameter response_type is missing."),
    ("implicit", {"response_type": "token"}, "unsupported_response_type", "Use one of the response types: code."),
    (
        "hybrid",
        {"response_type": "code id_token"},
        "unsupported_response_type",
        "Use one of the response types: code.",
    ),
    (
        "a response mode",
        {"response_mode": "web_message"},
        "invalid_request",
        "The parameter response_mode is unknown, or not allowed for this response type.",
    ),
    ("claims", {"claims": "[]"}, "invalid_request", "The parameter claims is malformed."),
    ("no scope", {"scope": None}, "invalid_scope", NO_SCOPE),
    (
        "a scope that the client is not registered for",
        {"scope": "openid phone address"},
        "invalid_scope",
        "The client is not registered for the scope phone address.",
    ),
    (
        "nothing that anybody understands",
        {"scope": 'groups "roles"'},
        "invalid_scope",
        f"{NO_SCOPE[:-1]}: groups ?roles?.",
    ),
    ("a long state", {"state": "s" * 4097}, "invalid_request", "The parameter state is too long or malformed."),
    ("a long nonce", {"nonce": "n" * 2001}, "invalid_request", "The parameter nonce is too long or malformed."),
]


def rows(provider: Provider) -> int:
    """Return how much the authorization endpoint has written."""
    with provider.working():
        counts = [select(func.count()).select_from(model) for model in (PendingRequest, Grant)]
        return sum(database.session().scalar(count) or 0 for count in counts)


def test_a_bad_client_or_redirect_uri_is_never_redirected(
    provider: Provider, browser: Browser, shop: Client, subtests: pytest.Subtests
) -> None:
    """A bad client or redirect URI shows a page with its own sentence, redirects nowhere and writes nothing (4.1.2.1; item 44)."""
    for name, changes, sentence in NEVER_REDIRECTED:
        with subtests.test(name):
            answer = browser.authorize(shop, **changes)
            assert answer.status_code == 400
            assert "Location" not in answer.headers
            assert sentence in answer.text
    assert rows(provider) == 0


@pytest.mark.parametrize(("name", "sentence"), [("client_id", NO_CLIENT), ("redirect_uri", NO_URI)])
def test_a_repeated_client_id_or_redirect_uri_is_never_redirected(
    browser: Browser, shop: Client, name: str, sentence: str
) -> None:
    """A second client_id or redirect_uri, even the same, leaves nobody to trust (3.1)."""
    pairs = [*request(shop).items(), (name, request(shop)[name])]
    answer = browser.get(f"/oauth/authorize?{urlencode(pairs)}")
    assert answer.status_code == 400
    assert sentence in answer.text


def test_a_disabled_client_is_no_client(provider: Provider, browser: Browser, shop: Client) -> None:
    """A disabled client gets the page of an unknown one (4.1.2.1)."""
    provider.disable(shop)
    answer = browser.authorize(shop)
    assert answer.status_code == 400
    assert NO_CLIENT in answer.text


def test_other_errors_go_to_the_client(
    provider: Provider, browser: Browser, shop: Client, subtests: pytest.Subtests
) -> None:
    """Any other error is redirected by 303 with error, description, state and iss, and writes nothing (4.1.2.1; item 51)."""
    for name, changes, error, description in ERRORS:
        with subtests.test(name):
            expected = {"error": error, "error_description": description, "iss": provider.issuer}
            state = request(shop, **changes)["state"]
            assert parameters(browser.authorize(shop, **changes), shop) == expected | {"state": state}
    assert rows(provider) == 0


def test_repeated_parameters_are_refused(browser: Browser, shop: Client, subtests: pytest.Subtests) -> None:
    """A parameter that comes twice, also with one value, is an invalid request (3.1; item 65)."""
    for name in ("response_type", "scope", "state", "nonce", "code_challenge", "prompt", "max_age"):
        with subtests.test(name):
            once = request(shop, nonce="n", prompt="none", max_age="9")
            answer = browser.get(f"/oauth/authorize?{urlencode([*once.items(), (name, once[name])])}")
            got = parameters(answer, shop)
            assert got["error"] == "invalid_request"
            assert got["error_description"] == f"The parameter {name} is there more than once."


def test_unknown_parameters_are_ignored(browser: Browser, shop: Client) -> None:
    """Parameters that the server does not know are ignored, however often they come (3.1)."""
    assert "code" in browser.answer(shop, colour="blue", flavour="https://api.example")


def test_a_client_without_the_grant_is_unauthorized(provider: Provider, browser: Browser) -> None:
    """A client that is not registered for authorization_code gets unauthorized_client (4.1.2.1; item 51)."""
    machine = provider.client(grant_types=["client_credentials"])
    got = parameters(browser.authorize(machine), machine)
    assert got["error"] == "unauthorized_client"
    assert got["error_description"] == "The client is not registered for this response type."


def test_state_comes_back_exactly(browser: Browser, shop: Client, subtests: pytest.Subtests) -> None:
    """The client gets back the very state it sent, and none when it sent none (4.1.2)."""
    browser.answer(shop)
    for state in ("a b+c%20d&e=f#g", "<script>", "žluťoučký 🐎", "line\nbreak", '"quoted"', "a" * 4096):
        with subtests.test(state[:20]):
            assert browser.answer(shop, state=state)["state"] == state
    assert "state" not in browser.answer(shop, state=None)
    assert "state" not in browser.answer(shop, state="")


def test_the_query_of_a_redirect_uri_is_kept(provider: Provider, browser: Browser) -> None:
    """A redirect URI's own query component stays, the answer is added to it (3.1.2)."""
    client = provider.client(redirect_uris=["https://rp.example/callback?tenant=7&x=a%2Fb"])
    response = browser.consent(client)
    assert response.location.startswith("https://rp.example/callback?tenant=7&x=a%2Fb&code=")
    assert parameters(response)["tenant"] == "7"


def test_one_of_several_redirect_uris_is_chosen(provider: Provider, browser: Browser) -> None:
    """Of several registered redirect URIs the answer goes to the one in the request (3.1.2.3)."""
    second = "https://rp.example/second"
    client = provider.client(redirect_uris=[CALLBACK, second])
    response = browser.consent(client, redirect_uri=second, state="s")
    assert response.location.startswith(f"{second}?code=")


def test_answers_are_not_stored(browser: Browser, shop: Client) -> None:
    """The redirect that carries a code is never cached, and tells no Referer (10.5; RFC 9700, section 4.2.4)."""
    response = browser.consent(shop)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_the_challenge_of_the_tests_is_rfc_7636s(shop: Client) -> None:
    """The requests that these tests send carry a challenge of 43 characters, as RFC 7636, section 4.2 makes it."""
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert len(request(shop)["code_challenge"]) == 43
