"""Declared statements: they find and write what SQLAlchemy would, in the transaction where they belong."""

from datetime import UTC, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Insert, Select, Update, exists, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from idp.accounts.models import Account
from idp.audit import AuditEvent
from idp.base import clock, database
from idp.base.statements import Statement, parameter, statement, together
from idp.oauth.models import Grant, RevokedToken

LATER = clock.now().replace(microsecond=123456) + timedelta(days=1)


@statement
def _insert_grant(_dialect: str) -> Insert:
    names = (
        "client_id",
        "account_id",
        "epoch",
        "scope",
        "auth_time",
        "amr",
        "claims",
        "offline",
        "created_at",
        "expires_at",
    )
    values = {name: parameter(name, getattr(Grant, name)) for name in names}
    return insert(Grant).values(**values, code_digest=parameter("code_digest", Grant.code_digest)).returning(Grant.id)


@statement
def _find_grant(_dialect: str) -> Select[Any]:
    columns = [Grant.client_id, Grant.amr, Grant.claims, Grant.offline, Grant.auth_time, Grant.code_digest, Grant.nonce]
    is_revoked = exists().where(RevokedToken.jti == "none").label("is_revoked")
    return select(*columns, is_revoked).where(Grant.id == parameter("id", Grant.id), Grant.epoch == 0)


@statement
def _revoke(_dialect: str) -> Insert:
    values = {"jti": parameter("jti", RevokedToken.jti), "expires_at": parameter("expires_at", RevokedToken.expires_at)}
    return insert(RevokedToken).values(**values)


@statement
def _extend(_dialect: str) -> Update:
    later = parameter("expires_at", RevokedToken.expires_at)
    return update(RevokedToken).where(RevokedToken.expires_at < later).values(expires_at=later)


@statement
def _count(_dialect: str) -> Select[Any]:
    return select(func.count(RevokedToken.jti).label("found"))


def count_elsewhere(app: Flask) -> int:
    """Count the revoked tokens as another connection sees them."""
    with app.app_context(), database.reading() as own:
        return own.scalar(select(func.count(RevokedToken.jti))) or 0


def grant(**changes: Any) -> dict[str, Any]:
    """Return the values of a grant."""
    values = {"client_id": "Ünïcode \\' client", "account_id": 7, "epoch": 0, "scope": "openid", "auth_time": LATER}
    values |= {"amr": ["pwd", "mfa"], "claims": None, "offline": True, "created_at": LATER, "expires_at": LATER}
    return values | {"code_digest": b"\0\xff" * 16} | changes


@pytest.mark.parametrize("within", [False, True], ids=["alone", "in a session"])
def test_values_come_back_as_the_orm_has_them(app: Flask, within: bool) -> None:
    """Instants, JSON, truth, bytes and texts are bound and decoded by the columns' types, alone and in a session's transaction."""
    with app.app_context():
        if within:
            database.session().execute(select(1))
        number = _insert_grant.first(**grant(claims={"userinfo": ["email"]})).id
        found = _find_grant.first(id=number)
        database.commit()
        row = database.session().get(Grant, number)
        assert row is not None
        for name in ("client_id", "amr", "claims", "offline", "auth_time", "code_digest", "nonce"):
            assert getattr(found, name) == getattr(row, name), name
            assert type(getattr(found, name)) is type(getattr(row, name)), name
        assert found.auth_time.tzinfo is UTC
        assert found.is_revoked is False


def test_a_statement_alone_is_over_when_it_returns(app: Flask) -> None:
    """Where no transaction is open, what was written stays, whatever the request does afterwards; and no session is opened."""
    with app.app_context():
        assert _revoke.run(jti="one", expires_at=LATER) == 1
        assert _extend.run(expires_at=LATER + timedelta(days=1)) == 1
        assert database.open_connection() is None
        database.rollback()
    assert count_elsewhere(app) == 1


def test_a_statement_in_a_session_is_undone_with_it(app: Flask) -> None:
    """Where the session has a transaction open, the statement belongs to it, sees what it wrote, and goes with it."""
    with app.app_context():
        database.connection().execute(insert(RevokedToken).values(jti="one", expires_at=LATER))
        _revoke.run(jti="two", expires_at=LATER)
        assert _count.first().found == 2
        database.rollback()
        assert _count.first().found == 0


def test_several_together_are_one_transaction(app: Flask) -> None:
    """What stands in `together` is committed at its end, and none of it where an exception comes out."""
    with app.app_context():
        with together():
            _revoke.run(jti="one", expires_at=LATER)
            assert count_elsewhere(app) == 0
            _revoke.run(jti="two", expires_at=LATER)
        assert count_elsewhere(app) == 2
        with pytest.raises(IntegrityError), together():
            assert [_revoke.run(jti=jti, expires_at=LATER) for jti in ("three", "two")] == []
        assert count_elsewhere(app) == 2


@pytest.mark.parametrize("within", [False, True], ids=["alone", "in a session"])
def test_errors_are_those_of_sqlalchemy_and_tell_no_value(app: Flask, within: bool) -> None:
    """What the driver raises comes as SQLAlchemy's error of the same kind, without the values; the connection is good afterwards."""
    with app.app_context():
        _revoke.run(jti="a-secret-of-somebody", expires_at=LATER)
        if within:
            database.session().execute(select(1))
        with pytest.raises(IntegrityError) as caught:
            _revoke.run(jti="a-secret-of-somebody", expires_at=LATER)
        assert isinstance(caught.value, DBAPIError)
        assert "parameters" not in str(caught.value)
        assert not caught.value.connection_invalidated
        database.rollback()
        assert _count.first().found == 1


def test_a_column_that_the_application_fills_in_has_to_be_named(app: Flask) -> None:
    """An insert that leaves a default to Python is refused when it is compiled: nothing would fill it in."""

    @statement
    def _careless(_dialect: str) -> Insert:
        return insert(AuditEvent).values(at=parameter("at", AuditEvent.at), event="x", outcome="success")

    with app.app_context(), pytest.raises(TypeError, match="leaves out a column"):
        _careless.run(at=LATER)


def test_it_is_built_once(app: Flask) -> None:
    """A declaration is built and compiled at its first use, and never again."""
    built: list[str] = []

    def build(dialect: str) -> Select[Any]:
        built.append(dialect)
        return select(func.count(Account.id).label("found"))

    counted = Statement(build)
    assert built == []
    with app.app_context():
        for _use in range(3):
            assert counted.first().found == 0
    assert len(built) == 1
