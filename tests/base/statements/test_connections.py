"""Declared statements on PostgreSQL's connections: lost ones, poolers, presets, and accounts that nobody has taken."""

import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Insert, Select, func, insert, select, text, update
from sqlalchemy.sql.base import Executable

from idp import create_app
from idp.accounts.models import Account
from idp.accounts.taking import NotHeld
from idp.base import clock, database, schema
from idp.base.statements import Statement, holding, parameter, statement
from idp.oauth.models import Grant, RevokedToken
from idp.sessions import BrowserSession
from tests.base.test_presets import preset
from tests.conftest import dispose, make_settings
from tests.factories import Provider
from tests.support import pgbouncer
from tests.support.postgres import PostgresServer


@statement
def _revoke(_dialect: str) -> Insert:
    values = {"jti": parameter("jti", RevokedToken.jti), "expires_at": parameter("expires_at", RevokedToken.expires_at)}
    return insert(RevokedToken).values(**values)


@statement
def _isolation(_dialect: str) -> Select[Any]:
    return select(func.current_setting("transaction_isolation").label("found"))


@statement
def _count(_dialect: str) -> Select[Any]:
    return select(func.count(RevokedToken.jti).label("found"))


@pytest.fixture
def backend() -> str:
    """PostgreSQL alone."""
    return "postgresql"


def end_all(app: Flask) -> None:
    """End every other connection to this application's database, as a restart of the server would."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with app.app_context(), database.engine().connect() as own:
        own.execute(text(f"SELECT pg_terminate_backend(pid) {others}"))
        until = time.monotonic() + 20
        while own.execute(text(f"SELECT count(*) {others}")).scalar_one():
            assert time.monotonic() < until
            own.rollback()  # what one transaction sees of others' connections stays as it is
            time.sleep(0.01)


def test_a_connection_that_was_ended_meanwhile_is_replaced(app: Flask) -> None:
    """After the server has ended idle connections, the next statement, reading or writing, is executed once, on a fresh one."""
    with app.app_context():
        held = [database.engine().raw_connection() for _number in range(3)]
        for connection in held:
            connection.close()
        _revoke.run(jti="before", expires_at=clock.now())
    end_all(app)
    with app.app_context():
        assert _revoke.run(jti="after", expires_at=clock.now()) == 1
    end_all(app)
    with app.app_context():
        assert _count.first().found == 2
        assert database.session().scalar(select(func.count(RevokedToken.jti))) == 2


def test_what_the_server_has_forgotten_is_prepared_anew(app: Flask) -> None:
    """A statement whose prepared form was deallocated, or whose table was altered, is prepared once more and executed once."""
    with app.app_context():
        for forget in ("DEALLOCATE ALL", "ALTER TABLE revoked_tokens ADD COLUMN more integer"):
            assert _all.all() == [] or len(_all.all()[0]) == 2
            connection = database.engine().raw_connection()
            connection.cursor().execute(forget)  # type: ignore[arg-type]
            connection.commit()
            connection.close()
            _revoke.run(jti=forget, expires_at=clock.now())
        assert len(_all.all()) == 2
        database.session().execute(text("ALTER TABLE revoked_tokens DROP COLUMN more"))
        database.commit()


@statement
def _all(_dialect: str) -> Select[Any]:
    return select(RevokedToken.jti, RevokedToken.expires_at)


@pytest.mark.parametrize("way", ["direct", "pooled"])
def test_a_statement_alone_says_its_terms(postgres_server: PostgresServer, tmp_path: Path, way: str) -> None:
    """A statement that is a transaction of its own is one of READ COMMITTED, whatever the database presets; through a pooler, too."""
    url = postgres_server.create_database("terms")
    preset(url, {"default_transaction_isolation": "'serializable'"})
    own = create_app(make_settings(tmp_path, pgbouncer.through(postgres_server, url) if way == "pooled" else url))
    try:
        schema.upgrade(own)
        with own.app_context():
            for number in range(8):
                assert _isolation.first().found == "read committed"
                assert _revoke.run(jti=str(number), expires_at=clock.now()) == 1
            assert _count.first().found == 8
    finally:
        dispose(own)


def _spend(_dialect: str) -> Executable:
    return update(Grant).where(Grant.id == parameter("id", Grant.id)).values(scope="")


def _spend_held(_dialect: str) -> Executable:
    account = (
        select(Account.id).where(Account.id == parameter("account_id", Account.id)).with_for_update(read=True).cte()
    )
    return update(Grant).where(Grant.id == parameter("id", Grant.id), Grant.account_id == account.c.id).values(scope="")


def _see(_dialect: str) -> Executable:
    return update(BrowserSession).values(last_seen_at=parameter("now", BrowserSession.last_seen_at))


def test_a_request_that_holds_no_account_writes_nothing_of_one(app: Flask) -> None:
    """A declared statement is refused as any other is: unless the account is taken, it locks it itself, or what it sets is free."""
    ann = Provider(app).person()
    with app.test_request_context(method="POST"):
        with pytest.raises(NotHeld):
            Statement(_spend).run(id=1)
        with pytest.raises(NotHeld):
            holding(_spend).run(id=1)
        assert holding(_spend_held).run(id=1, account_id=ann.id) == 0
        assert Statement(_see).run(now=clock.now()) == 0
        database.held().add(ann.id)
        assert Statement(_spend).run(id=1) == 0
        database.rollback()
    with app.app_context():
        assert Statement(_spend).run(id=1) == 0, "commands and purges are no requests"
