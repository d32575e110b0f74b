"""Trusted issuers as a file has them. What was granted on their word is data, and stands in no file."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from idp.applying.form import Entry
from idp.applying.shapes import Filled
from idp.applying.states import State, Terms, without
from idp.base.database import session
from idp.base.outcome import Refused
from idp.issuers import definition, service
from idp.issuers.definition import Definition
from idp.issuers.models import TrustedIssuer

_NOTHING = definition.tell(Definition(""))
USUAL: dict[str, Any] = {field.name: _NOTHING[field.name] for field in fields(Definition) if field.name != "issuer"}


def look(issuer: str) -> State | None:
    """Return an issuer, locked."""
    found = service.find(issuer, for_change=True)
    return _tell(found) if found is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Trust an issuer, or change what is said of it."""
    wanted = define(entry.values)
    row = service.find(entry.key, for_change=True)
    done = service.create(wanted, actor=terms.actor) if row is None else service.change(row, wanted, actor=terms.actor)
    return done if isinstance(done, list) else []


def define(values: Mapping[str, Any]) -> Definition:
    """Return the issuer of an entry's values, or of what is told of one that is there."""
    rows = [row.values if isinstance(row, Filled) else row for row in values.get("workloads", [])]
    return definition.read({"issuer": ""} | USUAL | dict(values) | {"workloads": rows})


def remove(issuer: str, terms: Terms) -> list[Refused]:
    """Trust an issuer no more."""
    row = service.find(issuer, for_change=True)
    if row is not None:
        service.remove(row, actor=terms.actor)
    return []


def every(_after: str = "", _most: int | None = None) -> Iterator[State]:
    """Yield every issuer, by identifier."""
    for row in session().scalars(service.search()):
        yield _tell(row)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return field


def _tell(row: TrustedIssuer) -> State:
    told = without(definition.tell(definition.of(row)), USUAL)
    if told["issuer_name"] == definition.tidy(Definition(row.issuer)).issuer_name:
        del told["issuer_name"]
    return State(told, str(row.id))
