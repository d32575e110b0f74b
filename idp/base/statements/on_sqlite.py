"""Executing on SQLite, on the driver's own cursor."""

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from idp.base.statements.declaring import Form


def run(connection: sqlite3.Connection, form: "Form", values: Sequence[Any]) -> tuple[list[Any], int]:
    """Execute a statement and return its rows and how many it changed.

    Raises:
        sqlite3.Error: as ever.
    """
    cursor = connection.execute(form.sql, values)
    try:
        return cursor.fetchall(), cursor.rowcount
    finally:
        cursor.close()
