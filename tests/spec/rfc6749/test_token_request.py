"""RFC 6749, sections 3.2, 4.1.3, 5 and 6: the token endpoint's requests, answers and errors."""

import pytest
from werkzeug.test import TestResponse

from idp.oauth.refusals import SENTENCES, Cause
from tests.factories import CALLBACK, VERIFIER, Browser, Client, Provider

NOT_FOUND = SENTENCES[Cause.CODE_UNKNOWN]
OF_ANOTHER = SENTENCES[Cause.CODE_OF_ANOTHER_CLIENT]


def refused(response: TestResponse, error: str, status: int = 400) -> str:
    """Check an error as section 5.2 shapes it, and return its description."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"
    assert response.json["error"] == error, response.text
    assert set(response.json) <= {"error", "error_description"}
    description = str(response.json.get("error_description", ""))
    assert description.isascii()
    assert '"' not in description
    assert "\\" not in description
    return description


def test_a_code_becomes_tokens(provider: Provider, browser: Browser, shop: Client) -> None:
    """A good exchange answers with the members of section 5.1, and nobody may store them (item 65)."""
    code = browser.answer(shop, scope="openid email")["code"]
    response = provider.redeem(shop, code)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Pragma"] == "no-cache"
    assert set(response.json) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert response.json["token_type"] == "Bearer"
    assert response.json["expires_in"] == 600
    assert response.json["scope"] == "openid email"
    assert "Set-Cookie" not in response.headers


def test_a_request_without_openid_gets_no_id_token(provider: Provider, browser: Browser, shop: Client) -> None:
    """Plain OAuth, a request without the scope openid, gets an access token alone (5.1)."""
    assert set(provider.grant(shop, browser, "email")) == {"access_token", "token_type", "expires_in", "scope"}


ERRORS = [
    ("no grant_type", {"scope": "openid"}, "invalid_request", "The parameter grant_type is missing."),
    ("empty grant_type", {"grant_type": ""}, "invalid_request", "The parameter grant_type is missing."),
    ("password", {"grant_type": "password"}, "unsupported_grant_type", "This grant type is not supported."),
    ("an odd grant", {"grant_type": 'a"\\é'}, "unsupported_grant_type", "This grant type is not supported."),
    ("no code", {"grant_type": "authorization_code"}, "invalid_request", "Missing 'code' in request."),
    ("an unknown code", {"grant_type": "authorization_code", "code": "x"}, "invalid_grant", NOT_FOUND),
    ("no refresh_token", {"grant_type": "refresh_token"}, "invalid_request", "Missing 'refresh_token' in request."),
    ("an unknown refresh_token", {"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant", None),
    ("no client_credentials", {"grant_type": "client_credentials"}, "unauthorized_client", None),
    (
        "a NUL",
        {"grant_type": "authorization_code", "code": "a\0b"},
        "invalid_request",
        "The parameter code is malformed: it holds a NUL, or is no UTF-8.",
    ),
]


def test_errors(provider: Provider, shop: Client, subtests: pytest.Subtests) -> None:
    """Each error is JSON with its code and a description in the allowed characters (5.2)."""
    for name, form, error, description in ERRORS:
        with subtests.test(name):
            told = refused(provider.token(shop, **form), error)
            assert description is None or told == description


def test_a_code_needs_its_redirect_uri(provider: Provider, browser: Browser, subtests: pytest.Subtests) -> None:
    """The redirect_uri of the authorization request must be repeated exactly; until then the code stays good (4.1.3)."""
    client = provider.client(redirect_uris=[CALLBACK, "https://rp.example/second"])
    code = browser.answer(client)["code"]
    for other in (None, "", "https://rp.example/second", f"{CALLBACK}/"):
        with subtests.test(str(other)):
            told = refused(provider.redeem(client, code, redirect_uri=other), "invalid_grant")
            cause = Cause.REDIRECT_URI_DIFFERS if other else Cause.REDIRECT_URI_MISSING
            assert told == SENTENCES[cause]
    assert provider.redeem(client, code).status_code == 200


def test_a_code_is_its_clients_alone(provider: Provider, browser: Browser, shop: Client, phone: Client) -> None:
    """Another client cannot redeem a code, and does no harm by trying (4.1.3)."""
    code = browser.answer(shop)["code"]
    rival = provider.client(client_name="Rival")
    assert refused(provider.redeem(rival, code), "invalid_grant") == OF_ANOTHER
    assert refused(provider.redeem(phone, code), "invalid_grant") == NOT_FOUND
    assert provider.redeem(shop, code).status_code == 200


def test_a_code_for_a_client_without_the_grant(provider: Provider, browser: Browser, shop: Client) -> None:
    """A client that has lost authorization_code meanwhile cannot redeem (5.2)."""
    code = browser.answer(shop)["code"]
    with provider.registration(shop) as row:
        row.grant_types = ["client_credentials"]
    from idp.base.extensions import generation

    with provider.working():
        generation("clients").bump()
    refused(provider.redeem(shop, code), "unauthorized_client")


def test_query_parameters_do_not_count(provider: Provider, browser: Browser, shop: Client) -> None:
    """Parameters in the query of a token request are ignored, credentials included (3.2, 2.3.1)."""
    code = browser.answer(shop)["code"]
    query = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    form = {"content_type": "application/x-www-form-urlencoded"}
    answer = provider.http.post("/oauth/token", query_string=query, headers=shop.basic(), **form)
    assert refused(answer, "invalid_request") == "The parameter grant_type is missing."
    answer = provider.http.post("/oauth/token", query_string=shop.post(), data=query)
    refused(answer, "invalid_client", 401)


def test_repeated_parameters_are_refused(provider: Provider, shop: Client, subtests: pytest.Subtests) -> None:
    """A parameter that comes twice is an invalid request (3.2; item 65)."""
    for name in ("grant_type", "scope", "client_id", "anything"):
        with subtests.test(name):
            form = {"grant_type": ["client_credentials"], "scope": ["email"], name: ["a", "a"]}
            answer = provider.http.post("/oauth/token", data=form, headers=shop.basic())
            assert refused(answer, "invalid_request") == f"The parameter {name} is there more than once."


def test_only_posts_of_forms_are_answered(provider: Provider, shop: Client, subtests: pytest.Subtests) -> None:
    """The token endpoint takes POST with a form, nothing else (3.2)."""
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        with subtests.test(method):
            answer = provider.http.open("/oauth/token", method=method, headers=shop.basic())
            assert answer.status_code == 405
    sentence = "The body must be application/x-www-form-urlencoded."
    bodies = [
        {"json": {"grant_type": "client_credentials"}},
        {"data": "grant_type=client_credentials"},
        {"data": {"grant_type": "client_credentials"}, "content_type": "multipart/form-data"},
        {},
    ]
    for body in bodies:
        with subtests.test(str(body)):
            answer = provider.http.post("/oauth/token", headers=shop.basic(), **body)
            assert refused(answer, "invalid_request") == sentence


def test_client_credentials(provider: Provider) -> None:
    """A client registered for it gets a token of its own: no refresh token, no ID token, no person (4.4)."""
    machine = provider.client(grant_types=["client_credentials"], scope="openid read write", redirect_uris=[])
    answer = provider.token(machine, grant_type="client_credentials", scope="read openid")
    assert answer.status_code == 200
    assert set(answer.json) == {"access_token", "token_type", "expires_in", "scope"}
    assert answer.json["scope"] == "read openid"
    claims = provider.verify(answer.json["access_token"], provider.issuer)
    assert claims["sub"] == claims["client_id"] == machine.client_id
    assert provider.token(machine, grant_type="client_credentials").json["scope"] == "read write"
    refused(provider.token(machine, grant_type="client_credentials", scope="read email"), "invalid_scope")


def test_a_refresh_narrows_but_never_widens(provider: Provider, browser: Browser, shop: Client) -> None:
    """A refresh may ask for fewer scopes, for that one token; more than was granted is invalid_scope (6; item 55)."""
    refresh_token = provider.grant(shop, browser, "openid email offline_access")["refresh_token"]
    narrow = provider.refresh(shop, refresh_token, scope="email")
    assert narrow.json["scope"] == "email"
    assert "id_token" not in narrow.json
    assert provider.verify(narrow.json["access_token"], provider.issuer)["scope"] == "email"
    refused(provider.refresh(shop, refresh_token, scope="openid profile"), "invalid_scope")
    assert provider.refresh(shop, refresh_token).json["scope"] == "openid email offline_access"


def test_a_refresh_token_needs_the_grant(provider: Provider, browser: Browser) -> None:
    """A client without the refresh_token grant is unauthorized to refresh (5.2; item 51)."""
    client = provider.client(grant_types=["authorization_code"])
    refused(provider.refresh(client, "anything"), "unauthorized_client")
    assert "refresh_token" not in provider.grant(client, browser, "openid offline_access")
