"""Who a request is counted as coming from, and what no address may send."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from idp import create_app, throttle
from idp.base import database
from idp.oauth.models import PendingRequest
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import Provider, request


@pytest.fixture
def provider(tmp_path: Path, _sqlite_template: Path) -> Iterator[Provider]:
    """A provider whose request limits hold."""
    shutil.copyfile(_sqlite_template, tmp_path / "idp.db")
    app = create_app(make_settings(tmp_path, sqlite_url(tmp_path), ratelimit_enabled=True))
    try:
        yield Provider(app)
    finally:
        dispose(app)


def test_ipv4_addresses_in_ipv6_s_dress_are_sources_of_their_own() -> None:
    """A socket for both protocols shows ::ffff:192.0.2.1: one stranger there must not hold back everybody else."""
    assert throttle.block_of("::ffff:192.0.2.1") == throttle.block_of("192.0.2.1") == "192.0.2.1"
    assert throttle.block_of("::ffff:192.0.2.1") != throttle.block_of("::ffff:198.51.100.7")


def test_request_limits_count_an_ipv6_customer_as_one(provider: Provider) -> None:
    """Another address of the same /64 brings no new request limit; another network does."""

    def ask(address: str) -> int:
        return provider.http.post("/u/nobody", environ_overrides={"REMOTE_ADDR": address}).status_code

    def look(address: str) -> int:
        return provider.http.get("/u/nobody", environ_overrides={"REMOTE_ADDR": address}).status_code

    assert ask("2001:db8::1") == 405
    statuses = [look(f"2001:db8::{number + 1:x}") for number in range(121)]
    assert statuses == [404] * 120 + [429]
    assert look("2001:db8:0:1::1") == 404


@pytest.mark.parametrize("query", ["token=\xff\xfe", "next=/\xed\xa0\x80", "\xc3"])
def test_a_query_that_is_no_text_is_a_bad_request(provider: Provider, query: str) -> None:
    """Bytes that are no UTF-8, which browsers never send bare, are the caller's mistake and not the server's."""
    for path in ("/signin", "/reset/password", "/oauth/authorize"):
        answer = provider.http.get(path, environ_overrides={"QUERY_STRING": query}, headers={"Accept": "text/html"})
        assert answer.status_code == 400


def statuses(provider: Provider, path: str, times: int, address: str = "192.0.2.1", method: str = "GET") -> list[int]:
    """Open a path so many times from an address."""
    place = {"REMOTE_ADDR": address}
    return [provider.http.open(path, method=method, environ_overrides=place).status_code for _ in range(times)]


@pytest.mark.parametrize(("path", "other"), [("/oauth/resume", "GET"), ("/oauth/clients/nobody/logo", "HEAD")])
def test_what_writes_without_a_form_has_a_limit_too(provider: Provider, path: str, other: str) -> None:
    """Requests that wait, and logos that are fetched, are rows: one address asks no more than 600 times in a minute, by HEAD neither."""
    assert 429 not in statuses(provider, path, 599)
    assert 429 not in statuses(provider, path, 1, method=other)
    assert statuses(provider, path, 1) == statuses(provider, path, 1, method=other) == [429]
    assert 429 not in statuses(provider, path, 1, "192.0.2.2")


def test_authorization_requests_that_wait_are_counted(provider: Provider) -> None:
    """One address has no more than 600 requests a minute wait for somebody; what is answered at once is not counted, nor a row."""
    client = provider.client()
    waiting, silent = (f"/oauth/authorize?{urlencode(request(client, prompt=prompt))}" for prompt in (None, "none"))
    assert set(statuses(provider, silent, 601)) == {303}
    assert set(statuses(provider, "/oauth/authorize", 601)) == {400}
    assert set(statuses(provider, waiting, 600)) == {303}
    assert statuses(provider, waiting, 1) == [429]
    assert statuses(provider, waiting, 1, method="HEAD") == [405]  # it does nothing, so nothing is counted
    assert statuses(provider, waiting, 1, "192.0.2.2") == [303]
    with provider.working():
        assert database.connection().scalar(select(func.count()).select_from(PendingRequest)) == 601
