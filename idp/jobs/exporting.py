"""People as a CSV file, written line by line: memory and transactions hold some hundred of them at a time."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, Select

from idp.accounts.models import Account
from idp.attributes import values
from idp.attributes.definition import Definition
from idp.base import database
from idp.jobs import selection
from idp.jobs.selection import Selection
from idp.trail import exporting

MEDIA_TYPE = exporting.MEDIA_TYPES[exporting.CSV]
SIZE = 500
COLUMNS = (
    "sub",
    "email",
    "email_verified",
    "username",
    "given_name",
    "family_name",
    "state",
    "created_at",
    "last_sign_in_at",
)


def write(meant: Selection, definitions: tuple[Definition, ...], most: int | None = None) -> Iterator[str]:
    """Return the lines of a file of these people, up to `most`; it may be gone through when the request is over."""
    return _write(database.engine(), selection.query(meant).with_only_columns(*_columns()), definitions, most)


def _columns() -> tuple[Any, ...]:
    names = (
        "id",
        "sub",
        "email",
        "email_verified_at",
        "username",
        "given_name",
        "family_name",
        "disabled_at",
        "erase_at",
    )
    return tuple(getattr(Account, name) for name in (*names, "created_at", "last_sign_in_at", "attributes"))


def _write(engine: Engine, query: Select[Any], definitions: tuple[Definition, ...], most: int | None) -> Iterator[str]:
    yield exporting.line([*COLUMNS, *(f"attribute.{one.name}" for one in definitions)])
    reached, left = 0, most
    while left is None or left > 0:
        size = SIZE if left is None else min(SIZE, left)
        with database.reading(engine) as own:
            rows = own.execute(query.where(Account.id > reached).order_by(Account.id).limit(size)).all()
        for row in rows:
            yield exporting.line(
                [*_cells(row), *(values.show((row.attributes or {}).get(one.name)) for one in definitions)]
            )
        if len(rows) < size:
            return
        reached, left = rows[-1].id, None if left is None else left - len(rows)


def _cells(row: Any) -> tuple[Any, ...]:
    state = "active" if row.disabled_at is None else "disabled" if row.erase_at is None else "leaving"
    instants = (
        at.isoformat(timespec="seconds") if at is not None else "" for at in (row.created_at, row.last_sign_in_at)
    )
    is_verified = "true" if row.email_verified_at is not None else "false"
    names = (row.username or "", row.given_name, row.family_name)
    return (row.sub, row.email, is_verified, *names, state, *instants)
