"""The demo application's registration is made once and mended where it has to be."""

import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from idp.base import database
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.clients.models import Client
from idp.demo.client import CLIENT_ID, Unusable, ensure

HOME = "http://127.0.0.1:5001"


@pytest.fixture(autouse=True)
def _context(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield
        database.rollback()


def registered() -> Client:
    """Return the row of the demo application."""
    row = clients.get(CLIENT_ID)
    assert row is not None
    return row


def test_the_secret_is_kept_in_a_private_file(tmp_path: Path) -> None:
    """The first call registers; later ones return the same secret, from a file that only its owner reads."""
    file = tmp_path / "secret"
    secret = ensure(HOME, file)
    assert clients.parse(registered()).check_client_secret(secret)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ensure(HOME, file) == secret


@pytest.mark.parametrize("loss", ["gone", "wrong"])
def test_a_lost_secret_is_renewed(tmp_path: Path, loss: str) -> None:
    """When the file is lost or holds another secret, the client gets a new one, and the file is private again."""
    file = tmp_path / "secret"
    before = ensure(HOME, file)
    if loss == "gone":
        file.unlink()
    else:
        file.write_text("another")
        file.chmod(0o644)
    secret = ensure(HOME, file)
    assert secret != before
    assert clients.parse(registered()).check_client_secret(secret)
    assert file.read_text() == secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_other_ports_are_added(tmp_path: Path) -> None:
    """A run on other ports adds its addresses; what administrators changed stays."""
    ensure(HOME, tmp_path / "secret")
    clients.change(registered(), replace(clients.to_metadata(registered()), client_name="My demo"))
    ensure("http://127.0.0.1:6001", tmp_path / "secret")
    metadata = clients.to_metadata(registered())
    assert metadata.client_name == "My demo"
    assert metadata.redirect_uris == [f"{HOME}/callback", "http://127.0.0.1:6001/callback"]
    assert metadata.post_logout_redirect_uris == [f"{HOME}/", "http://127.0.0.1:6001/"]


def test_a_client_of_another_kind_is_told(tmp_path: Path) -> None:
    """When the identifier belongs to a public client, a sentence says that it cannot be used."""
    public = Metadata("Taken", redirect_uris=[f"{HOME}/callback"], token_endpoint_auth_method="none")
    clients.register(public, client_id=CLIENT_ID)
    with pytest.raises(Unusable, match="no secret"):
        ensure(HOME, tmp_path / "secret")
