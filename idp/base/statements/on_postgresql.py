"""Executing on PostgreSQL. A statement alone goes over the library beneath psycopg, which adapts its values and rows.

psycopg's own `execute` costs four times as much, since it drives the socket itself, so that signals and asyncio get in between; a thread
that answers a request needs neither. A connection is used by one thread at a time, as the pool gives it out.
"""

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus

from idp.base import postgresql

if TYPE_CHECKING:
    from idp.base.statements.declaring import Form

Connection = psycopg.Connection[Any]

BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED"
DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
KEPT = "idp.statements"
MOST_PREPARED = 300  # on one connection; all declarations, with every type that their values may have, are far fewer
# What the server says of a prepared statement that it has lost (psycopg deallocates all when it rolls back), or whose tables were
# altered meanwhile. Nothing was executed then.
LOST, ALTERED = b"26000", b"0A000"

_numbers = count(1)


class _Kept:
    """What belongs to one connection: the names of what is prepared on it, and psycopg's adapter."""

    def __init__(self, connection: Connection) -> None:
        self.names: dict[tuple[bytes, tuple[int, ...] | None], bytes] = {}
        self.adapter = Transformer(connection)


def begin(connection: Connection) -> None:
    """Begin a transaction, on the house's terms whatever the database presets."""
    _check(connection, connection.pgconn.exec_(BEGIN))


def end(connection: Connection, word: str) -> None:
    """End a transaction by COMMIT or ROLLBACK."""
    _check(connection, connection.pgconn.exec_(word.encode()))


def run_within(connection: Connection, form: "Form", values: Sequence[Any]) -> tuple[list[Any], int]:
    """Execute a statement in the transaction of a session, which is psycopg's to begin, on its own cursor."""
    with psycopg.RawCursor(connection) as cursor:
        cursor.execute(form.encoded, values, prepare=connection.prepare_threshold is not None)
        return cursor.fetchall() if cursor.description else [], cursor.rowcount


def run(
    connection: Connection, info: dict[str, Any], form: "Form", values: Sequence[Any], *, is_alone: bool
) -> tuple[list[Any], int]:
    """Execute a statement outside of psycopg's transactions, and return its rows, read by psycopg, and how many it changed.

    It is prepared where it is alone: in a transaction, one that the server has lost could not be sent anew.

    Raises:
        psycopg.Error: as a cursor's `execute` would.
    """
    kept: _Kept = info.get(KEPT) or info.setdefault(KEPT, _Kept(connection))
    adapter = kept.adapter
    given = adapter.dump_sequence(values, [PyFormat.AUTO] * len(values))
    if is_alone and connection.prepare_threshold is not None and len(kept.names) < MOST_PREPARED:
        postgresql.plan_once(connection, info)
        found = _send_prepared(connection, kept, form, given)
    else:
        found = connection.pgconn.exec_params(form.encoded, given, adapter.types, adapter.formats)
    _check(connection, found)
    adapter.set_pgresult(found)
    return adapter.load_rows(0, found.ntuples, tuple), found.command_tuples or 0


def _send_prepared(connection: Connection, kept: _Kept, form: "Form", given: Sequence[Any]) -> Any:
    types, formats = kept.adapter.types, kept.adapter.formats
    key = (form.encoded, types)
    found: Any = None
    for _attempt in range(2):
        name = kept.names.get(key)
        if name is None:
            name = b"idp_%d" % next(_numbers)
            made = connection.pgconn.prepare(name, form.encoded, types)
            if made.status not in DONE:
                return made
            kept.names[key] = name
        found = connection.pgconn.exec_prepared(name, given, formats)
        if found.status in DONE:
            break
        state = found.error_field(DiagnosticField.SQLSTATE)
        if state == LOST:
            kept.names.clear()
        elif state == ALTERED:
            del kept.names[key]
        else:
            break
    return found


def _check(connection: Connection, found: Any) -> None:
    """Raise what the server, or the library, says of a statement that failed."""
    if found.status in DONE:
        return
    error = errors.error_from_result(found)
    if error.sqlstate is None and connection.pgconn.status == ConnStatus.BAD:
        error = psycopg.OperationalError(str(error))
    raise error
