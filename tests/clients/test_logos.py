"""Clients' logos: fetched by the server, once, and shown from it."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from idp.base import clock, database
from idp.clients import service as clients
from tests.base.fetch.host import Host, answer, running
from tests.factories import Client, Provider
from tests.support.certificates import make_certificate

PNG = b"\x89PNG\r\n\x1a\n and more"
LATER = timedelta(hours=1, seconds=1)


@pytest.fixture
def host(app: Flask, tmp_path: Path) -> Iterator[Host]:
    """Where clients have their logos; the server trusts it."""
    certificate = make_certificate(tmp_path)
    settings = app.extensions["idp.settings"]
    settings.trusted_ca_file, settings.allow_private_fetch = certificate[0], True
    with running(certificate) as host:
        host.reply = answer(PNG)
        yield host


@pytest.fixture
def shop(provider: Provider, host: Host) -> Client:
    """A client with a logo."""
    return provider.client(logo_uri=f"{host.url}/logo.png")


def show(provider: Provider, client: Client) -> tuple[int, str, bytes]:
    """Ask this server for a client's logo; return status, media type and content."""
    shown = provider.app.test_client().get(f"/oauth/clients/{client.client_id}/logo")
    return shown.status_code, shown.mimetype, shown.data if shown.status_code == 200 else b""


def test_a_logo_is_fetched_once(provider: Provider, host: Host, shop: Client) -> None:
    """However many people see a logo, and however much later, its host is asked once and learns nothing of them."""
    assert show(provider, shop) == (200, "image/png", PNG)
    with clock.moved(30 * LATER):
        assert show(provider, shop) == (200, "image/png", PNG)
    (asked,) = host.asked
    assert asked.startswith(b"GET /logo.png HTTP/1.1\r\n")
    assert b"Cookie" not in asked
    assert b"Referer" not in asked


def test_a_kept_logo_waits_for_no_writer(provider: Provider, host: Host, shop: Client) -> None:
    """A logo that is known is shown while somebody else writes (SQLite has one writer at a time)."""
    assert show(provider, shop) == (200, "image/png", PNG)
    shown: list[tuple[int, str, bytes]] = []
    asking = threading.Thread(target=lambda: shown.append(show(provider, shop)))
    with provider.working():
        database.connection().execute(text("UPDATE clients SET client_name = 'Another'"))
        asking.start()
        asking.join(5)
        assert shown == [(200, "image/png", PNG)]
    asking.join(30)


@pytest.mark.parametrize("reply", [answer(b"<svg/>"), answer(PNG, status="404 Not Found"), answer(PNG * 20_000), b""])
def test_a_missing_logo_is_looked_for_later(provider: Provider, host: Host, shop: Client, reply: bytes) -> None:
    """What is no picture, not there or too large is none, for an hour; then it is looked for again."""
    host.reply = reply
    assert show(provider, shop)[0] == show(provider, shop)[0] == 404
    assert len(host.asked) == 1
    host.reply = answer(PNG)
    with clock.moved(LATER):
        assert show(provider, shop) == (200, "image/png", PNG)


def test_a_new_address_is_a_new_logo(provider: Provider, host: Host, shop: Client) -> None:
    """A client that names another logo has that one shown."""
    assert show(provider, shop)[0] == 200
    with provider.registration(shop) as row:
        assert clients.change(row, replace(shop.metadata, logo_uri=f"{host.url}/other.gif"))
    host.reply = answer(b"GIF89a")
    assert show(provider, shop) == (200, "image/gif", b"GIF89a")


def test_many_first_visitors(provider: Provider, host: Host, shop: Client) -> None:
    """Browsers that are the first to ask, all at once, all see the logo."""
    shown: list[object] = []
    threads = [threading.Thread(target=lambda: shown.append(show(provider, shop))) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shown == [(200, "image/png", PNG)] * 5


def test_a_private_address_has_no_logo(provider: Provider, host: Host, shop: Client) -> None:
    """The guard of the fetcher holds for logos."""
    provider.app.extensions["idp.settings"].allow_private_fetch = False
    assert show(provider, shop)[0] == 404
    assert host.asked == []
