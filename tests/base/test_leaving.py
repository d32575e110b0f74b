"""Leading elsewhere: a redirect, or a page that sends the browser on where a form of ours began (see `idp.base.leaving`)."""

import re
from html import unescape

import pytest
from flask import Flask

from idp.base import leaving
from tests.factories import Client, Person, Provider, request

FORM = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
LINK = re.compile(r'<a class="button wide" id="leave-continue" href="([^"]+)"')
REFRESH = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]+)">')
ODD = "https://rp.example/cb?a='b'&c=;,%22%3C/script%3E#frag='x'"


@pytest.fixture
def client(provider: Provider) -> Client:
    """A client that people are not asked about."""
    return provider.client(first_party=True, post_logout_redirect_uris=["https://rp.example/bye"])


def test_what_began_here_ends_at_a_page(provider: Provider, ann: Person, client: Client) -> None:
    """A whole window on its way from a page of ours gets a page that sends it on by itself, with a link, unkept and without a Referer."""
    browser = provider.browser(ann)
    answer = browser.http.get("/oauth/authorize", query_string=request(client), headers=FORM)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]
    (target,), (link,) = REFRESH.findall(answer.text), LINK.findall(answer.text)
    assert target == link
    assert unescape(target).startswith(f"{client.redirect_uri}?code=")
    assert "Back to Paper Shop" in answer.text


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    ],
    ids=["program", "relying party", "typed", "hidden frame", "script"],
)
def test_everything_else_is_redirected(provider: Provider, ann: Person, client: Client, told: dict[str, str]) -> None:
    """Programs, links of relying parties, hidden frames and scripts get a 303 as ever (RFC 9700, 4.12)."""
    for changes in ({}, {"prompt": "none"}):
        query = request(client, **changes)
        answer = provider.browser(ann).http.get("/oauth/authorize", query_string=query, headers=told)
        assert answer.status_code == 303
        assert answer.location.startswith(f"{client.redirect_uri}?code=")
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_an_address_arrives_to_the_letter(app: Flask) -> None:
    """Quotes, markup and fragments of an address stand escaped on the page, and are the same when a browser reads it."""
    with app.test_request_context("/", headers=FORM):
        page = leaving.leave_for(ODD, 'Shop "><script>alert(1)</script>').get_data(as_text=True)
    assert unescape(REFRESH.findall(page)[0]) == ODD
    assert unescape(LINK.findall(page)[0]) == ODD
    assert "<script>alert" not in page


def test_a_sign_out_leads_back_by_the_page(provider: Provider, ann: Person, client: Client) -> None:
    """A sign-out that a form of ours confirmed goes to the application's address by the page, too."""
    browser = provider.browser(ann)
    query = {"client_id": client.client_id, "post_logout_redirect_uri": "https://rp.example/bye", "state": "s"}
    asked = browser.get("/oauth/logout", query_string=query).location
    token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(asked).text)[0]
    answer = browser.http.post(asked, data={"csrf_token": unescape(token)}, headers=FORM)
    assert answer.status_code == 200
    assert unescape(REFRESH.findall(answer.text)[0]) == "https://rp.example/bye?state=s"


def test_browsers_that_tell_nothing_are_held_by_nothing(provider: Provider, ann: Person, client: Client) -> None:
    """Forms stay on this server by policy; but of a browser that does not tell where it comes from, only where nothing leads on."""
    browser = provider.browser()
    page = browser.authorize(client).location
    for path, told, held in ((page, FORM, True), (page, {}, False), ("/signin", FORM, True), ("/signin", {}, True)):
        policy = browser.http.get(path, headers=told).headers["Content-Security-Policy"]
        assert ("form-action 'self';" in policy, "form-action" in policy) == (held, held), (path, told)
        assert "default-src 'none'; script-src 'self';" in policy
        assert "base-uri 'none'; object-src 'none'; frame-ancestors 'none'" in policy


def test_an_installed_app_is_told_of(app: Flask) -> None:
    """The page behind an installed app stays, and says so."""
    with app.test_request_context("/", headers=FORM):
        page = leaving.leave_for("com.example.app:/cb?code=1", "Phone").get_data(as_text=True)
    assert "You can close this window afterwards." in page
    assert leaving.host("com.example.app:/cb") == "com.example.app:"
    assert leaving.host("https://rp.example/cb") == "rp.example"
