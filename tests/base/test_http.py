"""The request's frame: headers, HTTPS, errors, local redirects."""

from html import unescape
from pathlib import Path

import pytest
from flask import Flask

from idp import create_app
from idp.base.http import form_page, is_local_path
from tests.conftest import dispose, make_settings, migrate, sqlite_url
from tests.factories import CSRF


@pytest.fixture
def secure_app(tmp_path: Path) -> "Flask":
    """An application whose issuer is https, behind one trusted proxy."""
    settings = make_settings(tmp_path, sqlite_url(tmp_path), issuer="https://id.example.com", trusted_proxies=1)
    migrate(settings)
    app = create_app(settings)
    yield app
    dispose(app)


def test_pages_carry_the_security_headers(app: Flask) -> None:
    """Every page has a strict CSP, nosniff, no Referer, COOP and no-store (item 37)."""
    headers = app.test_client().get("/signin", headers={"Accept": "text/html"}).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_an_https_issuer_refuses_plain_http(secure_app: Flask) -> None:
    """Plain HTTP is refused and never redirected, POST included; the trusted proxy's word for https is believed (item 34)."""
    client = secure_app.test_client()
    for answer in (client.get("/signin"), client.post("/signin", data={"username": "a"}), client.post("/oauth/token")):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
    proxied = client.get("/signin", headers={"X-Forwarded-Proto": "https", "Accept": "text/html"})
    assert proxied.status_code == 200
    assert "max-age=63072000" in proxied.headers["Strict-Transport-Security"]
    assert "__Host-idp_session=" in proxied.headers["Set-Cookie"]
    assert "Secure; HttpOnly; Path=/; SameSite=Lax" in proxied.headers["Set-Cookie"]
    assert client.get("/healthz").status_code == 200


def test_an_untrusted_proxy_header_is_ignored(app: Flask) -> None:
    """Without IDP_TRUSTED_PROXIES nobody's X-Forwarded headers count (item 41)."""
    from flask import request

    app.add_url_rule("/where", "where", lambda: {"from": request.remote_addr, "secure": request.is_secure})
    answer = app.test_client().get("/where", headers={"X-Forwarded-For": "8.8.8.8", "X-Forwarded-Proto": "https"})
    assert answer.json == {"from": "127.0.0.1", "secure": False}


def test_unknown_paths_answer_by_accept(app: Flask) -> None:
    """A path that nobody owns is a page for browsers and JSON for programs."""
    client = app.test_client()
    assert client.get("/nowhere", headers={"Accept": "text/html"}).mimetype == "text/html"
    answer = client.get("/nowhere", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (404, "application/json")


def test_a_surprise_shows_a_reference_and_no_trace(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error answers 500 with a reference that the log has too, and nothing of the exception."""

    def burst() -> str:
        raise RuntimeError("inner workings")

    app.add_url_rule("/burst", "burst", burst)
    answer = app.test_client().get("/burst", headers={"Accept": "application/json"})
    assert answer.status_code == 500
    assert "inner workings" not in answer.text
    assert answer.json is not None
    assert answer.json["reference"] in caplog.text


def test_a_huge_body_is_refused(app: Flask) -> None:
    """A body beyond the limit answers 413."""
    answer = app.test_client().post("/oauth/token", data={"grant_type": "x" * 300_000})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "target",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/a\nb", "javascript:alert(1)", "", None, "evil"],
)
def test_foreign_targets_are_not_local(target: "str | None") -> None:
    """Nothing but a path on this server is taken to continue to (item 40)."""
    assert not is_local_path(target)


def test_an_expired_form_returns_to_its_page(app: Flask) -> None:
    """A form without a valid token goes back to the page that it stands on, its query intact (ux.md 33)."""
    with app.test_request_context():
        assert form_page("/verify/resend") == "/verify"
        assert form_page("/verify/link/disown") == "/verify/link"
    answer = app.test_client().post("/signin?next=/account/password", data={"username": "a", "password": "b"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/signin?next=/account/password")


def test_a_browser_without_cookies_is_told(app: Flask) -> None:
    """A form that was made here and comes without any cookie of ours gets a page that says so, with a way back; others start again."""
    path = "/signin?next=/account/password"
    token = CSRF.search(app.test_client().get(path).text)
    assert token is not None
    form = {"csrf_token": unescape(token[1]), "username": "a", "password": "b"}
    blocked = app.test_client(use_cookies=False).post(path, data=form, follow_redirects=True)
    assert blocked.status_code == 400
    assert "Your browser sent no cookie" in blocked.text
    assert 'href="/signin?next=/account/password"' in blocked.text
    lost = app.test_client()
    restarted = lost.post(path, data=form, follow_redirects=True)
    assert restarted.request.full_path == path
    assert "This form had expired" in restarted.text
    elsewhere = lost.get("/cookies?next=//evil.example").location
    assert elsewhere == "/"
    forged = form | {"csrf_token": "a token that nobody has signed"}
    assert app.test_client(use_cookies=False).post(path, data=forged).location == path
    kept = app.test_client()
    kept.set_cookie("idp_device", "of an earlier sign-in")
    assert kept.post(path, data=form).location == path
    for _time in range(2):
        kept.post(path, data={})
    with kept.session_transaction() as cookie:
        assert len(cookie["_flashes"]) == 1
