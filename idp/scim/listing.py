"""Lists of resources (RFC 7644, section 3.4.2): found by a filter, sorted, and a page of them at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true

from idp.accounts.models import Account
from idp.base.database import session
from idp.groups.models import Group
from idp.scim import filters, group_telling, groups_query, people_query, projecting, telling
from idp.scim.admission import Acting
from idp.scim.attributes import Kind
from idp.scim.filters import Filter
from idp.scim.problem import INVALID_FILTER, INVALID_VALUE, TOO_MANY, Problem, bad
from idp.scim.projecting import Choice
from idp.scim.schema import GROUPS, USERS

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
USUAL, MOST = 100, 200  # resources of a page
MOST_SORTED = 20_000  # resources that are sorted where no index has them in order
LARGEST = 2**31 - 1

Document = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What is asked for: a filter, an order, a page from `start` (1 for the first resource) on, and which attributes."""

    condition: Filter | None = None
    sort_by: str | None = None
    is_descending: bool = False
    start: int = 1
    count: int = USUAL
    choice: Choice = projecting.ALL


@dataclass(frozen=True)
class _Source:
    """One kind of resource: its rows, the conditions and orders on them, and how they are told."""

    kind: Kind
    key: Any
    condition: Callable[[Filter, str], ColumnElement[bool]]
    order: Callable[[str], list[Any]]
    tell: Callable[[Sequence[Any], Acting, Choice], list[Document]]

    def where(self, asked: Asked, acting: Acting) -> ColumnElement[bool]:
        """Return the condition on rows; every row where nothing is asked for."""
        return true() if asked.condition is None else self.condition(asked.condition, acting.client_id)


def read(kinds: Sequence[Kind], parameters: Mapping[str, Any]) -> Asked:
    """Return what the parameters of a query, or the members of a search (section 3.4.3), ask for.

    Raises:
        Problem: `invalidFilter`, `invalidValue`.
    """
    text, order = parameters.get("filter"), parameters.get("sortOrder")
    sort_by = parameters.get("sortBy")
    for name, value in (("filter", text), ("sortBy", sort_by), ("sortOrder", order)):
        if value is not None and not isinstance(value, str):
            raise bad(INVALID_FILTER if name == "filter" else INVALID_VALUE, f"{name} must be a text.")
    if order is not None and order.lower() not in {"ascending", "descending"}:
        raise bad(INVALID_VALUE, "sortOrder must be ascending or descending.")
    return Asked(
        filters.read(text) if text is not None and text.strip() else None,
        sort_by or None,
        order is not None and order.lower() == "descending",
        max(1, _number(parameters, "startIndex", 1)),
        min(max(0, _number(parameters, "count", USUAL)), MOST),
        projecting.read(kinds, parameters.get("attributes"), parameters.get("excludedAttributes")),
    )


def list_kind(kind: Kind, asked: Asked, acting: Acting) -> Document:
    """Return a page of one kind of resource. Raises: Problem, as of `search`."""
    return search([kind], asked, acting)


def search(kinds: Sequence[Kind], asked: Asked, acting: Acting) -> Document:
    """Return a page of several kinds, one after the other; what a filter cannot mean of one kind finds none of it.

    Raises:
        Problem: `invalidFilter`, where it means nothing of any; `invalidPath`; `tooMany`, for more than can be sorted or told.
    """
    conditions, wrong = [], None
    for source in (SOURCES[kind.name] for kind in kinds):
        try:
            conditions.append((source, source.where(asked, acting)))
        except Problem as problem:
            wrong = problem
    if not conditions and wrong is not None:
        raise wrong
    total, skipped = 0, asked.start - 1
    found: list[Document] = []
    for source, condition in conditions:
        size = session().scalar(select(func.count()).select_from(source.key.class_).where(condition)) or 0
        total += size
        if len(found) < asked.count and skipped < size:
            found += _page(source, condition, asked, acting, skipped, asked.count - len(found), size)
        skipped = max(0, skipped - size)
    return {
        "schemas": [SCHEMA],
        "totalResults": total,
        "startIndex": asked.start,
        "itemsPerPage": len(found),
        **({"Resources": found} if found or asked.count else {}),
    }


def _page(
    source: _Source, condition: ColumnElement[bool], asked: Asked, acting: Acting, skipped: int, count: int, size: int
) -> list[Document]:
    order = source.order(asked.sort_by) if asked.sort_by is not None else [source.key]
    if size > MOST_SORTED and order[0] is not source.key:
        raise bad(TOO_MANY, f"More than {MOST_SORTED} resources are not sorted. Use a filter, or sort by meta.created.")
    columns = [column.desc() if asked.is_descending else column.asc() for column in (*order, source.key)]
    query: Select[Any] = select(source.key.class_).where(condition).order_by(*columns)
    rows = session().scalars(query.offset(skipped).limit(count)).all()
    return source.tell(rows, acting, asked.choice)


def _tell_people(rows: Sequence[Account], acting: Acting, choice: Choice) -> list[Document]:
    return [choice.cut(one) for one in telling.tell(telling.know_all(rows, acting.client_id))]


def _tell_groups(rows: Sequence[Group], acting: Acting, choice: Choice) -> list[Document]:
    known = group_telling.know_all(rows, acting.client_id)
    return [choice.cut(one) for one in group_telling.tell(known, with_members=choice.shows("members"))]


def _number(parameters: Mapping[str, Any], name: str, usual: int) -> int:
    value = parameters.get(name)
    if isinstance(value, str) and value.strip().removeprefix("-").isdecimal() and len(value) < len(str(LARGEST)):
        value = int(value)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise bad(INVALID_VALUE, f"{name} must be a number.")
    return value


SOURCES = {
    USERS.name: _Source(USERS, Account.id, people_query.condition, people_query.order, _tell_people),
    GROUPS.name: _Source(GROUPS, Group.id, groups_query.condition, groups_query.order, _tell_groups),
}
