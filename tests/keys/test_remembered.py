"""Signatures that were good a moment ago are remembered, and nothing else of a token is."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from idp import keys
from idp.base import clock
from idp.base.database import commit, session
from idp.keys import minting

ISSUER = "http://127.0.0.1:5000"


@pytest.fixture(autouse=True)
def _with_keys(app: Flask) -> None:
    minting._remembered.clear()
    with app.app_context():
        keys.ensure()


def sign(**claims: object) -> str:
    """Return a token for the audience of these tests, good for a minute."""
    return keys.sign({"iss": ISSUER, "aud": "here", "exp": clock.timestamp() + 60} | claims, "ES256")


def test_a_signature_is_computed_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that comes again is not verified again, and brings the same claims, of which each caller has its own."""
    with app.app_context():
        token = sign(sub="ann")
        first = keys.verify(token, issuer=ISSUER, audience="here")
        assert first is not None
        first["sub"] = "mallory"
        monkeypatch.setattr(minting, "_ENGINES", {})
        again = keys.verify(token, issuer=ISSUER, audience="here")
        assert again is not None
        assert again["sub"] == "ann"


def test_what_is_remembered_ends_and_is_for_whom_it_was(app: Flask) -> None:
    """Time, issuer, audience, type and needed claims of a remembered token are looked at each time."""
    with app.app_context():
        token = sign()
        assert keys.verify(token, issuer=ISSUER, audience="here") is not None
        assert keys.verify(token, issuer="https://other.example", audience="here") is None
        assert keys.verify(token, issuer=ISSUER, audience="there") is None
        assert keys.verify(token, issuer=ISSUER) is None
        assert keys.verify(token, issuer=ISSUER, audience="here", typ="at+jwt") is None
        assert keys.verify(token, issuer=ISSUER, audience="here", needs=frozenset({"sub"})) is None
        with clock.moved(timedelta(minutes=2)):
            assert keys.verify(token, issuer=ISSUER, audience="here") is None
            assert keys.verify(token, issuer=ISSUER, audience="here", can_expire=False) is not None


def test_a_token_is_forgotten_with_its_key(app: Flask) -> None:
    """A remembered token is worth nothing once its key is gone."""
    with app.app_context():
        token = sign()
        assert keys.verify(token, issuer=ISSUER, audience="here") is not None
        session().execute(delete(keys.SigningKey))
        commit()
        keys.generation("keys").bump()
        assert keys.verify(token, issuer=ISSUER, audience="here") is None


def test_only_what_is_good_is_remembered_and_not_without_end(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forged token leaves nothing behind, and the oldest makes way."""
    monkeypatch.setattr(minting, "MOST_REMEMBERED", 3)
    with app.app_context():
        for forged in (sign()[:-8] + "AAAAAAAA", "a.b.c", "é.\ud800.", "." * 1000):
            assert keys.verify(forged, issuer=ISSUER, audience="here") is None
        assert not minting._remembered
        tokens = [sign(jti=str(number)) for number in range(5)]
        assert all(keys.verify(token, issuer=ISSUER, audience="here") for token in tokens)
        assert len(minting._remembered) == 3
