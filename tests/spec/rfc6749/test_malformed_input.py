"""RFC 6749, sections 4.1.2.1 and 5.2: whatever is sent, the answer is an answer, never a server error."""

from urllib.parse import urlencode

import pytest

from idp.base.bounds import LONGEST_HEADER
from idp.oauth.parameters import KNOWN
from tests.factories import CALLBACK, VERIFIER, Browser, Client, Provider, request

FORM = "application/x-www-form-urlencoded"
NASTY = [
    "\0", "a\0b", '"', "\\", "é", "🐎", "\r\nSet-Cookie: a=b", "\u202e", " ", "%", "%00", "[", "http://[", "http://[::1",
    "http://127.0.0.1:8080/call\nback", "http://127.0.0.1:99999999/", "9" * 5000, "-1", "x" * 60_000, "null", "{}", "a.b.c",
    "eyJhbGciOiJub25lIn0.e30.", "W1tb" * 900 + ".e30.x",
]  # fmt: skip
RAW = [b"%ff%fe", b"%", b"%zz", b"%00", b"\xff", b"%c0%80", b"%ed%a0%80"]


def test_authorization_requests(provider: Provider, browser: Browser) -> None:
    """Any value in any parameter of an authorization request is a page, a redirect or a refusal."""
    client = provider.client(public=True, redirect_uris=[CALLBACK, "http://127.0.0.1/callback"])
    good = request(client)
    queries = [urlencode(good | {name: value}) for name in KNOWN for value in NASTY]
    for name in ("client_id", "redirect_uri", "state", "scope", "nonce"):
        rest = urlencode({key: value for key, value in good.items() if key != name})
        queries += [f"{rest}&{name}={raw.decode('latin-1')}" for raw in RAW]
    surprises = []
    for query in queries:
        answer = browser.get(f"/oauth/authorize?{query}")
        if answer.status_code not in {303, 400} or "\n" in answer.headers.get("Location", ""):
            surprises.append((query[:300], answer.status))
    assert surprises == []


def test_posted_authorization_requests(provider: Provider) -> None:
    """A body that is no form, or a bad one, is refused as a bad query is."""
    browser = provider.browser()
    bodies = [
        b"",
        b"client_id",
        b"&&&==",
        b"\xff\xfe\x00",
        b"client_id=%ff",
        b"client_id=%00",
        b"[]",
        b"a=" + b"x" * 300_000,
    ]
    answers = {body[:20]: browser.http.post("/oauth/authorize", data=body, content_type=FORM) for body in bodies}
    surprises = {body: answer.status for body, answer in answers.items() if not 400 <= answer.status_code < 500}
    assert surprises == {}


FORMS = [
    ("authorization_code", ("code", "redirect_uri", "code_verifier", "client_id", "client_secret")),
    ("refresh_token", ("refresh_token", "scope")),
    ("client_credentials", ("scope", "grant_type", "client_assertion", "client_assertion_type")),
]


def test_token_requests(provider: Provider, browser: Browser) -> None:
    """Any value in any parameter of a token request is answered in JSON that nobody stores."""
    client = provider.client(grant_types=["authorization_code", "refresh_token", "client_credentials"])
    code = browser.answer(client)["code"]
    good = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, "refresh_token": "x"}
    cases = [(grant, name, value) for grant, names in FORMS for name in names for value in NASTY]
    surprises = []
    for grant, name, value in cases:
        answer = provider.token(client, **(good | {"grant_type": grant, name: value}))
        is_answer = answer.status_code == 200 or (answer.status_code in {400, 401} and answer.json["error"])
        if not is_answer or answer.headers["Cache-Control"] != "no-store":
            surprises.append((grant, name, value[:30], answer.status))
    assert surprises == []


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
def test_raw_bodies(provider: Provider, shop: Client, path: str) -> None:
    """A body that is no form is an invalid request, one beyond bounds is too large."""
    for body in (b"", b"=", b"\xff", b"token=", b"token=%00", b"&" * 400, b"grant_type[]=a", b"a=b&" * 400):
        answer = provider.http.post(path, data=body, headers=shop.basic(), content_type=FORM)
        assert answer.status_code == 400, body[:20]
        assert answer.json["error"] == "invalid_request", body[:20]
    for body in (b"&" * 500, b"a=b&" * 2000, b"token=" + b"x" * 300_000):
        headers = shop.basic() | {"Accept": "text/html"}
        answer = provider.http.post(path, data=body, headers=headers, content_type=FORM)
        assert (answer.status_code, answer.json["error"]) == (413, "invalid_request"), body[:20]


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
def test_nasty_tokens(provider: Provider, shop: Client, path: str) -> None:
    """Whatever is asked about or revoked, it is a token that nobody knows, or a malformed request."""
    answers = [provider.http.post(path, data={"token": value}, headers=shop.basic()) for value in NASTY]
    assert [
        (value[:30], answer.status)
        for value, answer in zip(NASTY, answers, strict=True)
        if answer.status_code not in {200, 400}
    ] == []


def test_nasty_bearer_tokens(provider: Provider) -> None:
    """Whatever claims to be an access token is refused as one (RFC 6750, section 3.1)."""
    values = [value for value in NASTY if value.isascii() and value.isprintable()]
    answers = [provider.userinfo(value) for value in values]
    wanted = [401 if len(value) < LONGEST_HEADER - 10 else 431 for value in values]
    assert [answer.status_code for answer in answers] == wanted
    assert {answer.json["error"] for answer in answers if answer.status_code == 431} == {"invalid_request"}


@pytest.mark.parametrize("path", ["/oauth/resume", "/consent", "/oauth/clients/%00/logo", "/oauth/clients/é/logo"])
def test_nasty_identifiers(browser: Browser, path: str) -> None:
    """A request that waits is named by a secret alone; anything else is a page that says so."""
    answers = [browser.get(path, query_string={"id": value}) for value in NASTY]
    assert [answer.status for answer in answers if answer.status_code not in {400, 404}] == []


def test_nasty_logout_requests(browser: Browser) -> None:
    """Any value in any parameter of a logout request is a page or a redirect (RP-Initiated Logout, section 2)."""
    surprises = []
    for name in ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint"):
        for value in NASTY:
            answer = browser.get("/oauth/logout", query_string={name: value})
            if answer.status_code not in {303, 400}:
                surprises.append((name, value[:30], answer.status))
    assert surprises == []
