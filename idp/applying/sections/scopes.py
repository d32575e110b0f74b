"""Scopes as a file has them: which claims go with one. A scope that is at what is built in has no entry."""

from collections.abc import Iterator

from sqlalchemy import select

from idp.applying.form import Entry
from idp.applying.sections import mappers
from idp.applying.states import State, Terms
from idp.base.database import session
from idp.base.outcome import Refused
from idp.clients.mapping import BUILT_IN, Mapper
from idp.clients.mapping import service as mapping
from idp.clients.models import ScopeMapping


def look(scope: str) -> State | None:
    """Return a scope whose claims are others than those built in."""
    return _tell(scope, mapping.find_scope(scope))


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Set the claims of a scope."""
    wanted = mappers.read(entry.values["claim_mappers"])
    if wanted == mapping.find_scope(entry.key):
        return []
    refused = mapping.put_scope(entry.key, wanted, actor=terms.actor)
    return [refused] if refused is not None else []


def remove(scope: str, terms: Terms) -> list[Refused]:
    """Let those claims go with a scope that are built in."""
    refused = mapping.put_scope(scope, BUILT_IN.get(scope, ()), actor=terms.actor)
    return [refused] if refused is not None else []


def every(_after: str = "", _most: int | None = None) -> Iterator[State]:
    """Yield every scope whose claims are others than those built in, by name."""
    names = session().scalars(select(ScopeMapping.scope).order_by(ScopeMapping.scope)).all()
    found = (look(name) for name in names)
    yield from (state for state in found if state is not None)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return "claim_mappers" if field in mappers.FIELDS else field


def _tell(scope: str, own: tuple[Mapper, ...]) -> State | None:
    if own == BUILT_IN.get(scope, ()):
        return None
    return State({"scope": scope, "claim_mappers": mappers.tell(own)})
