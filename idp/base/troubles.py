"""What stands in the way of a start or a command, in a sentence for operators: the expected troubles, each naming its setting.

What is not among them is a mistake of ours, and keeps its traceback.
"""

import sqlite3

from redis import RedisError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from idp.base.crypto import Unsealable
from idp.base.outages import describe, is_outage
from idp.base.schema import Unfit
from idp.config import Settings, SettingsError

# Of PostgreSQL: who may enter, no such database, no such schema, a privilege that is missing, a database that accepts nobody.
SET_UP_WRONG = ("28", "3D", "3F", "42501", "55000")
SQLITE_SET_UP_WRONG = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}


def sentence(error: BaseException) -> str | None:
    """Return what is wrong, or None for what nobody expected."""
    if isinstance(error, SettingsError):
        return str(error)
    if isinstance(error, Unfit):
        return f"IDP_DATABASE_URL: {error}"
    if isinstance(error, SQLAlchemyError) and _is_expected(error):
        return f"IDP_DATABASE_URL ({_place()}): {describe(error)}"
    if isinstance(error, RedisError):
        return f"IDP_REDIS_URL: {' '.join(str(error).split())}"
    if isinstance(error, Unsealable):
        return "IDP_SECRET_KEY: what is sealed in the database was sealed with another one"
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return None


def _is_expected(error: SQLAlchemyError) -> bool:
    if is_outage(error) or isinstance(error, ArgumentError):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in SQLITE_SET_UP_WRONG
    return (getattr(cause, "sqlstate", None) or "").startswith(SET_UP_WRONG)


def _place() -> str:
    """Return where the database is, without its password."""
    return make_url(Settings().database_url).render_as_string(hide_password=True)
