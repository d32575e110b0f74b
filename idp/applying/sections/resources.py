"""APIs as a file has them. What was granted for one is data, and stands in no file."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from idp.applying.form import Entry
from idp.applying.states import State, Terms, without
from idp.base.database import session
from idp.base.outcome import Refused
from idp.resources import definition, service
from idp.resources.definition import Definition
from idp.resources.models import Resource

USUAL: dict[str, Any] = {
    field.name: getattr(Definition(""), field.name)
    for field in fields(Definition)
    if field.name not in ("resource", "scopes")
}


def look(identifier: str) -> State | None:
    """Return an API, locked."""
    found = service.find(identifier, for_change=True)
    return _tell(found) if found is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Register an API, or change it."""
    rows = [row.values for row in entry.values["scopes"]]
    wanted = Definition(**entry.values | {"scopes": definition.read_scopes(rows)})
    row = service.find(entry.key, for_change=True)
    done = service.create(wanted, actor=terms.actor) if row is None else service.change(row, wanted, actor=terms.actor)
    return done if isinstance(done, list) else []


def remove(identifier: str, terms: Terms) -> list[Refused]:
    """Delete an API."""
    row = service.find(identifier, for_change=True)
    if row is not None:
        service.remove(row, actor=terms.actor)
    return []


def every(_after: str = "", _most: int | None = None) -> Iterator[State]:
    """Yield every API, by identifier."""
    for row in session().scalars(service.search()):
        yield _tell(row)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return field


def _tell(row: Resource) -> State:
    told = without(definition.tell(definition.of(row)), USUAL)
    if told["resource_name"] == definition.tidy(Definition(row.resource)).resource_name:
        del told["resource_name"]
    for scope in told["scopes"]:
        if scope.get("title") == scope["scope"]:
            del scope["title"]
    return State(told, str(row.id))
