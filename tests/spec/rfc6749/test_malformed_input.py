"""RFC 6749, sections 4.1.2.1 and 5.2: whatever is sent, the answer is an answer, never a server error."""

from urllib.parse import urlencode

import pytest

from idp.oauth.parameters import KNOWN
from tests.factories import CALLBACK, VERIFIER, Browser, Client, Provider, request

NASTY = [
    "\0", "a\0b", '"', "\\", "é", "🐎", "\r\nSet-Cookie: a=b", "\u202e", " ", "%", "%00", "[", "http://[", "http://[::1",
    "http://127.0.0.1:8080/call\nback", "http://127.0.0.1:99999999/", "9" * 5000, "-1", "x" * 60_000, "null", "{}", "a.b.c",
    "eyJhbGciOiJub25lIn0.e30.", "W1tb" * 900 + ".e30.x",
]  # fmt: skip
RAW = [b"%ff%fe", b"%", b"%zz", b"%00", b"\xff", b"%c0%80", b"%ed%a0%80"]


def test_authorization_requests(provider: Provider, browser: Browser, subtests: pytest.Subtests) -> None:
    """Any value in any parameter of an authorization request is a page, a redirect or a refusal."""
    client = provider.client(public=True, redirect_uris=[CALLBACK, "http://127.0.0.1/callback"])
    good = request(client)
    for name in KNOWN:
        for value in NASTY:
            with subtests.test(name, value=value[:20]):
                answer = browser.get(f"/oauth/authorize?{urlencode(good | {name: value})}")
                assert answer.status_code in {200, 303, 400}
                assert "\n" not in answer.headers.get("Location", "")
    for raw in RAW:
        for name in ("client_id", "redirect_uri", "state", "scope", "nonce"):
            with subtests.test(name, value=repr(raw)):
                query = urlencode({key: value for key, value in good.items() if key != name})
                answer = browser.get(f"/oauth/authorize?{query}&{name}={raw.decode('latin-1')}")
                assert answer.status_code in {200, 303, 400}


def test_posted_authorization_requests(provider: Provider, shop: Client, subtests: pytest.Subtests) -> None:
    """A body that is no form, or a bad one, is refused as a bad query is."""
    browser = provider.browser()
    for raw in (b"", b"client_id", b"&&&==", b"\xff\xfe\x00", b"client_id=%ff", b"[]", b"a=" + b"x" * 300_000):
        with subtests.test(repr(raw[:20])):
            answer = browser.http.post("/oauth/authorize", data=raw, content_type="application/x-www-form-urlencoded")
            assert 400 <= answer.status_code < 500


FORMS = [
    ("authorization_code", ("code", "redirect_uri", "code_verifier", "client_id", "client_secret")),
    ("refresh_token", ("refresh_token", "scope")),
    ("client_credentials", ("scope", "grant_type", "client_assertion", "client_assertion_type")),
]


def test_token_requests(provider: Provider, browser: Browser, subtests: pytest.Subtests) -> None:
    """Any value in any parameter of a token request is a JSON refusal."""
    client = provider.client(grant_types=["authorization_code", "refresh_token", "client_credentials"])
    code = browser.answer(client)["code"]
    good = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, "refresh_token": "x"}
    for grant, names in FORMS:
        for name in names:
            for value in NASTY:
                with subtests.test(name, grant=grant, value=value[:20]):
                    answer = provider.token(client, **(good | {"grant_type": grant, name: value}))
                    assert answer.status_code in {200, 400, 401, 429}
                    assert answer.headers["Cache-Control"] == "no-store"
                    assert answer.status_code == 200 or answer.json["error"]


def test_raw_bodies(provider: Provider, shop: Client, subtests: pytest.Subtests) -> None:
    """A body that is no form is an invalid request, one beyond bounds is too large: at every endpoint for programs."""
    bodies = [b"", b"=", b"\xff", b"token=", b"token=%00", b"&" * 5000, b"grant_type[]=a", b"a=b&" * 2000]
    for path in ("/oauth/token", "/oauth/revoke", "/oauth/introspect"):
        for body in bodies:
            with subtests.test(path, body=repr(body[:20])):
                form = "application/x-www-form-urlencoded"
                answer = provider.http.post(path, data=body, headers=shop.basic(), content_type=form)
                assert answer.status_code == 400
                assert answer.json["error"] == "invalid_request"
        with subtests.test(path, body="too large"):
            answer = provider.http.post(path, data={"token": "x" * 300_000}, headers=shop.basic())
            assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
def test_nasty_tokens(provider: Provider, shop: Client, path: str, subtests: pytest.Subtests) -> None:
    """Whatever is asked about or revoked, it is a token that nobody knows, or a malformed request."""
    for value in NASTY:
        with subtests.test(value[:20]):
            answer = provider.http.post(path, data={"token": value}, headers=shop.basic())
            assert answer.status_code in {200, 400}


@pytest.mark.parametrize("path", ["/oauth/resume", "/consent", "/oauth/clients/%00/logo"])
def test_nasty_identifiers(browser: Browser, path: str, subtests: pytest.Subtests) -> None:
    """A request that waits is named by a secret alone; anything else is a page that says so."""
    for value in NASTY:
        with subtests.test(value[:20]):
            assert 400 <= browser.get(path, query_string={"id": value}).status_code < 500


def test_nasty_logout_requests(browser: Browser, shop: Client, subtests: pytest.Subtests) -> None:
    """Any value in any parameter of a logout request is a page or a redirect (RP-Initiated Logout, section 2)."""
    for name in ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint"):
        for value in NASTY:
            with subtests.test(name, value=value[:20]):
                answer = browser.get("/oauth/logout", query_string={name: value})
                assert answer.status_code in {303, 400}
