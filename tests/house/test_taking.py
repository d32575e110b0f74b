"""The rule that nobody writes to what belongs to an account without having taken it: it holds for every table, and nobody goes around."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, delete, insert, update

from idp import sessions
from idp.accounts import service, taking
from idp.accounts.models import Account
from idp.accounts.taking import FREE, FREE_COLUMNS, FREE_DELETIONS, Authority, NotHeld
from idp.base import clock, database
from idp.base.database import Model, connection, session
from tests.house import test_rules

ROOT = Path(__file__).parents[2]
assert test_rules.TABLES, "every module with tables has been imported by now"
TABLES = [table for table in Model.metadata.sorted_tables if table.name == "accounts" or "account_id" in table.columns]
WATCHED = [table for table in TABLES if table.name not in FREE]
# Who may lock an account's row: taking does, the purge does so and skips what others hold, and a change of factors, once more.
LOCKERS = {"idp/accounts/lookup.py", "idp/accounts/taking.py", "idp/accounts/erasure.py", "idp/factors/service.py"}


@pytest.fixture
def ann(app: Flask) -> Iterator[Account]:
    """Somebody, and a request that has not looked at them yet."""
    with app.app_context():
        account = service.create("ann@example.com", password_hash=None)
        assert isinstance(account, Account)
        database.commit()
    with app.test_request_context(method="POST"):
        found = session().get(Account, account.id)
        assert found is not None
        yield found


def statements(table: Table, account_id: int) -> dict[str, Any]:
    """Return a statement of each kind that touches an account's rows, most of which no database would take."""
    key = table.columns["id" if table.name == "accounts" else "account_id"]
    column = next(
        column for column in table.columns if column.name not in FREE_COLUMNS.get(table.name, ()) and column is not key
    )
    return {
        "insert": insert(table).values(account_id=account_id) if table.name != "accounts" else None,
        "insert of many": insert(table) if table.name != "accounts" else None,
        "update": update(table).where(key == account_id).values({column: None}),
        "delete": delete(table).where(key == account_id) if table.name not in FREE_DELETIONS else None,
    }


@pytest.mark.parametrize("table", WATCHED, ids=lambda table: table.name)
def test_no_request_writes_to_an_account_that_it_has_not_taken(ann: Account, table: Table) -> None:
    """Whatever code a write comes from, it is refused for every table of accounts, and so is one to another account than the taken one."""
    for kind, statement in statements(table, ann.id).items():
        if statement is None:
            continue
        rows = [{"account_id": ann.id}, {"account_id": ann.id}] if kind == "insert of many" else None
        with pytest.raises(NotHeld):
            connection().execute(statement, rows)
    assert isinstance(taking.take(Authority(ann.id, ann.token_epoch)), Account)
    if table.name != "accounts":
        with pytest.raises(NotHeld):
            connection().execute(statements(table, ann.id + 1)["insert"])


def test_what_a_pause_let_go_of_is_not_held_any_more(ann: Account) -> None:
    """After a pause the account has to be taken once more, before anything is written back."""
    assert isinstance(taking.take(Authority(ann.id, ann.token_epoch)), Account)
    ann.given_name = "Ann"
    session().flush()
    database.pause()
    ann.given_name = "Mallory"
    with pytest.raises(NotHeld):
        session().flush()
    session().rollback()
    assert isinstance(taking.take(taking.of(ann)), Account)
    ann.given_name = "Ann"
    session().flush()


def test_a_session_that_is_looked_at_later_lets_go_of_nothing(ann: Account) -> None:
    """Noting that a session was seen, which ends the transaction otherwise, leaves an account held that was taken before."""
    assert isinstance(taking.take(Authority(ann.id)), Account)
    row, token = sessions.open_session(ann.id, ann.token_epoch, ["pwd"], sessions.Device("192.0.2.1", "tests"))
    with clock.moved(timedelta(minutes=2)):
        assert sessions.find(token) is row
        ann.given_name = "Ann"
        session().flush()
        session().refresh(row)
        assert row.last_seen_at > row.created_at


def test_what_anybody_may_write_is_on_a_short_list() -> None:
    """Every table of accounts is watched but six, and each exception names a table or column that there is."""
    assert set(FREE) == {"account_words", "held_names", "invitations", "proofs", "sign_ups", "signal_events"}
    assert all(why for why in FREE.values())
    tables = {table.name: table for table in TABLES}
    assert set(FREE_COLUMNS) | FREE_DELETIONS <= set(tables)
    assert all(columns <= set(tables[name].columns.keys()) for name, columns in FREE_COLUMNS.items())
    free = {
        "client_owners",
        "consents",
        "grants",
        "scim_pushed_people",
        "scim_user_ids",
        "sign_in_attempts",
        "upstream_identities",
    }
    assert free == FREE_DELETIONS


def test_accounts_are_locked_in_one_place() -> None:
    """Nobody else locks an account's row, and nobody writes in words that no statement of the models shows."""
    lockers, writers = set(), set()
    for path in sorted(ROOT.glob("idp/**/*.py")):
        name = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            called = node.func if isinstance(node, ast.Call) else None
            attribute = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", None)
            if (
                attribute == "lock"
                and isinstance(called, ast.Attribute)
                and getattr(called.value, "id", "") == "lookup"
            ):
                lockers.add(name)
            if isinstance(node, ast.ImportFrom) and node.module == "idp.accounts.lookup":
                lockers |= {name for alias in node.names if alias.name == "lock"}
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and name.startswith("idp/"):
                words = node.value.lstrip().upper()
                if words.startswith(("INSERT INTO ", "DELETE FROM ")) or (
                    words.startswith("UPDATE ") and " SET " in words
                ):
                    writers.add(name)
    assert lockers <= LOCKERS
    assert writers == set()
