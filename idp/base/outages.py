"""Outages: which exceptions say that the database, or the system, cannot serve just now. Callers are told to come back (503), not that we
erred.

Nothing is tried again here: a request may have committed a part before a pause, and only its sender knows whether to send it anew.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

# PostgreSQL's codes that its driver does not count among operational errors (PostgreSQL, appendix A): what was decided for the
# database or for this connection, and passes.
READ_ONLY = "25006"
IDLE_TOO_LONG = {"25P03", "25P04"}

SQLITE_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}
NO_THREAD = "can't start new thread"  # CPython's only words for it: a limit of processes, or no memory for a stack
PRIMARY = 0xFF  # of a SQLite result code: the rest tells more of the same


def is_outage(error: BaseException | None) -> bool:
    """Return whether the database is away, locked, full, read-only or overloaded, or ended this transaction for another's sake.

    Or whether the system has no thread to give, whoever wanted one.
    """
    if isinstance(error, PoolTimeout) or (type(error) is RuntimeError and str(error) == NO_THREAD):
        return True
    if not isinstance(error, DBAPIError):
        return False
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & PRIMARY in SQLITE_PASSING
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return True
    return getattr(cause, "sqlstate", None) in {READ_ONLY, *IDLE_TOO_LONG}


def describe(error: BaseException) -> str:
    """Return what a driver says of an outage, on one line and without the statement."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    text = " ".join(str(cause).split())
    return f"{type(cause).__name__}{f' ({state})' if state else ''}: {text}"
