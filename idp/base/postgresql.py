"""A PostgreSQL connection made ready: whatever a server, a database, a role or a pooler presets, the house works on the same terms.

Nothing here outlives a transaction unless a pooler in transaction mode keeps it too: PgBouncer replays `DateStyle`, `TimeZone`,
`client_encoding` and `standard_conforming_strings` on each server connection that a client gets. The isolation level is said with each
BEGIN, by SQLAlchemy's `isolation_level`.
"""

import select
import time
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import InvalidatePoolError

# How values are read and written. `DateStyle` is a pair, of which the driver reads only this first half.
TERMS = {"DateStyle": "ISO", "TimeZone": "UTC", "standard_conforming_strings": "on"}

OPTIONS: dict[str, Any] = {"isolation_level": "READ COMMITTED", "use_native_hstore": False}
ENCODING = {"client_encoding": "utf8"}

# Of a connection: whether a statement that is sent alone runs as ours do, since the database presets no other isolation; and since when
# the connection lies in the pool. One that lay there for longer than this many seconds is asked whether it is still good.
ALONE, RESTING = "idp.alone", "idp.resting"
REST = 5.0

# A declared statement goes by keys, whatever its values, and is prepared: it is planned once, not at each execution, which costs five times
# what finding the rows does. Such a plan outlives the few rows for which it was made, so that it never reads a table from end to end. All
# else (pages, administration) is planned for the very values, on the terms of the database.
PLANNED_ONCE = "idp.planned_once"
PLAN_ONCE = b"SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"
PLAN_EACH = b"RESET plan_cache_mode; RESET enable_seqscan; RESET enable_hashjoin; RESET enable_mergejoin"

# Of the first transaction that asks for it, until that transaction ends: never of a session, which a pooler gives to somebody else.
MIGRATING = 7305119


def prepare(connection: Any, record: Any = None) -> None:
    """Bring a new connection of psycopg to the house's terms, with a statement for each that differs."""
    is_shared, isolation = _ask(connection)
    if is_shared:
        # A statement prepared on one server connection is unknown to the next (PgBouncer before 1.21, and others).
        connection.prepare_threshold = None
    if record is not None:
        record.info[ALONE] = isolation == "read committed"
    for name, value in TERMS.items():
        if not (connection.info.parameter_status(name) or value).startswith(value):
            connection.execute(f"SET {name} = '{value}'")
    connection.commit()


def look(connection: Any, record: Any, _proxy: Any = None) -> None:
    """Look at a connection that is taken out of the pool: where it is broken, it and all that are as old are replaced.

    A server that ended it has said so, and there is something to read on it; whatever else breaks one in silence takes a while. So
    only these are asked, and no other pays for a question.

    Raises:
        InvalidatePoolError: it is broken; the pool goes on with a new one.
    """
    resting = record.info.pop(RESTING, None)
    if resting is None:
        return  # new, and answered a moment ago
    has_news = True
    if time.monotonic() - resting < REST and not connection.closed:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        has_news = bool(poll.poll(0))
    if has_news and not answers(connection):
        raise InvalidatePoolError


def note_rest(_connection: Any, record: Any) -> None:
    """Note since when a connection lies in the pool."""
    record.info[RESTING] = time.monotonic()


def answers(connection: Any) -> bool:
    """Return whether the server answers on a connection that lay in the pool."""
    import psycopg  # where there is a connection of it, it is loaded

    try:
        return bool(connection.pgconn.exec_(b"").status == psycopg.pq.ExecStatus.EMPTY_QUERY)
    except psycopg.Error:
        return False


def plan_once(connection: Any, info: dict[str, Any]) -> None:
    """Have the prepared statements that follow on an idle connection planned once; that it is broken the next one says."""
    if not info.get(PLANNED_ONCE):
        connection.pgconn.exec_(PLAN_ONCE)
        info[PLANNED_ONCE] = True


def plan_each(connection: Connection) -> None:
    """Have what follows planned for its values, where it was not so: for a transaction of the session, which is about to begin."""
    if connection.info.pop(PLANNED_ONCE, False):
        raw: Any = connection.connection.dbapi_connection
        raw.pgconn.exec_(PLAN_EACH)


def wait_to_migrate(connection: Connection) -> None:
    """Wait until no other process migrates, in the transaction that will; no time limit of the server's cuts it short."""
    for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {name} = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})


def find_trouble(connection: Connection) -> str | None:
    """Return what of a database's own setup stands in the way, in a sentence; None where nothing does."""
    encoding = _show(connection, "server_encoding")
    if encoding != "UTF8":
        return f"the database's encoding is {encoding}, which cannot hold every name: make one with ENCODING 'UTF8'"
    if _show(connection, "transaction_read_only") == "on":
        return "the database takes no changes: it is a standby, or default_transaction_read_only is on"
    return None


def _show(connection: Connection, name: str) -> str:
    return str(connection.execute(text(f"SHOW {name}")).scalar_one())


def _ask(connection: Any) -> tuple[bool, str]:
    """Return whether somebody stands between us and the server, and the isolation that the database presets.

    A pooler names a process of its own making to its clients.
    """
    found = connection.execute("SELECT pg_backend_pid(), current_setting('default_transaction_isolation')").fetchone()
    return found[0] != connection.info.backend_pid, str(found[1])
