"""Watching what this process executes on the application's database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import event
from sqlalchemy.sql.base import Executable

from idp.base import database
from idp.base.statements import Statement, ran


@dataclass
class Work:
    """What was executed: the declared statements by name, those that were alone, and the texts of all others."""

    declared: list[str] = field(default_factory=list)
    alone: int = 0
    others: list[str] = field(default_factory=list)
    compiled: list[str] = field(default_factory=list)
    begun: int = 0

    @property
    def all(self) -> list[str]:
        """Every statement."""
        return [*self.declared, *self.others]

    def note(self, statement: Statement, *, alone: bool) -> None:
        """Note a declared statement."""
        self.declared.append(statement.name.rpartition(".")[2])
        self.alone += alone


@contextmanager
def watching(app: Flask) -> Iterator[Work]:
    """Count what this process executes on the application's database."""
    work = Work()
    with app.app_context():
        engine = database.engine()

    def see(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        work.others.append(statement)

    def see_compiling(_connection: Any, statement: Any, *_more: Any) -> None:
        if isinstance(statement, Executable):
            work.compiled.append(str(statement))

    def see_begin(_connection: Any) -> None:
        work.begun += 1

    hooks: list[tuple[str, Callable[..., None]]] = [
        ("before_cursor_execute", see),
        ("before_execute", see_compiling),
        ("begin", see_begin),
    ]
    for name, hook in hooks:
        event.listen(engine, name, hook)
    try:
        with ran.connected_to(work.note):
            yield work
    finally:
        for name, hook in hooks:
            event.remove(engine, name, hook)
