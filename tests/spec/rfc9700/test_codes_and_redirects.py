"""RFC 9700, sections 2.1, 4.5 and 4.11 to 4.12: replayed codes, redirect URIs, redirects after credentials."""

from datetime import timedelta

import pytest

from idp.base import clock
from idp.base.outcome import Refused
from idp.clients.metadata import Metadata, check
from tests.factories import Browser, Client, Person, Provider

OFFLINE = "openid offline_access"


@pytest.fixture(params=["confidential", "public"])
def client(provider: Provider, request: pytest.FixtureRequest) -> Client:
    """A client of either kind."""
    return provider.client(public=request.param == "public")


def test_a_replayed_code_revokes_what_it_had_issued(provider: Provider, browser: Browser, client: Client) -> None:
    """A code works once; its second use ends the access and refresh tokens of the first (4.5; RFC 6749, 4.1.2; item 48)."""
    code = browser.answer(client, scope=OFFLINE)["code"]
    tokens = provider.redeem(client, code).json
    assert provider.userinfo(tokens["access_token"]).status_code == 200
    replay = provider.redeem(client, code)
    assert (replay.status_code, replay.json["error"]) == (400, "invalid_grant")
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    assert provider.refresh(client, tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_a_replay_reaches_tokens_that_were_refreshed_since(
    provider: Provider, browser: Browser, client: Client
) -> None:
    """Also tokens that were refreshed in between end with the code's replay (4.5)."""
    code = browser.answer(client, scope=OFFLINE)["code"]
    tokens = provider.redeem(client, code).json
    newer = provider.refresh(client, tokens["refresh_token"]).json
    provider.redeem(client, code)
    assert provider.userinfo(newer["access_token"]).status_code == 401
    newest = newer.get("refresh_token", tokens["refresh_token"])
    assert provider.refresh(client, newest).json["error"] == "invalid_grant"


def test_a_replay_after_expiry_revokes_too(provider: Provider, browser: Browser, client: Client) -> None:
    """The replay of a code that has long expired still betrays a leak, and revokes (4.5)."""
    code = browser.answer(client, scope=OFFLINE)["code"]
    tokens = provider.redeem(client, code).json
    with clock.moved(timedelta(days=3)):
        assert provider.redeem(client, code).json["error"] == "invalid_grant"
    assert provider.refresh(client, tokens["refresh_token"]).json["error"] == "invalid_grant"


def test_a_replay_without_the_verifier_revokes_too(provider: Provider, browser: Browser, client: Client) -> None:
    """Whoever replays a code has leaked it, whether or not the rest of the request is right (4.5)."""
    code = browser.answer(client, scope=OFFLINE)["code"]
    tokens = provider.redeem(client, code).json
    assert provider.redeem(client, code, code_verifier=None, redirect_uri=None).json["error"] == "invalid_grant"
    assert provider.userinfo(tokens["access_token"]).status_code == 401


def test_another_client_cannot_revoke_by_replay(provider: Provider, browser: Browser, client: Client) -> None:
    """A code that reached another client ends nothing there: the tokens of its owner stay (4.5)."""
    code = browser.answer(client, scope=OFFLINE)["code"]
    tokens = provider.redeem(client, code).json
    assert provider.redeem(provider.client(), code).json["error"] == "invalid_grant"
    assert provider.userinfo(tokens["access_token"]).status_code == 200


def test_a_code_lives_a_minute(provider: Provider, browser: Browser, client: Client) -> None:
    """A code that was not redeemed within a minute is void (RFC 6749, section 4.1.2; item 49)."""
    code = browser.answer(client)["code"]
    with clock.moved(timedelta(seconds=61)):
        assert provider.redeem(client, code).json["error"] == "invalid_grant"
    with clock.moved(timedelta(seconds=55)):
        assert provider.redeem(client, code).status_code == 200


def test_a_code_dies_with_its_session(provider: Provider, browser: Browser, client: Client) -> None:
    """A code for access that ends with the session cannot be redeemed after sign-out (4.5)."""
    code = browser.answer(client)["code"]
    browser.sign_out()
    assert provider.redeem(client, code).json["error"] == "invalid_grant"


HTTP = "must be https, unless its host is loopback."
REGISTRATIONS = [
    ("https://rp.example/cb", None),
    ("http://127.0.0.1:8000/cb", None),
    ("http://[::1]/cb", None),
    ("http://localhost/cb", None),
    ("http://rp.example/cb", HTTP),
    ("http://localhost.evil.example/cb", HTTP),
    ("http://192.168.1.1/cb", HTTP),
    ("http://10.0.0.1/cb", HTTP),
    ("http://[2001:db8::1]/cb", HTTP),
    ("https://rp.example/cb#fragment", "must not have a fragment."),
    ("https://user@rp.example/cb", "must have a host, and no user."),
    ("https:///cb", "must have a host, and no user."),
    ("https://*.rp.example/cb", "is no URI."),
    ("https://rp.example/<cb>", "is no URI."),
    ("https://rp.example/cb\n", "is no URI."),
    ("https://[::1", "is no URI."),
    ("https://rp.example:99999/cb", "is no URI."),
    ("//rp.example/cb", "must be https, or have a private scheme such as com.example.app."),
    ("/cb", "must be https, or have a private scheme such as com.example.app."),
    ("", "must be https, or have a private scheme such as com.example.app."),
    ("https://rp.example/" + "a" * 2000, "is no URI."),
]


def test_registered_redirect_uris(provider: Provider) -> None:
    """Only https, loopback and private-scheme addresses are registered: exact, without fragment or wildcard (2.1, 2.6; item 43)."""
    for uri, sentence in REGISTRATIONS:
        with provider.working():
            refused = check(Metadata("App", [uri]))
        detail = refused.detail or "" if isinstance(refused, Refused) else None
        if sentence is None:
            assert detail is None, uri
        else:
            assert detail is not None, uri
            assert detail.endswith(sentence), uri


def test_redirects_are_303(provider: Provider, browser: Browser, ann: Person, shop: Client) -> None:
    """Every redirect that follows credentials or a decision is a 303, so that no form is ever sent on (4.12; item 45; ux.md 27)."""
    stranger = provider.browser()
    to_signin = stranger.authorize(shop)
    signed_in = stranger.sign_in(to_signin.location, ann)
    resumed = stranger.get(signed_in.location)
    allowed = stranger.submit(resumed.location, decision="allow")
    error = browser.authorize(shop, scope="foreign")
    denied = browser.submit(browser.authorize(shop, prompt="consent").location, decision="deny")
    answers = [to_signin, signed_in, resumed, allowed, error, denied]
    assert [answer.status_code for answer in answers] == [303] * 6
    assert allowed.location.startswith(f"{shop.redirect_uri}?code=")


def test_the_authorization_endpoint_has_no_cors(provider: Provider, browser: Browser, phone: Client) -> None:
    """Scripts of other origins cannot read from the authorization endpoint, but a public client's may from the token's (2.6; item 67)."""
    origin = {"Origin": "https://rp.example"}
    answer = browser.http.get("/oauth/authorize", query_string={"client_id": phone.client_id}, headers=origin)
    assert "Access-Control-Allow-Origin" not in answer.headers
    for path in ("/oauth/token", "/oauth/revoke", "/oauth/userinfo"):
        allowed = provider.http.options(path, headers=origin)
        assert allowed.headers["Access-Control-Allow-Origin"] == "https://rp.example", path
        assert "Access-Control-Allow-Credentials" not in allowed.headers
        refused = provider.http.options(path, headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in refused.headers, path


def test_a_client_cannot_pass_for_a_person(provider: Provider, ann: Person) -> None:
    """A client whose identifier is somebody's subject gets no access to that person's data by its own token (4.15; item 61)."""
    imitator = provider.client(client_id=ann.sub, grant_types=["client_credentials"])
    token = provider.token(imitator, grant_type="client_credentials", scope="openid email").json["access_token"]
    assert provider.verify(token, provider.issuer)["sub"] == ann.sub
    assert provider.userinfo(token).json["error"] == "invalid_token"
