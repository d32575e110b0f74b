"""What every command stands in: the application on a migrated database, and how a command fails.

The application is imported when a command runs: help and completion need none of it.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import IO, TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import click

from idp import create_app, create_core
from idp.base.outcome import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from idp.base.finding import Found
    from idp.config import Settings

OPERATOR = "command line"  # who acted, in the audit log
LOGGING = ("serve", "worker")  # what they say at the start is read by whatever reads their log
MOST_FOUND = 1000  # rows that a search prints

P = ParamSpec("P")
R = TypeVar("R")


def fail(message: str) -> NoReturn:
    """End with a message on standard error and status 1."""
    click.echo(f"idp: {message}", err=True)
    sys.exit(1)


class Command(click.Group):
    """A group of commands in which an expected trouble ends with a sentence and status 1, never with a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(context)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            raise  # whoever reads has enough, such as `head`: click ends without a word
        except Exception as error:
            from idp.base import troubles

            found = troubles.sentence(error)
            if found is None:
                raise
            if context.invoked_subcommand in LOGGING and os.environ.get("IDP_LOG_FORMAT") == "json":
                from idp.base import logs

                click.echo(logs.write_trouble(found), err=True)
                sys.exit(1)
            fail(found)


@contextmanager
def application(make: "Callable[[Settings], Flask]" = create_app) -> "Iterator[Flask]":
    """Give the application, or what else `make` returns, and close what it holds open at the end.

    Raises:
        SettingsError: a setting is unknown, malformed or weak.
    """
    # Nothing that is made here becomes garbage. To look for some among it, again and again, took a seventh of the time.
    gc.disable()
    try:
        from idp.config import Settings

        app = make(Settings())
    finally:
        gc.freeze()
        gc.enable()
    try:
        yield app
    finally:
        app.extensions["idp.dispose"]()


def in_app(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the application on a migrated database, and commit what it did."""
    return _inside(create_app, command)


def in_core(command: Callable[P, R]) -> Callable[P, R]:
    """As `in_app`, without the rooms, which take most of a short command's time: only where none of them has to hear of it."""
    return _inside(create_core, command)


def _inside(make: "Callable[[Settings], Flask]", command: Callable[P, R]) -> Callable[P, R]:
    @wraps(command)
    def run(*args: P.args, **values: P.kwargs) -> R:
        from idp import keys
        from idp.base import database, schema

        with application(make) as app:
            schema.upgrade(app)
            with app.app_context():
                keys.ensure()
                result = command(*args, **values)
                database.commit()
                return result

    return run


def listing(table: "type[Any]", order: Any, search: "Callable[[str, int], Found[Any]]", term: str) -> "Iterator[Any]":
    """Return the rows of a table in an order, a few hundred in memory at a time; with a term the first that a search finds.

    Where there are more than a search looks at, standard error says so.
    """
    from sqlalchemy import select

    from idp.base.database import session

    if not term.strip():
        yield from session().scalars(select(table).order_by(order), execution_options={"yield_per": 500})
        return
    found = search(term, MOST_FOUND)
    yield from found.rows()
    if found.is_cut_off:
        click.echo(f"These are the first {len(found.keys)} only; more words find others.", err=True)


def read_text(file: IO[bytes]) -> str:
    """Return the text of a file in UTF-8, with a byte order mark or without; end where it is none."""
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        fail("the file is no text in UTF-8")


def instant(at: "datetime | None") -> str | None:
    """Return an instant as JSON has it (RFC 3339), to the second."""
    from idp.base import clock

    return clock.tell(at)


def explain(refused: Refused) -> str:
    """Return a refusal as a sentence, with the option that it concerns."""
    from idp.base.phrases import phrase

    sentence = refused.detail or phrase(refused)
    return f"{refused.field}: {sentence}" if refused.field else sentence
