"""Attributes of people as a file has them. What somebody has in them is data, and stands in no file."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from idp.accounts import attribute_values
from idp.applying.form import Entry
from idp.applying.states import YES, State, Terms, refuse, without
from idp.attributes import definition, service
from idp.attributes.definition import Definition
from idp.attributes.models import Attribute
from idp.base.database import session
from idp.base.outcome import Refused

USUAL: dict[str, Any] = {
    field.name: getattr(Definition(""), field.name)
    for field in fields(Definition)
    if field.name not in ("name", "kind")
} | {"choices": []}


def look(name: str) -> State | None:
    """Return an attribute, locked."""
    found = service.find(name, for_change=True)
    return _tell(found) if found is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Define an attribute, or change it."""
    values = entry.values | {"choices": tuple(entry.values.get("choices", ()))}
    wanted, row = Definition(**values), service.find(entry.key, for_change=True)
    if row is not None and row.kind != wanted.kind:
        return [refuse("kind", f"The attribute is of kind {row.kind}, and its kind stays: values were judged by it.")]
    done = service.create(wanted, actor=terms.actor) if row is None else service.change(row, wanted, actor=terms.actor)
    return done if isinstance(done, list) else []


def remove(name: str, terms: Terms) -> list[Refused]:
    """Delete an attribute; a custom one, with what people have in it, only with `YES`."""
    row = service.find(name, for_change=True)
    if row is None:
        return []
    if definition.of(row).is_custom and YES not in terms.accepted:
        return [refuse(None, "What people have in it is lost. Say --yes to delete it.")]
    attribute_values.remove(row, actor=terms.actor)
    return []


def every(_after: str = "", _most: int | None = None) -> Iterator[State]:
    """Yield every attribute, in their order."""
    for row in session().scalars(service.search()):
        yield _tell(row)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return field


def _tell(row: Attribute) -> State:
    told = without(definition.tell(definition.of(row)), USUAL)
    if told.get("label") == row.name:
        del told["label"]
    return State(told, row.created_at.isoformat())
