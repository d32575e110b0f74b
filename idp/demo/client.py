"""The demo application's registration: made once, completed when the ports change, its secret in a file of mode 600."""

import os
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.clients.models import Client

T = TypeVar("T")

CLIENT_ID = "demo"
ACTOR = "make run"


class Unusable(Exception):
    """The client cannot be registered; the message says why."""


def ensure(url: str, secret_file: Path) -> str:
    """Register the application at `url`, unless that is done, and return its secret.

    A secret that was lost, or that is no longer right, is renewed.

    Raises:
        Unusable: the identifier belongs to a client of another kind.
    """
    row = clients.get(CLIENT_ID)
    if row is None:
        secret = _register(url)
    else:
        _include(row, url)
        secret = _read(secret_file)
        if not clients.parse(row).check_client_secret(secret):
            secret = _require(clients.renew_secret(row, actor=ACTOR))
    _write(secret_file, secret)
    return secret


def _register(url: str) -> str:
    metadata = Metadata(
        client_name="Demo application",
        redirect_uris=[f"{url}/callback"],
        post_logout_redirect_uris=[f"{url}/"],
    )
    _row, secret = _require(clients.register(metadata, client_id=CLIENT_ID, actor=ACTOR))
    return secret or ""


def _include(row: Client, url: str) -> None:
    """Add this run's addresses to the registration; what administrators changed stays."""
    metadata = clients.to_metadata(row)
    wanted = replace(
        metadata,
        redirect_uris=_with(metadata.redirect_uris, f"{url}/callback"),
        post_logout_redirect_uris=_with(metadata.post_logout_redirect_uris, f"{url}/"),
    )
    if wanted != metadata:
        _require(clients.change(row, wanted, actor=ACTOR))


def _with(present: list[str], uri: str) -> list[str]:
    return present if uri in present else [*present, uri]


def _require(result: T | Refused) -> T:
    if isinstance(result, Refused):
        raise Unusable(f"The client {CLIENT_ID!r} cannot be used: {result.detail or phrase(result)}")
    return result


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def _write(path: Path, secret: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)
        file.write(secret)
