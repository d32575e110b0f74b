"""Registering types, changing and deleting them: what pages, commands and files call. Each change is recorded with who made it."""

import json
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from idp import audit, policies
from idp.base import clock
from idp.base.database import after_commit, connection, session
from idp.base.extensions import generation
from idp.base.outcome import Refused
from idp.details import definition as rules
from idp.details.definition import CHANGEABLE, MOST, Definition, refuse, tell
from idp.details.known import COUNTER
from idp.details.models import AuthorizationDetailsType

DEFINING = 7305134  # the number of the advisory lock


def search() -> Select[AuthorizationDetailsType]:
    """Return the query for all of them, by name."""
    return select(AuthorizationDetailsType).order_by(AuthorizationDetailsType.type)


def get(number: int, *, for_change: bool = False) -> AuthorizationDetailsType | None:
    """Return a type by its number; as it is at this moment, and locked, where it is going to be changed."""
    lock = for_change or None
    return session().get(AuthorizationDetailsType, number, with_for_update=lock, populate_existing=for_change)


def find(name: str, *, for_change: bool = False) -> AuthorizationDetailsType | None:
    """Return a type by its name, in the same way."""
    named = AuthorizationDetailsType.type == name
    number = session().scalar(select(AuthorizationDetailsType.id).where(named))
    return get(number, for_change=for_change) if number is not None else None


def create(wanted: Definition, *, actor: str) -> AuthorizationDetailsType | list[Refused]:
    """Register a type. Refusals: those of `definition.check`; CLIENT_INVALID for a name that is taken, or for one too many."""
    wanted = rules.tidy(wanted)
    refusals = rules.check(wanted)
    if refusals:
        return refusals
    if connection().dialect.name == "postgresql":
        connection().execute(select(func.pg_advisory_xact_lock(DEFINING)))
    if find(wanted.type, for_change=True) is not None:
        return [refuse("type", _("There is a type of this name already."))]
    if (session().scalar(select(func.count()).select_from(AuthorizationDetailsType)) or 0) >= MOST:
        return [refuse("type", _("There are %(most)s types, and no more are kept. Delete one first.", most=MOST))]
    now = clock.now()
    row = AuthorizationDetailsType(**tell(wanted), created_at=now, changed_at=now)
    session().add(row)
    session().flush()
    _note("authorization_details_type.created", row.type, actor, {n: (None, v) for n, v in _told(wanted).items()})
    return row


def change(
    row: AuthorizationDetailsType, wanted: Definition, *, actor: str
) -> AuthorizationDetailsType | list[Refused]:
    """Change a locked row; the name stays. Refusals: those of `definition.check`.

    What was granted before stays as it is: the schema judges what is asked for from now on.
    """
    before = rules.of(row)
    wanted = rules.tidy(replace(wanted, type=before.type))
    refusals = rules.check(wanted)
    if refusals or wanted == before:
        return refusals or row
    for name in CHANGEABLE:
        setattr(row, name, getattr(wanted, name))
    row.changed_at = clock.now()
    session().flush()
    former, latter = _told(before), _told(wanted)
    _note("authorization_details_type.changed", row.type, actor, {n: (former[n], latter[n]) for n in latter})
    return row


def remove(row: AuthorizationDetailsType, *, actor: str) -> None:
    """Delete a locked row: from the commit on nobody asks for anything of this type; what was granted stays until it ends."""
    former = _told(rules.of(row))
    _note(
        "authorization_details_type.deleted", row.type, actor, {name: (value, None) for name, value in former.items()}
    )
    session().delete(row)
    session().flush()


def _told(definition: Definition) -> dict[str, Any]:
    """Return what can be changed, as the audit log has it."""
    schema = json.dumps(definition.json_schema, sort_keys=True)
    return {name: getattr(definition, name) for name in CHANGEABLE} | {"json_schema": schema}


def _note(event: str, name: str, actor: str, changes: audit.Changes) -> None:
    audit.record(event, actor=actor, type=name, changes=changes)
    after_commit(generation(COUNTER).bump)
    after_commit(generation(policies.COUNTER).bump)  # the metadata name the types, and are made anew by that one
