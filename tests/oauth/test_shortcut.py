"""Authorization requests that are answered in front of Flask: to the letter as Flask answers them, and whatever needs more is Flask's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, request_started
from limits import parse
from sqlalchemy.exc import OperationalError

from idp import create_app, sessions
from idp.base import clock
from idp.base.addresses import block_of
from idp.base.database import connection
from idp.base.door import frame
from idp.base.pages import limiter
from idp.config import Settings
from idp.oauth import issuing
from idp.oauth.authorize import shortcut
from idp.oauth.authorize.endpoint import LIMIT
from tests.factories import Browser, Client, Provider, request

NEW = re.compile(r"""(code=|id%3D|id=|(?:csrf_token|code)" value="|reference[^0-9a-f]*)[\w.-]+""")
PAGE = {"Accept": "text/html"}
FETCH = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
PATH = "/oauth/authorize"

# What is added to a good request, by its query or its headers, and whether it is answered in front of Flask.
ASKED: dict[str, tuple[dict[str, Any], dict[str, str], bool]] = {
    "nothing": ({}, {}, True),
    "no state": ({"state": None}, {}, True),
    "a state that is anything": ({"state": "\u017e & <b> \U0001f40e %zz +"}, {}, True),
    "what nobody knows": ({"flavour": "x", "display": "page", "ui_locales": "cs"}, {}, True),
    "a query of the address": ({"redirect_uri": "https://rp.example/two?a=b%20c"}, {}, True),
    "mode query": ({"response_mode": "query"}, {}, True),
    "prompt none": ({"prompt": "none"}, {}, True),
    "a long max_age": ({"max_age": "600"}, {}, True),
    "claims": ({"claims": '{"id_token": {"acr": null}}'}, {}, True),
    "from another site": ({}, FETCH | {"Sec-Fetch-Site": "cross-site"}, True),
    "JSON wanted": ({}, {"Accept": "application/json"}, True),
    "from a page of ours": ({}, FETCH, False),
    "mode fragment": ({"response_mode": "fragment"}, {}, False),
    "mode form_post": ({"response_mode": "form_post"}, {}, False),
    "a scope of nobody's": ({"scope": "openid flavour"}, {}, False),
    "more scopes": ({"scope": "openid email profile"}, {}, False),
    "prompt consent": ({"prompt": "consent"}, {}, False),
    "prompt login": ({"prompt": "login"}, {}, False),
    "prompt nonsense": ({"prompt": "nonsense"}, {}, False),
    "two factors": ({"acr_values": "2"}, {}, False),
    "another type": ({"response_type": "token"}, {}, False),
    "no challenge": ({"code_challenge": None}, {}, False),
    "a request object": ({"request": "x.y.z"}, {}, False),
    "a reference": ({"request_uri": "https://rp.example/object"}, {}, False),
    "an unknown client": ({"client_id": "nobody"}, {}, False),
    "another address": ({"redirect_uri": "https://evil.example/"}, {}, False),
    "a NUL": ({"nonce": "a\0b"}, {}, False),
    "too much": ({"nonce": "n" * 3000}, {}, False),
    "looked up ahead": ({}, {"Sec-Purpose": "prefetch;prerender"}, False),
    "previewed": ({}, {"X-Moz": "prefetch"}, False),
}


@pytest.fixture
def client(provider: Provider) -> Client:
    """A client with two addresses."""
    return provider.client(
        scope="openid email profile", redirect_uris=["https://rp.example/callback", "https://rp.example/two?a=b%20c"]
    )


@pytest.fixture
def browser(provider: Provider, client: Client) -> Browser:
    """A browser of somebody who has let the client in."""
    browser = provider.browser(provider.person())
    browser.answer(client, scope="openid email")
    return browser


@contextmanager
def by_flask(app: Flask) -> Iterator[None]:
    """Have Flask answer everything."""
    shortcuts = app.extensions[frame.NAME]._shortcuts
    kept = dict(shortcuts)
    shortcuts.clear()
    try:
        yield
    finally:
        shortcuts.update(kept)


def told(app: Flask, http: Any, **values: Any) -> tuple[dict[str, Any], bool]:
    """Ask; return status, headers and body but for what is new in each, and whether Flask has seen it."""
    seen: list[Any] = []

    def see(*_sender: Any, **_values: Any) -> None:
        seen.append(1)

    with request_started.connected_to(see, app):
        answer = http.open(values.pop("path", PATH), **values)
    headers = sorted((name, NEW.sub(r"\1*", value)) for name, value in answer.headers.items())
    return {"status": answer.status_code, "headers": headers, "body": NEW.sub(r"\1*", answer.text)}, bool(seen)


def compare(app: Flask, http: Any, **values: Any) -> bool:
    """Ask twice, the second time without the shortcut; return whether Flask was needed at first."""
    first, is_by_flask = told(app, http, **values)
    with by_flask(app):
        second, _always = told(app, http, **values)
    assert first == second
    return is_by_flask


@pytest.mark.parametrize("name", ASKED)
def test_a_shortcut_changes_no_answer(app: Flask, client: Client, browser: Browser, name: str) -> None:
    """Status, every header and the body are the same with the shortcut and without, and what is plain is answered before Flask."""
    changes, headers, is_plain = ASKED[name]
    query = urlencode(
        request(
            client, scope=changes.get("scope", "openid email"), **{k: v for k, v in changes.items() if k != "scope"}
        )
    )
    assert compare(app, browser.http, query_string=query, headers=PAGE | headers) is not is_plain


def test_other_ways_to_ask_are_answered_as_ever(app: Flask, client: Client, browser: Browser) -> None:
    """Other methods, repeated parameters, bodies, and cookies that are none are for Flask, with the same answers."""
    query = urlencode(request(client, scope="openid email"))
    good = {"query_string": query, "headers": PAGE}
    stranger, forger = browser.provider.browser(), browser.provider.browser()
    forger.http.set_cookie("idp_session", "eyJfdXNlcl9pZCI6IngifQ.Zx.forged")
    for values in (
        good | {"method": "HEAD"},
        good | {"method": "OPTIONS"},
        good | {"method": "PUT"},
        {"method": "POST", "data": request(client, scope="openid email"), "headers": PAGE},
        good | {"query_string": f"{query}&state=another"},
        good | {"query_string": ""},
        good | {"data": b"a body", "headers": PAGE | {"Content-Type": "text/plain"}},
        good | {"path": f"/{PATH}"},
        good | {"path": f"{PATH}/"},
    ):
        assert compare(app, browser.http, **values)
    assert not compare(app, browser.http, **good | {"query_string": f"{query}&login_hint=%FF"})
    for other in (stranger, forger):
        assert compare(app, other.http, **good)


def test_who_is_not_signed_in_any_more_is_sent_to_sign_in(
    app: Flask, provider: Provider, client: Client, browser: Browser
) -> None:
    """A session that has ended, and a client that was disabled, are Flask's to answer."""
    query = urlencode(request(client, scope="openid email"))
    provider.disable(client)
    assert compare(app, browser.http, query_string=query, headers=PAGE)
    with provider.working():
        sessions.end(str(browser.sid), why=sessions.Ending("somebody", "test"))
    assert compare(app, browser.http, query_string=query, headers=PAGE)


def test_a_session_that_was_seen_long_ago_is_seen(
    app: Flask, provider: Provider, client: Client, browser: Browser
) -> None:
    """A code that is issued in front of Flask keeps the session from being idle, and no cookie is set by it."""
    with clock.moved(2 * sessions.TOUCH_EVERY):
        answer, is_by_flask = told(app, browser.http, query_string=urlencode(request(client, scope="openid email")))
        assert not is_by_flask
        assert "Set-Cookie" not in dict(answer["headers"])
        with provider.working():
            row = connection().execute(sessions.select(sessions.BrowserSession.last_seen_at)).scalar_one()
            assert clock.now() - row < sessions.TOUCH_EVERY


def test_plain_http_is_refused_as_ever(client: Client, browser: Browser, app: Flask) -> None:
    """Where https is the rule, a request by plain HTTP is refused by Flask."""
    app.extensions["idp.settings"].issuer = "https://id.example"
    app.session_interface.get_cookie_name = lambda _app: "idp_session"
    query = urlencode(request(client, scope="openid email"))
    assert compare(app, browser.http, query_string=query, headers=PAGE)
    assert not compare(app, browser.http, query_string=query, headers=PAGE, base_url="https://localhost")


def test_an_address_that_asked_too_much_waits(settings: Settings) -> None:
    """From an address whose requests that wait have reached their limit, a plain one is refused, too; without them it counts nothing."""
    app = create_app(settings.model_copy(update={"ratelimit_enabled": True}))
    try:
        provider = Provider(app)
        client = provider.client()
        browser = provider.browser(provider.person())
        browser.answer(client)
        asking = {"query_string": urlencode(request(client)), "headers": PAGE}
        limit, block = parse(LIMIT), block_of("127.0.0.1")
        before = limiter.limiter.get_window_stats(limit, block, shortcut.ENDPOINT).remaining
        for _request in range(3):
            assert not compare(app, browser.http, **asking)
        assert limiter.limiter.get_window_stats(limit, block, shortcut.ENDPOINT).remaining == before
        limiter.limiter.hit(limit, block, shortcut.ENDPOINT, cost=limit.amount)
        assert compare(app, browser.http, **asking)
        answer, _is_by_flask = told(app, browser.http, **asking)
        assert answer["status"] == HTTPStatus.TOO_MANY_REQUESTS
    finally:
        app.extensions["idp.dispose"]()


def test_counters_that_do_not_answer_stop_nobody(settings: Settings) -> None:
    """While Redis does not answer, Flask answers first and counts in memory from then on, as ever; codes are issued all the while."""
    app = create_app(settings.model_copy(update={"ratelimit_enabled": True, "redis_url": "redis://127.0.0.1:1/0"}))
    try:
        provider = Provider(app)
        client = provider.client()
        browser = provider.browser(provider.person())
        asking = {"query_string": urlencode(request(client, prompt="none")), "headers": PAGE}
        browser.answer(client)  # by the consent page, whose limits are counted in memory by then
        limiter._storage_dead = False
        ways = [told(app, browser.http, **asking) for _request in range(2)]
        assert [is_by_flask for _answer, is_by_flask in ways] == [True, False]
        assert [answer["status"] for answer, _ in ways] == [303, 303]
    finally:
        app.extensions["idp.dispose"]()


@pytest.mark.parametrize(
    ("error", "status", "lines"),
    [(OperationalError("x", None, Exception("x")), 503, 1), (RuntimeError("a surprise"), 500, 1)],
    ids=["outage", "surprise"],
)
def test_what_fails_is_told_once(
    app: Flask,
    client: Client,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
    caplog: Any,
    error: Exception,
    status: int,
    lines: int,
) -> None:
    """What ends a request in front of Flask is answered by Flask's page, told once in the log, and not tried again."""
    calls: list[Any] = []

    def fail(*args: Any, **_values: Any) -> None:
        calls.append(args)
        raise error

    monkeypatch.setattr(issuing, "issue_code", fail)
    monkeypatch.setattr("idp.base.http.is_outage", lambda found: isinstance(found, OperationalError))
    answer, _ = told(app, browser.http, query_string=urlencode(request(client, scope="openid email")), headers=PAGE)
    assert answer["status"] == status
    assert ("Content-Type", "text/html; charset=utf-8") in answer["headers"]
    assert len(calls) == 1
    assert len([record for record in caplog.records if record.name.startswith("idp")]) == lines
