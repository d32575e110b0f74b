"""Policies: what administrators decide on pages for the whole server, each a value under a name, with its version and who changed it.

A room that has one declares it; values are read by whoever decides by them, and changed here alone, audited with before and after.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import JSON, Integer, String, update
from sqlalchemy.orm import Mapped, mapped_column

from idp import audit
from idp.base import clock
from idp.base.database import Instant, Model, connection, insert_into, session

Value = TypeVar("Value")


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


def get(rule: Rule[Value]) -> Value:
    """Return what is in force."""
    row = session().get(Policy, rule.name)
    return rule.read(row.value) if row is not None else rule.default


def hold(rule: Rule[Value]) -> Value:
    """Return what is in force and keep others from changing it until the commit."""
    first = insert_into(Policy).values(
        name=rule.name, version=0, value=rule.write(rule.default), changed_at=clock.now(), changed_by=None
    )
    connection().execute(first.on_conflict_do_nothing(index_elements=[Policy.name]))
    row = session().get(Policy, rule.name, with_for_update=True, populate_existing=True)
    return rule.read(row.value) if row is not None else rule.default


def look(rule: Rule[Value]) -> tuple[Value, Policy | None]:
    """Return what is in force, and the row with its version and who decided it; None while nobody has."""
    row = session().get(Policy, rule.name)
    if row is None or not row.version:
        return rule.default, None
    return rule.read(row.value), row


def put(rule: Rule[Value], value: Value, *, actor: str) -> None:
    """Decide. Where that changes nothing, nothing is written."""
    before = hold(rule)
    if before == value:
        return
    values = {"value": rule.write(value), "changed_at": clock.now(), "changed_by": actor}
    risen = update(Policy).where(Policy.name == rule.name).values(version=Policy.version + 1, **values)
    session().execute(risen.execution_options(synchronize_session=False))
    session().expire_all()
    changes = {rule.name: (rule.write(before), rule.write(value))}
    audit.record("policy.changed", actor=actor, rule=rule.name, value=rule.write(value), changes=changes)
