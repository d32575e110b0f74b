"""OAuth 2.0 Form Post Response Mode 1.0, and the modes beside it (Multiple Response Types 1.0, section 2.1)."""

import re
from html import escape, unescape
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.factories import Browser, Client, Provider, parameters, request

ASCII = "".join(chr(code) for code in range(0x20, 0x7F))  # RFC 6749, appendix A.5
STATES = {
    "ascii": ASCII,
    "markup": "\"><script>alert(1)</script><input name='code' value='x'> <!-- ]]> &lt; &amp;amp; &#0;",
    "escapes": "%00%22+%2B a+b&state=twice#fragment?x={{7*7}}{% raw %}",
    "unicode": "žluťoučký \U0001f40e \u202e \u2028 é e\u0301 \ufeff",
    "long": "s" * 4000,
}


@pytest.fixture
def own(provider: Provider) -> Client:
    """A client that asks nobody for consent."""
    return provider.client(first_party=True, redirect_uris=["https://rp.example/callback?a=1&b=%20"])


@pytest.mark.parametrize("state", STATES.values(), ids=STATES.keys())
@pytest.mark.parametrize("mode", ["query", "fragment", "form_post"])
def test_state_arrives_as_it_was_sent(browser: Browser, own: Client, mode: str, state: str) -> None:
    """By every mode the client gets its state back to the character (RFC 6749, section 4.1.2; Form Post, 2)."""
    for prompt in (None, "nonsense"):
        response = browser.authorize(own, state=state, response_mode=mode, prompt=prompt)
        if mode == "form_post" or "?" not in own.redirect_uri:
            got = parameters(response, own)
        else:
            parts = urlsplit(response.location)
            got = dict(parse_qsl(parts.fragment or parts.query, keep_blank_values=True))
        assert got["state"] == state


def test_the_page_is_a_form_that_sends_itself(provider: Provider, browser: Browser, own: Client) -> None:
    """The page posts to the redirect URI, its query untouched, by a script from a file, or a button without one (Form Post, 2)."""
    response = browser.authorize(own, response_mode="form_post", state=STATES["markup"])
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    page = response.text
    form = re.search(r'<form method="post" action="([^"]+)"', page)
    assert form is not None
    assert unescape(form[1]) == own.redirect_uri
    assert STATES["markup"] not in page
    assert escape("<script>alert(1)</script>") in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    assert re.search(r"js/form-post\.[0-9a-f]+\.js", page)
    assert 'type="submit"' in page
    assert "csrf_token" not in page
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "form-action" not in policy
    assert set(parameters(response, own)) == {"code", "state", "iss"}
    assert parameters(response, own)["iss"] == provider.issuer


@pytest.mark.parametrize("redirect_uri", ["http://[::1]:7001/cb", "com.example.app:/cb"])
def test_the_policy_lets_the_form_leave(provider: Provider, browser: Browser, redirect_uri: str) -> None:
    """No policy holds this form, which is sent to where no source of a policy can name (Form Post, 2; RFC 8252, sections 7.1 and 7.3)."""
    phone = provider.client(public=True, first_party=True, redirect_uris=[redirect_uri])
    told = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    query = request(phone, response_mode="form_post")
    policy = browser.http.get("/oauth/authorize", query_string=query, headers=told).headers["Content-Security-Policy"]
    assert "form-action" not in policy
    assert "script-src 'self';" in policy


def test_a_code_by_form_post_is_redeemed(provider: Provider, browser: Browser, own: Client) -> None:
    """The code is as good as any other (Form Post, 2)."""
    code = browser.answer(own, response_mode="form_post")["code"]
    assert provider.redeem(own, code).status_code == 200


def test_after_consent(browser: Browser, shop: Client) -> None:
    """The mode of a request outlives the pages that it needs, and a refusal travels by it too (Form Post, 2)."""
    allowed = browser.consent(shop, response_mode="form_post")
    assert allowed.status_code == 200
    assert "code" in parameters(allowed, shop)
    denied = browser.consent(shop, "deny", response_mode="form_post", prompt="consent")
    assert parameters(denied, shop)["error"] == "access_denied"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "foreign"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"prompt": "none", "max_age": "0"}, "login_required"),
        ({"claims": "["}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
def test_errors_travel_by_it(
    provider: Provider, browser: Browser, own: Client, changes: dict[str, str], error: str
) -> None:
    """Every error is posted, with state and iss, and nothing stands in a query (Form Post, 2; RFC 9207, section 2)."""
    response = browser.authorize(own, response_mode="form_post", **changes)
    assert response.status_code == 200
    got = parameters(response, own)
    assert (got["error"], got["iss"], got["state"]) == (error, provider.issuer, "a state & more")
    assert "code" not in got


def test_a_bad_redirect_uri_gets_no_form(browser: Browser, own: Client) -> None:
    """Nothing is posted anywhere before the redirect URI is known to be good (RFC 9700, section 4.11)."""
    response = browser.authorize(own, response_mode="form_post", redirect_uri="https://evil.example/")
    assert response.status_code == 400
    assert re.findall(r'(?:action|href|url)="?=?[^">]*evil\.example', response.text) == []  # it is named, as text
    assert "Location" not in response.headers


@pytest.mark.parametrize("mode", ["", "web_message", "jwe", "query fragment", "FORM_POST", "<b>"])
def test_an_unknown_mode(browser: Browser, own: Client, mode: str) -> None:
    """A mode that is not known is refused in the usual one; an empty one counts as none (Multiple Response Types, 2.1)."""
    response = browser.authorize(own, response_mode=mode)
    got = dict(parse_qsl(urlsplit(response.location).query))
    assert ("code" in got) if mode == "" else (got["error"] == "invalid_request")


def test_a_code_by_fragment(browser: Browser, own: Client) -> None:
    """A code may travel in the fragment, and then nothing is added to the query (Multiple Response Types, 2.1)."""
    response = browser.authorize(own, response_mode="fragment")
    parts = urlsplit(response.location)
    assert parts.query == urlsplit(own.redirect_uri).query
    assert {"code", "state", "iss"} == {name for name, _value in parse_qsl(parts.fragment)}


def test_discovery_names_the_modes(provider: Provider) -> None:
    """The modes are published (Multiple Response Types, 2.1; Discovery, section 3)."""
    metadata = provider.http.get("/.well-known/openid-configuration").json
    assert metadata["response_modes_supported"][:3] == ["query", "fragment", "form_post"]
