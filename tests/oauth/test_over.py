"""Back, reload and second tabs after a request was answered: every such page leads on (ux.md 33)."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.base import clock, database
from idp.oauth import waiting
from idp.oauth.models import PendingRequest
from tests.factories import Browser, Client, Person, Provider

LINKS = re.compile(r'<a class="button wide[^"]*" href="([^"]+)">([^<]+)</a>')


def links(text: str) -> dict[str, str]:
    """Return the links in the content of a page, by their words."""
    return {words.strip(): unescape(href) for href, words in LINKS.findall(text.partition("<main")[2])}


def answered(browser: Browser, client: Client) -> str:
    """Ask, allow, and return the path of the consent page, whose request is answered."""
    asked = str(browser.authorize(client, prompt="consent").location)
    assert browser.submit(asked, decision="allow").status_code == 303
    return asked


@pytest.mark.parametrize(
    ("members", "start"),
    [
        (
            {"initiate_login_uri": "https://rp.example/start?a=1", "client_uri": "https://rp.example/home"},
            "https://rp.example/start?a=1&iss=",
        ),
        ({"client_uri": "https://rp.example/home"}, "https://rp.example/home"),
        ({"redirect_uris": ["https://rp.example:8443/deep/cb?x=1"]}, "https://rp.example:8443/"),
        ({"redirect_uris": ["com.example.app:/cb"], "public": True}, None),
    ],
    ids=["sign-in", "home", "host", "app"],
)
def test_a_page_whose_request_is_over_leads_on(
    provider: Provider, ann: Person, members: dict[str, Any], start: str | None
) -> None:
    """Consent page, way on and sign-in page of an answered request say so, and lead to the application and to one's account."""
    browser, client = provider.browser(ann), provider.client(**members)
    consent = answered(browser, client)
    resume = consent.replace("/consent", "/oauth/resume")
    for path in (consent, resume):
        page = browser.get(path)
        assert page.status_code == 400
        assert "This request has been answered already, or has expired." in page.text
        assert "You are signed in." in page.text
        found = links(page.text)
        assert found["To your account"] == "/account"
        assert found.get("Go on to Paper Shop", "").startswith(start or "")
        assert ("Go on to Paper Shop" in found) == (start is not None)
    stranger = provider.browser()
    for path in ("/signin?next=", "/signin?again=1&next=", "/signup?next="):
        assert stranger.get(f"{path}{resume}").location == resume
    page = stranger.get(resume)
    assert "Go back to the application and start again there." in page.text
    assert links(page.text)["To your account"] == "/account"


def test_somebody_who_signs_in_twice_is_told(provider: Provider, ann: Person) -> None:
    """Back to the sign-in page and its form once more: the answer is that one is signed in, and not that a form had expired."""
    browser = provider.browser()
    path = "/signin?next=/account/apps"
    page = browser.get(path).text
    assert browser.sign_in(path, ann).location == "/account/apps"
    old = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
    again = browser.http.post(path, data={"csrf_token": unescape(old), "username": ann.email, "password": ann.password})
    assert again.location == path
    assert browser.get(path).location == "/account/apps"
    shown = browser.get("/account/apps").text
    assert "You are signed in already." in shown
    assert "This form had expired" not in shown


def test_a_request_that_nobody_remembers(provider: Provider, ann: Person) -> None:
    """An identifier that was never given, or long ago, leads to one's account at least."""
    page = provider.browser(ann).get("/oauth/resume?id=unknown")
    assert (page.status_code, links(page.text)) == (400, {"To your account": "/account"})


def test_an_answered_request_is_forgotten_after_a_day(provider: Provider, ann: Person) -> None:
    """What stays of it is whose it was, none of its parameters; the purge takes it when its day is over."""
    browser, client = provider.browser(ann), provider.client()
    answered(browser, client)
    with provider.working():
        row = database.session().scalars(select(PendingRequest)).one()
        assert (row.client_id, row.parameters, row.agreed_by) == (client.client_id, {}, None)
        assert waiting.purge(100) == 0
    with provider.working(), clock.moved(timedelta(days=1, seconds=5)):
        assert waiting.purge(100) == 1
        assert database.session().scalar(select(func.count()).select_from(PendingRequest)) == 0


def test_a_request_is_answered_once_whatever_the_clocks_say(provider: Provider) -> None:
    """A node whose clock is behind does not answer once more what another one has answered."""
    client = provider.client()
    with provider.working():
        from idp.oauth.parameters import AuthorizationParameters

        secret = waiting.store(AuthorizationParameters({"client_id": client.client_id}), clock.now())
        assert waiting.claim(secret)
    with provider.working(), clock.moved(-timedelta(seconds=30)):
        assert not waiting.claim(secret)
        assert waiting.find(secret) == waiting.Kept(client.client_id, None)
