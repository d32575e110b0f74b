"""A PostgreSQL connection made ready: whatever a server, a database, a role or a pooler presets, the house works on the same terms.

Nothing here outlives a transaction unless a pooler in transaction mode keeps it too: PgBouncer replays `DateStyle`, `TimeZone`,
`client_encoding` and `standard_conforming_strings` on each server connection that a client gets. The isolation level is said with each
BEGIN, by SQLAlchemy's `isolation_level`.
"""

from typing import Any

from sqlalchemy import Connection, text

# How values are read and written. `DateStyle` is a pair, of which the driver reads only this first half.
TERMS = {"DateStyle": "ISO", "TimeZone": "UTC", "standard_conforming_strings": "on"}

OPTIONS: dict[str, Any] = {"isolation_level": "READ COMMITTED", "use_native_hstore": False, "pool_pre_ping": True}
ENCODING = {"client_encoding": "utf8"}

# Of the first transaction that asks for it, until that transaction ends: never of a session, which a pooler gives to somebody else.
MIGRATING = 7305119


def prepare(connection: Any, _record: Any = None) -> None:
    """Bring a new connection of psycopg to the house's terms, with a statement for each that differs."""
    if _is_shared(connection):
        # A statement prepared on one server connection is unknown to the next (PgBouncer before 1.21, and others).
        connection.prepare_threshold = None
    for name, value in TERMS.items():
        if not (connection.info.parameter_status(name) or value).startswith(value):
            connection.execute(f"SET {name} = '{value}'")
    connection.commit()


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


def _is_shared(connection: Any) -> bool:
    """Return whether somebody stands between us and the server: a pooler names a process of its own making to its clients."""
    found = connection.execute("SELECT pg_backend_pid()").fetchone()
    return found is None or found[0] != connection.info.backend_pid
