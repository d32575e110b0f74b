"""Records of Django's models, from whatever holds them: its own dumps (`dumpdata`, JSON or a line a record), a table as CSV, a database."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Engine, create_engine, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from idp.importing.entries import Unreadable
from idp.importing.sources import files, values


@dataclass(frozen=True)
class Record:
    """One row of a model: where it stands, the model in small letters, its key, and the other columns."""

    at: str
    model: str
    pk: str
    fields: Mapping[str, Any]


class Records(Protocol):
    """A place of records that is read again and again, in the same order."""

    def digest(self) -> bytes:
        """Return 32 bytes that change with it."""

    def read(self) -> Iterator[Record]:
        """Yield all records; what is none has an empty model."""


@dataclass(frozen=True)
class Dump:
    """What `dumpdata` writes: one array, or with `--format jsonl` a record a line."""

    path: Path

    def digest(self) -> bytes:
        """Return the digest of the file."""
        return files.digest(self.path)

    def read(self) -> Iterator[Record]:
        """Yield the records of the dump."""
        is_array = files.begins_with(self.path) == "["
        for number, item in files.items(self.path, "item") if is_array else files.lines(self.path):
            yield read_record(f"{'entry' if is_array else 'line'} {number}", item)


@dataclass(frozen=True)
class UserTable:
    """The users' table alone as CSV."""

    path: Path
    model: str

    def digest(self) -> bytes:
        """Return the digest of the file."""
        return files.digest(self.path)

    def read(self) -> Iterator[Record]:
        """Yield the users."""
        for number, row in files.rows(self.path):
            if number and "password" not in row:
                raise Unreadable(f"{self.path.name} has no column password, as auth_user has")
            yield Record(f"line {number}", self.model, values.text(row, "id"), row)


@dataclass(frozen=True)
class Database:
    """The database of a Django application, in one transaction that can only read."""

    url: URL
    models: tuple[str, ...]

    def digest(self) -> bytes:
        """Return a digest of the place, for there is none of what will be there."""
        return hashlib.sha256(repr(self.url.render_as_string(hide_password=True)).encode()).digest()

    def read(self) -> Iterator[Record]:
        """Yield the rows of every table that there is, a table behind the other, by key.

        Raises:
            Unreadable: the database cannot be read.
        """
        engine = self._engine()
        try:
            there = set(inspect(engine).get_table_names())
            with engine.connect() as connection:
                for model in self.models:
                    table = model.replace(".", "_")
                    if table in there:
                        quoted = engine.dialect.identifier_preparer.quote(table)
                        query = text(f"SELECT * FROM {quoted} ORDER BY id")  # noqa: S608 - quoted
                        for row in connection.execution_options(yield_per=1000).execute(query).mappings():
                            yield Record(f"{table} {row['id']}", model, str(row["id"]), dict(row))
        except DBAPIError as error:
            raise Unreadable(f"the database: {str(error.orig).splitlines()[0]}") from None
        finally:
            engine.dispose()

    def _engine(self) -> Engine:
        if self.url.get_backend_name() == "sqlite":
            return create_engine(f"sqlite:///file:{self.url.database}?mode=ro&uri=true")
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        return create_engine(self.url.set(drivername="postgresql+psycopg"), execution_options=options)


def read_url(told: str) -> URL | str:
    """Return the address of a database that can be read here, or why it cannot."""
    try:
        url = make_url(told)
    except ArgumentError:
        return "this is no address of a database"
    backend = url.get_backend_name()
    if backend not in ("postgresql", "sqlite"):
        return f"databases of {backend} cannot be read here; bring a dump (manage.py dumpdata)"
    if backend == "sqlite" and not (url.database and Path(url.database).is_file()):
        return f"there is no file {url.database}"
    return url


def read_record(at: str, item: Any) -> Record:
    """Return what a dump holds at a place; a record without a model for what is none."""
    return Record(at, values.text(item, "model").lower(), values.text(item, "pk"), values.mapping(item, "fields"))


def read_json(value: Any) -> Mapping[str, Any]:
    """Return the object of a JSON column, which some databases give as text."""
    try:
        found = json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, Mapping) else {}
