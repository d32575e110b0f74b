"""Addresses as proxies really write them: one spelling each, one caller each, and nothing that anybody can make up."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from sqlalchemy import select

from idp import create_app, sessions
from idp.audit import AuditEvent
from idp.base import addresses
from idp.base.database import session
from idp.base.http import source
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import PASSWORD, Provider

PEER = "10.0.0.1"


@pytest.mark.parametrize(
    ("written", "address", "caller"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:50001", "203.0.113.9", "203.0.113.9"),
        ("  203.0.113.9 ", "203.0.113.9", "203.0.113.9"),
        ('"203.0.113.9:50001"', "203.0.113.9", "203.0.113.9"),
        ("[203.0.113.9]:80", "203.0.113.9", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1", "2001:db8::/64"),
        ("[2001:db8::1]", "2001:db8::1", "2001:db8::/64"),
        ("[2001:db8::1]:443", "2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:0:0:0:1:50001", "2001:db8::1", "2001:db8::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9"),
        ("[::ffff:203.0.113.9]:7", "203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::1", "fe80::/64"),
        ("[fe80::1%25eth0]:1", "fe80::1", "fe80::/64"),
        *[
            (text, None, "unknown")
            for text in (
                "", " ", "unknown", "_hidden", "_SEVKISEK", "unix:", "unix:/run/idp.sock", "localhost", "id.example.com:80", "203.0.113",
                "203.0.113.9:", "203.0.113.9:x", "203.0.113.9:999999", "203.0.113.9:1:2", "203.0.113.009", "[2001:db8::1", "[2001:db8::1]x",
                "٢٠٣.0.113.9", "203.0.113.9:１２", "0x7f000001", "2130706433.", "%eth0", "[]:1",
            )
        ],
    ],
)  # fmt: skip
def test_an_address_is_read_in_every_spelling(written: str, address: str | None, caller: str) -> None:
    """Ports, brackets, quotes, zones and the dress of IPv6 make no other address; what is no address is one caller altogether."""
    assert addresses.read(written) == address
    assert addresses.block_of(written) == caller


@pytest.fixture
def two_hops(tmp_path: Path) -> Any:
    """An application behind two proxies, which answers how it sees a request."""
    app = create_app(make_settings(tmp_path, sqlite_url(tmp_path), trusted_proxies=2))
    app.add_url_rule("/where", "where", lambda: {"from": source(), "scheme": request.scheme})
    yield lambda **headers: _ask(app, headers)
    dispose(app)


def _ask(app: Flask, headers: dict[str, str]) -> tuple[str, str]:
    told = {f"X-Forwarded-{name.title()}": value for name, value in headers.items()}
    answer = app.test_client().get("/where", headers=told, environ_base={"REMOTE_ADDR": PEER}).json
    return answer["from"], answer["scheme"]


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("203.0.113.9:50001, 10.0.0.2", "203.0.113.9"),
        ("6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ('", 203.0.113.9, 10.0.0.2', "203.0.113.9"),
        ('"6.6.6.6, 203.0.113.9:1, 10.0.0.2"', "203.0.113.9"),
        ("6.6.6.6,,203.0.113.9,10.0.0.2", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
        ("6.6.6.6, unknown, 10.0.0.2", PEER),
        ("6.6.6.6, _hidden, 10.0.0.2", PEER),
        ("6.6.6.6, , 10.0.0.2", PEER),
        ("6.6.6.6, 203.0.113.9;x=1, 10.0.0.2", PEER),
        ("", PEER),
        (",", PEER),
    ],
)
def test_the_place_that_counts_is_so_many_from_the_end(two_hops: Any, written: str, seen: str) -> None:
    """What stands before it counts nothing, an open quote binds nothing, and where no address is the connection's own stays."""
    assert two_hops(**{"for": written})[0] == seen


@pytest.mark.parametrize(
    ("written", "scheme"),
    [
        ("https, http", "https"), ("http, https", "http"), ("HTTPS , http", "https"), ("https", "https"), ('"https",http', "https"),
        ("https, https, http, http", "http"), ("wss, http", "http"), ("", "http"), ("https,", "https"), ("javascript", "http"),
    ],
)  # fmt: skip
def test_a_scheme_is_read_in_every_spelling(two_hops: Any, written: str, scheme: str) -> None:
    """Of several schemes the one that the outermost proxy saw counts, in whichever case; what is none changes nothing."""
    assert two_hops(proto=written)[1] == scheme


def test_the_standard_header_is_not_believed(tmp_path: Path) -> None:
    """`Forwarded` (RFC 7239), which no trusted proxy is asked to clean, tells nothing."""
    app = create_app(make_settings(tmp_path, sqlite_url(tmp_path), trusted_proxies=1))
    app.add_url_rule("/where", "where", lambda: {"from": source(), "secure": request.is_secure})
    for name in ("Forwarded", "X-Real-IP", "Client-IP", "CF-Connecting-IP", "True-Client-IP"):
        answer = app.test_client().get("/where", headers={name: "for=203.0.113.9;proto=https"})
        assert answer.json == {"from": "127.0.0.1", "secure": False}
    dispose(app)


def test_a_port_is_no_way_around_waits(app: Flask) -> None:
    """Behind a proxy that writes ports, wrong passwords from ever other ports wait, and log and sessions show the address alone."""
    app.wsgi_app = addresses.Proxied(app.wsgi_app, 1)  # type: ignore[method-assign]
    provider = Provider(app)
    ann = provider.person(username="ann")
    sign_in = "/auth/login/"
    for number in range(6):
        headers = {"X-Forwarded-For": f"198.51.100.7:{50000 + number}"}
        last = provider.http.post(sign_in, json={"username": "ann", "password": "wrong"}, headers=headers)
    assert last.status_code == 429
    for number in range(2):
        headers = {"X-Forwarded-For": f"[2001:db8::{number}]:{50000 + number}"}
        answer = provider.http.post(sign_in, json={"username": "ann", "password": PASSWORD}, headers=headers)
        assert answer.status_code == 200
    with provider.working():
        seen = {row.source for row in sessions.list_live(ann.id, 0)}
        logged = set(session().scalars(select(AuditEvent.source).where(AuditEvent.source.is_not(None))))
    assert seen == {"2001:db8::", "2001:db8::1"}
    assert logged == seen | {"198.51.100.7"}
