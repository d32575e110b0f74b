"""Pages that are rendered once: what is kept is nobody's, and what is a request's own stands in its place, escaped."""

from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, template_rendered

from idp.base import once
from idp.base.seals import CSRF, csrf_token
from tests.factories import CSRF as TOKEN
from tests.factories import Browser, Person, Provider


@pytest.fixture
def backend() -> str:
    """The database has no part in it."""
    return "sqlite"


def test_a_page_is_drawn_once(provider: Provider) -> None:
    """The empty sign-in form is rendered for its first visitor alone; each browser gets a token of its own, which works."""
    drawn: list[object] = []
    note = lambda _app, template, **_values: drawn.append(template)  # noqa: E731 - kept alive by its name
    template_rendered.connect(note, provider.app)
    pages = [provider.browser().get("/signin").text for _ in range(3)]
    tokens = [found[1] for page in pages if (found := TOKEN.search(page))]
    assert len(drawn) == 1
    assert len(set(tokens)) == 3
    assert len({page.replace(token, "") for page, token in zip(pages, tokens, strict=True)}) == 1
    ann = provider.person()
    assert provider.browser().sign_in("/signin", ann).location == "/account"


def test_what_is_a_request_s_own_is_escaped(provider: Provider) -> None:
    """Names and paths that somebody sends stand in a kept page as they would in one that was drawn for them."""
    client = provider.client(client_name='<b>Shop & "Sons"</b>')
    for hint in ("ann@example.org", '"><script>alert(1)</script>', "a' onfocus=b", "\\1 \\g<0> %s {0} {{ 7*7 }}"):
        browser = provider.browser()
        page = browser.get(browser.authorize(client, login_hint=hint).location).text
        assert "<script>alert" not in page
        assert "<b>Shop" not in page
        assert f'value="{hint}"' in unescape(page)
    target = "/account?a=b&c=%22%3E<i>'x\""
    page = provider.browser().get("/signin", query_string={"next": target}).text
    actions = [unescape(part.partition('"')[0]) for part in page.split('action="')[1:]]
    assert actions
    assert {parse_qs(urlsplit(action).query)["next"][0] for action in actions} == {target}
    assert "<i>" not in page


def test_pages_of_different_kinds_are_kept_apart(provider: Provider) -> None:
    """A page names the application that asks here, and no other; one that leads on says so each time in its policy."""
    paper, glass = provider.client(client_name="Paper Shop"), provider.client(client_name="Glass Shop")
    for _time in range(2):
        for client, other in ((paper, glass), (glass, paper)):
            browser = provider.browser()
            answer = browser.get(browser.authorize(client).location)
            assert client.metadata.client_name in answer.text
            assert other.metadata.client_name not in answer.text
            assert "form-action" not in answer.headers["Content-Security-Policy"]
        plain = provider.browser().get("/signin")
        assert "Shop" not in plain.text
        assert "form-action 'self'" in plain.headers["Content-Security-Policy"]


def test_messages_are_shown_once(provider: Provider) -> None:
    """A message that waits for a browser is shown to that browser, although the page without it is kept."""
    provider.browser().get("/signin")
    browser: Browser = provider.browser()
    browser.http.post("/signin", data={"username": "a"})
    assert "This form had expired" in browser.get("/signin").text
    assert "This form had expired" not in browser.get("/signin").text
    assert "This form had expired" not in provider.browser().get("/signin").text


def test_strangers_switches_are_not_kept(provider: Provider, ann: Person) -> None:
    """A page with a switch that this server never writes is drawn for its one visitor, so that nobody fills the memory with pages."""
    for number in range(5):
        assert provider.browser().get(f"/signin?again=x{number}").status_code == 200
    assert not provider.app.extensions.get("idp.once")


def test_the_memory_of_pages_is_bounded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more pages are kept than there is room for."""
    monkeypatch.setattr(once, "MOST", 3)
    with app.test_request_context():
        for number in range(10):
            assert once.render(number, {}, lambda marks: marks[CSRF]) == csrf_token()
            assert len(app.extensions["idp.once"]) <= 3


def test_a_page_with_somebody_s_token_is_not_kept(app: Flask) -> None:
    """Whoever draws a page with the token of the request itself hears of it at the first time."""
    with app.test_request_context(), pytest.raises(RuntimeError):
        once.render("page", {}, lambda _marks: f"<input value={csrf_token()}>")
