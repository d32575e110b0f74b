"""Defining attributes, changing and deleting them: what pages, commands and files call. Each change is recorded with who made it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from idp import audit
from idp.attributes import definition as rules
from idp.attributes.definition import CHANGEABLE, MOST, Definition, refuse, tell
from idp.attributes.known import COUNTER
from idp.attributes.models import Attribute
from idp.base import clock
from idp.base.database import after_commit, connection, session
from idp.base.extensions import generation
from idp.base.outcome import Refused

DEFINING = 7305131  # the number of the advisory lock


def search() -> Select[Attribute]:
    """Return the query for all of them, in their order."""
    present = select(Attribute).where(Attribute.removed_at.is_(None))
    return present.order_by(Attribute.position, Attribute.name)


def find(name: str, *, for_change: bool = False) -> Attribute | None:
    """Return an attribute; as it is at this moment, and locked, where it is going to be changed."""
    found = session().get(Attribute, name, with_for_update=for_change or None, populate_existing=for_change)
    return found if found is not None and found.removed_at is None else None


def create(wanted: Definition, *, actor: str) -> Attribute | list[Refused]:
    """Define an attribute. Refusals: those of `definition.check`; POLICY_INVALID for a name that is taken, or for one too many."""
    wanted = rules.tidy(wanted)
    refusals = rules.check(wanted)
    if refusals:
        return refusals
    if connection().dialect.name == "postgresql":
        connection().execute(select(func.pg_advisory_xact_lock(DEFINING)))
    former = session().get(Attribute, wanted.name, populate_existing=True)
    if former is not None:
        return [refuse("name", _say_taken(former))]
    if (session().scalar(select(func.count()).select_from(Attribute)) or 0) >= MOST:
        return [refuse("name", _("There are %(most)s attributes, and no more are kept. Delete one first.", most=MOST))]
    now = clock.now()
    row = Attribute(**tell(wanted), created_at=now, changed_at=now)
    session().add(row)
    session().flush()
    _note("attribute.created", row.name, actor, {name: (None, value) for name, value in _changeable(wanted).items()})
    return row


def change(row: Attribute, wanted: Definition, *, actor: str) -> Attribute | list[Refused]:
    """Change a locked row; name and kind stay, by which values were judged. Refusals: those of `definition.check`.

    What people have in it stays, also where it would not be taken any more, until it is changed.
    """
    before = rules.of(row)
    wanted = rules.tidy(replace(wanted, name=before.name, kind=before.kind))
    refusals = rules.check(wanted)
    if refusals or wanted == before:
        return refusals or row
    for name, value in _changeable(wanted).items():
        setattr(row, name, value)
    row.changed_at = clock.now()
    session().flush()
    former, latter = _changeable(before), _changeable(wanted)
    _note("attribute.changed", row.name, actor, {name: (former[name], latter[name]) for name in latter})
    return row


def remove(row: Attribute, *, actor: str) -> None:
    """Delete a locked attribute: from the commit on it is told and shown nowhere.

    What people had in it is forgotten by `accounts.attribute_values`.
    """
    definition = rules.of(row)
    _note(
        "attribute.deleted", row.name, actor, {name: (value, None) for name, value in _changeable(definition).items()}
    )
    if definition.is_custom:
        row.removed_at = row.changed_at = clock.now()
    else:
        session().delete(row)
    session().flush()


def find_unknown(names: Iterable[str]) -> list[str]:
    """Return which of some names are those of no custom attribute."""
    wanted = list(dict.fromkeys(names))
    query = select(Attribute.name).where(Attribute.name.in_(wanted), Attribute.removed_at.is_(None))
    found = set(session().scalars(query.where(Attribute.kind != rules.STANDARD_FIELD))) if wanted else set()
    return [name for name in wanted if name not in found]


def _changeable(definition: Definition) -> dict[str, Any]:
    told = tell(definition)
    return {name: told[name] for name in CHANGEABLE}


def _say_taken(former: Attribute) -> str:
    if former.removed_at is None:
        return str(_("There is an attribute of this name already."))
    return str(
        _("An attribute of this name was deleted, and not everybody's value is forgotten yet. Try again in an hour.")
    )


def _note(event: str, name: str, actor: str, changes: audit.Changes) -> None:
    audit.record(event, actor=actor, attribute=name, changes=changes)
    after_commit(generation(COUNTER).bump)
