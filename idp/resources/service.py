"""Registering resources, changing and deleting them: what pages, commands and files call. Each change is recorded with who made it."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from idp import audit
from idp.base import clock
from idp.base.database import after_commit, connection, session
from idp.base.extensions import generation
from idp.base.outcome import Refused
from idp.clients import exchanges
from idp.resources import definition as rules
from idp.resources.definition import CHANGEABLE, MOST, Definition, refuse, tell
from idp.resources.known import COUNTER
from idp.resources.models import Resource

DEFINING = 7305133  # the number of the advisory lock


def search() -> Select[Resource]:
    """Return the query for all of them, by identifier."""
    return select(Resource).order_by(Resource.resource)


def get(number: int, *, for_change: bool = False) -> Resource | None:
    """Return a resource by its number; as it is at this moment, and locked, where it is going to be changed."""
    if for_change:
        _stand_in_line()
    return session().get(Resource, number, with_for_update=for_change or None, populate_existing=for_change)


def find(identifier: str, *, for_change: bool = False) -> Resource | None:
    """Return a resource by its identifier, in the same way."""
    number = session().scalar(select(Resource.id).where(Resource.resource == identifier))
    return get(number, for_change=for_change) if number is not None else None


def create(wanted: Definition, *, actor: str) -> Resource | list[Refused]:
    """Register a resource. Refusals: those of `definition.check`; CLIENT_INVALID for what is taken, or for one too many."""
    wanted = rules.tidy(wanted)
    refusals = rules.check(wanted)
    if refusals:
        return refusals
    _stand_in_line()
    if find(wanted.resource) is not None:
        return [refuse("resource", _("There is an API of this identifier already."))]
    if (session().scalar(select(func.count()).select_from(Resource)) or 0) >= MOST:
        return [refuse("resource", _("There are %(most)s APIs, and no more are kept. Delete one first.", most=MOST))]
    refusals = _find_taken(wanted)
    if refusals:
        return refusals
    now = clock.now()
    row = Resource(**tell(wanted), created_at=now, changed_at=now)
    session().add(row)
    session().flush()
    _note("resource.created", row.resource, actor, {name: (None, value) for name, value in _told(wanted).items()})
    return row


def change(row: Resource, wanted: Definition, *, actor: str) -> Resource | list[Refused]:
    """Change a locked row; the identifier stays. Refusals: those of `definition.check`, CLIENT_INVALID for a scope of another one.

    Tokens that are there stay as they are; what is granted counts with the scopes that the resource has when a token is made.
    """
    before = rules.of(row)
    wanted = rules.tidy(Definition(**{name: getattr(wanted, name) for name in CHANGEABLE}, resource=before.resource))
    refusals = [*rules.check(wanted), *_find_taken(wanted)]
    if refusals or wanted == before:
        return refusals or row
    for name, value in tell(wanted).items():
        setattr(row, name, value)
    row.changed_at = clock.now()
    session().flush()
    former, latter = _told(before), _told(wanted)
    _note("resource.changed", row.resource, actor, {name: (former[name], latter[name]) for name in latter})
    return row


def remove(row: Resource, *, actor: str) -> None:
    """Delete a locked row: from the commit on nobody gets a token for it, and whoever asks about one hears that it is not active.

    The rules by which tokens are exchanged for ones for it go along.
    """
    former = _told(rules.of(row))
    _note("resource.deleted", row.resource, actor, {name: (value, None) for name, value in former.items()})
    exchanges.forget_api(row.resource, actor=actor)
    session().delete(row)
    session().flush()


def _stand_in_line() -> None:
    """Wait until nobody else defines one, so that a scope is given to one alone; on SQLite whoever writes is alone anyway."""
    if connection().dialect.name == "postgresql":
        connection().execute(select(func.pg_advisory_xact_lock(DEFINING)))


def _find_taken(wanted: Definition) -> list[Refused]:
    """Return the refusal of each scope that another resource has: a scope belongs to one."""
    others = session().execute(
        select(Resource.resource, Resource.scopes).where(Resource.resource != wanted.resource).limit(MOST)
    )
    owners = {scope["scope"]: identifier for identifier, scopes in others for scope in scopes}
    return [
        refuse("scopes", _("The scope %(name)s belongs to %(owner)s.", name=scope.scope, owner=owners[scope.scope]))
        for scope in wanted.scopes
        if scope.scope in owners
    ]


def _told(definition: Definition) -> dict[str, Any]:
    """Return what can be changed, as the audit log has it."""
    told = tell(definition)
    return {name: told[name] for name in CHANGEABLE} | {"scopes": [*map(rules.write_line, definition.scopes)]}


def _note(event: str, identifier: str, actor: str, changes: audit.Changes) -> None:
    audit.record(event, actor=actor, resource=identifier, changes=changes)
    after_commit(generation(COUNTER).bump)
