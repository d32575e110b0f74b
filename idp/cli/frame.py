"""What every command stands in: the application on a migrated database, and how a command fails."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

import click
from flask import Flask

from idp import create_app
from idp.base import database, schema
from idp.base.outcome import Refused
from idp.config import Settings, SettingsError

P = ParamSpec("P")
R = TypeVar("R")


def fail(message: str) -> NoReturn:
    """End with a message on standard error and status 1."""
    click.echo(f"idp: {message}", err=True)
    sys.exit(1)


def make_app() -> Flask:
    """Return the application; bad settings end the command with the variable's name."""
    try:
        return create_app(Settings())
    except SettingsError as error:
        fail(str(error))


def in_app(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the application on a migrated database, and commit what it did."""

    @wraps(command)
    def run(*args: P.args, **values: P.kwargs) -> R:
        from idp import keys

        app = make_app()
        schema.upgrade(app)
        try:
            with app.app_context():
                keys.ensure()
                result = command(*args, **values)
                database.commit()
                return result
        finally:
            app.extensions["idp.dispose"]()

    return run


def explain(refused: Refused) -> str:
    """Return a refusal as a sentence, with the option that it concerns."""
    from idp.base.phrases import phrase

    sentence = refused.detail or phrase(refused)
    return f"{refused.field}: {sentence}" if refused.field else sentence
