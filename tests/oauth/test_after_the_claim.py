"""A code or a rotation is claimed and committed before its answer is made: whatever the answer needs has been asked by then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest
from flask import Flask
from sqlalchemy import event

from idp.base import database, generation
from idp.base.statements import Statement, ran
from tests.factories import Client, Provider

OFFLINE = "openid profile email offline_access"
CLAIMS = '{"id_token": {"email": null}}'
ORIGIN = "https://rp.example"
CLAIMING = {"_redeem", "_claim_code", "_rotate", "_claim_rotation"}


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the process remembers for a while is looked at anew at each use: clients, keys, the origins of public clients."""
    monkeypatch.setattr(generation, "MAX_AGE", 1e-9)


@contextmanager
def database_gone_after(app: Flask, names: set[str]) -> Iterator[list[str]]:
    """Stop the database as soon as one of these statements is committed."""
    with app.app_context():
        engine = database.engine()
    claimed: list[str] = []

    def note(statement: Statement, **_more: Any) -> None:
        name = statement.name.rpartition(".")[2]
        if name in names:
            claimed.append(name)

    def refuse(connection: Any, _record: Any, _proxy: Any) -> None:
        if claimed:
            raise cast(Any, engine.dialect.loaded_dbapi).OperationalError("the database has just gone")

    event.listen(engine, "checkout", refuse)
    try:
        with ran.connected_to(note):
            yield claimed
    finally:
        event.remove(engine, "checkout", refuse)


def code_of(provider: Provider, client: Client, **asked: str) -> str:
    """Return a code of somebody who is signed in."""
    return provider.browser(provider.person()).answer(client, scope=OFFLINE, **asked)["code"]


def asking_for_single_claims(provider: Provider) -> tuple[Client, str, str]:
    """Return a confidential client that asked for a claim in the ID token by its name, with a code."""
    client = provider.client()
    return client, "code", code_of(provider, client, claims=CLAIMS)


def with_claims_of_scopes(provider: Provider) -> tuple[Client, str, str]:
    """Return a public client whose ID tokens tell the claims of scopes, with a code."""
    client = provider.client(public=True, claims_in_id_token=True)
    return client, "code", code_of(provider, client)


def rotating(provider: Provider) -> tuple[Client, str, str]:
    """Return such a client with a refresh token."""
    client = provider.client(public=True, claims_in_id_token=True)
    return client, "refresh", provider.redeem(client, code_of(provider, client)).json["refresh_token"]


def speaking_its_own_dialect(provider: Provider) -> tuple[Client, str, str]:
    """Return a client of an older interface, whose answer names the person."""
    client = provider.client(dialect="provider", first_party=True, claims_in_id_token=True)
    return client, "code", code_of(provider, client)


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("scene", [asking_for_single_claims, with_claims_of_scopes, rotating, speaking_its_own_dialect])
def test_nothing_is_asked_after_the_claim(
    app: Flask, provider: Provider, scene: Callable[[Provider], tuple[Client, str, str]]
) -> None:
    """With the database gone at the moment of the claim, the client still gets its tokens, with the claims, readable by its page."""
    client, kind, secret = scene(provider)
    provider.http.environ_base["HTTP_ORIGIN"] = ORIGIN
    with database_gone_after(app, CLAIMING) as claimed:
        response = provider.redeem(client, secret) if kind == "code" else provider.refresh(client, secret)
    assert claimed
    assert response.status_code == 200, response.text
    assert (response.headers.get("Access-Control-Allow-Origin") == ORIGIN) is (client.secret is None)
    assert provider.verify(response.json["id_token"], client.client_id)["email"] == "ann@example.org"
    assert provider.refresh(client, response.json["refresh_token"]).status_code == 200
