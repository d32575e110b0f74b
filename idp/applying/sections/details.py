"""Types of authorization details as a file has them."""

from collections.abc import Iterator

from idp.applying.form import Entry
from idp.applying.states import State, Terms
from idp.base.database import session
from idp.base.outcome import Refused
from idp.details import definition, service
from idp.details.definition import Definition
from idp.details.models import AuthorizationDetailsType


def look(name: str) -> State | None:
    """Return a type, locked."""
    found = service.find(name, for_change=True)
    return _tell(found) if found is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Register a type, or change it."""
    wanted, row = Definition(**entry.values), service.find(entry.key, for_change=True)
    done = service.create(wanted, actor=terms.actor) if row is None else service.change(row, wanted, actor=terms.actor)
    return done if isinstance(done, list) else []


def remove(name: str, terms: Terms) -> list[Refused]:
    """Delete a type."""
    row = service.find(name, for_change=True)
    if row is not None:
        service.remove(row, actor=terms.actor)
    return []


def every(_after: str = "", _most: int | None = None) -> Iterator[State]:
    """Yield every type, by name."""
    for row in session().scalars(service.search()):
        yield _tell(row)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return field


def _tell(row: AuthorizationDetailsType) -> State:
    told = {name: value for name, value in definition.tell(definition.of(row)).items() if value != ""}
    if told["title"] == row.type:
        del told["title"]
    return State(told, str(row.id))
