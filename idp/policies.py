"""Policies: what administrators decide on pages for the whole server, each a value under a name, with its version and who changed it.

A room that has one declares it; values are read by whoever decides by them, and changed here alone, audited with before and after. What
a process recalls of them follows a change counter, so that pages and forms ask the database for nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON, Integer, Select, String, select, update
from sqlalchemy.orm import Mapped, mapped_column

from idp import audit
from idp.base import clock
from idp.base.database import (
    Instant,
    Model,
    after_commit,
    connection,
    insert_into,
    session,
)
from idp.base.extensions import generation
from idp.base.recalled import Recalled
from idp.base.statements import statement

Value = TypeVar("Value")

COUNTER = "policies"  # the change counter that every decision moves


class Policy(Model):
    """One rule that administrators set for the whole server, by name. The version rises with each change."""

    __tablename__ = "policies"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    changed_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[str | None] = mapped_column(String(64))


@dataclass(frozen=True)
class Rule(Generic[Value]):
    """What a policy is called, what holds until somebody decides, and how its value is read from JSON and written to it."""

    name: str
    default: Value
    read: Callable[[Any], Value]
    write: Callable[[Value], Any]


@dataclass(frozen=True)
class _Known:
    """What a process recalls: the JSON of each policy, and what was read of it since."""

    written: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)


def recall(rule: Rule[Value]) -> Value:
    """Return what is in force as far as this process knows, which costs nothing. What has to be true at the commit asks `share`."""
    known = _recalled.get()
    if rule.name not in known.values:
        is_there = rule.name in known.written
        known.values[rule.name] = rule.read(known.written[rule.name]) if is_there else rule.default
    value: Value = known.values[rule.name]
    return value


def get(rule: Rule[Value]) -> Value:
    """Return what is in force."""
    row = session().get(Policy, rule.name)
    return rule.read(row.value) if row is not None else rule.default


def hold(rule: Rule[Value]) -> Value:
    """Return what is in force and keep others from changing it until the commit."""
    _begin(rule)
    row = session().get(Policy, rule.name, with_for_update=True, populate_existing=True)
    return rule.read(row.value) if row is not None else rule.default


def share(rule: Rule[Value]) -> Value:
    """Return what is in force, which stays so until the commit; any number of requests may do so at once."""
    shared = {"read": True}
    row = session().get(Policy, rule.name, with_for_update=shared, populate_existing=True)
    if row is None:
        _begin(rule)
        row = session().get(Policy, rule.name, with_for_update=shared, populate_existing=True)
    return rule.read(row.value) if row is not None else rule.default


def look(rule: Rule[Value]) -> tuple[Value, Policy | None]:
    """Return what is in force, and the row with its version and who decided it; None while nobody has."""
    row = session().get(Policy, rule.name)
    if row is None or not row.version:
        return rule.default, None
    return rule.read(row.value), row


def put(rule: Rule[Value], value: Value, *, actor: str) -> bool:
    """Decide. Where that changes nothing, nothing is written, and False is returned."""
    before = hold(rule)
    if before == value:
        return False
    values = {"value": rule.write(value), "changed_at": clock.now(), "changed_by": actor}
    risen = update(Policy).where(Policy.name == rule.name).values(version=Policy.version + 1, **values)
    session().execute(risen.execution_options(synchronize_session=False))
    session().expire_all()
    written = rule.write(value)
    told = written if isinstance(written, str | int) else None
    changes = _compare(rule.name, rule.write(before), written)
    audit.record("policy.changed", actor=actor, rule=rule.name, value=told, changes=changes)
    after_commit(generation(COUNTER).bump)
    return True


def _make(rows: Sequence[Any]) -> _Known:
    return _Known({row.name: row.value for row in rows})


@statement
def _all(_dialect: str) -> Select[Any]:
    return select(Policy.name, Policy.value)


_recalled = Recalled(COUNTER, _all, _make)


def _begin(rule: Rule[Value]) -> None:
    """Write the row of a policy that nobody has decided yet, so that there is something to lock."""
    first = insert_into(Policy).values(
        name=rule.name, version=0, value=rule.write(rule.default), changed_at=clock.now(), changed_by=None
    )
    connection().execute(first.on_conflict_do_nothing(index_elements=[Policy.name]))


def _compare(name: str, before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    """Return what was changed, before and after: the members one by one, where a policy has some."""
    if not isinstance(after, dict):
        return {name: (before, after)}
    return {f"{name}.{member}": (before[member], value) for member, value in after.items() if before[member] != value}
