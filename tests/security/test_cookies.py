"""The cookies of a server behind https: where they go, and to whom they are of use."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp import create_app
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import CSRF, Provider

ISSUER = "https://id.example.com"


@pytest.fixture
def provider(tmp_path: Path, _sqlite_template: Path) -> Iterator[Provider]:
    """A provider whose issuer is https."""
    shutil.copyfile(_sqlite_template, tmp_path / "idp.db")
    app = create_app(make_settings(tmp_path, sqlite_url(tmp_path), issuer=ISSUER))
    try:
        yield Provider(app)
    finally:
        dispose(app)


def test_cookies_belong_to_this_host_alone(provider: Provider) -> None:
    """Every cookie of a sign-in has the prefix __Host-, Secure, HttpOnly and SameSite, and no domain (item 34)."""
    ann = provider.person()
    page = provider.http.get("/signin", base_url=ISSUER)
    token = CSRF.search(page.text)
    assert token is not None
    form = {"csrf_token": token[1], "username": ann.email, "password": ann.password}
    answer = provider.http.post("/signin", base_url=ISSUER, data=form, headers={"Referer": f"{ISSUER}/signin"})
    assert answer.status_code == 303
    cookies = [*page.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} == {"__Host-idp_session", "__Host-idp_device"}
    for cookie in cookies:
        flags = {part.strip() for part in cookie.split(";")[1:]}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= flags
        assert not [flag for flag in flags if flag.startswith("Domain")]
        assert len(cookie.partition(";")[0]) <= 4096


def test_every_answer_asks_for_https_for_two_years(provider: Provider) -> None:
    """Pages, JSON, files, redirects and errors carry HSTS of a year and more (item 35)."""
    for path in ("/signin", "/.well-known/jwks.json", "/static/css/idp.css", "/", "/nowhere", "/oauth/userinfo"):
        with provider.http.get(path, base_url=ISSUER) as answer:
            policy = answer.headers["Strict-Transport-Security"]
        assert int(policy.removeprefix("max-age=").partition(";")[0]) >= 365 * 24 * 3600, path
