"""Which groups a filter finds, in SQL: comparisons that an index answers, and no other."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, false, select, true

from idp.accounts.models import Account
from idp.base.database import session
from idp.base.finding import begins
from idp.groups import lookup, naming
from idp.groups.models import Group, GroupMember
from idp.scim.conditions import Condition, combine
from idp.scim.filters import Compare, Filter, Present, Within
from idp.scim.models import ScimGroupId
from idp.scim.problem import INVALID_FILTER, INVALID_PATH, Problem, bad

MOST_SAME = 100  # groups to which a client gave the same `externalId`
KNOWN = "displayName, externalId, id and members.value compare by eq, displayName also by sw, and externalId by pr"
SORTED = {"id": Group.id, "displayname": Group.path_folded, "meta.created": Group.id}


def condition(asked: Filter, client_id: str) -> Condition:
    """Return the condition on groups that a filter stands for.

    Raises:
        Problem: `invalidFilter`, for an attribute or an operator that no index answers.
    """
    return combine(asked, lambda part: _make(part, client_id))


def _make(asked: Compare | Present | Within, client_id: str) -> Condition:
    match asked:
        case Within(path, Compare() as part) if _name(path) == "members":
            return _compare(Compare(f"{path}.{part.path}", part.operator, part.value), client_id)
        case Present(path) if _name(path) == "externalid":
            return Group.id.in_(_externals(client_id))
        case Compare():
            return _compare(asked, client_id)
        case _:
            raise _unknown(f"{asked.path} pr" if isinstance(asked, Present) else f"{asked.path}[...]")


def order(sort_by: str) -> list[Any]:
    """Return by what groups are sorted. Raises: Problem, `invalidPath` for an attribute that they are not sorted by."""
    column = SORTED.get(_name(sort_by))
    if column is None:
        raise bad(INVALID_PATH, f"Groups are sorted by {', '.join(sorted(SORTED))} alone.")
    return [column]


def _compare(asked: Compare, client_id: str) -> Condition:
    made = COMPARED.get((_name(asked.path), asked.operator))
    if made is None:
        raise _unknown(f"{asked.path} {asked.operator}")
    if not isinstance(asked.value, str):
        raise bad(INVALID_FILTER, f"{asked.path[:100]} compares with a text in quotes.")
    return made(asked.value, client_id)


def _id(text: str, _client_id: str) -> Condition:
    number = lookup.read_number(text)
    return Group.id == number if number is not None else false()


def _display_name_begins(text: str, _client_id: str) -> Condition:
    return begins(Group.path_folded, f"/{naming.fold(text)}") if text else true()


def _external(text: str, client_id: str) -> Condition:
    return Group.id.in_(
        session().scalars(_externals(client_id).where(ScimGroupId.external_id == text).limit(MOST_SAME)).all()
    )


def _externals(client_id: str) -> Select[int]:
    return select(ScimGroupId.group_id).where(ScimGroupId.client_id == client_id)


def _member(text: str, _client_id: str) -> Condition:
    own = select(GroupMember.group_id).join(Account, Account.id == GroupMember.account_id)
    return Group.id.in_(own.where(Account.sub == text, lookup.counts(GroupMember)))


def _name(path: str) -> str:
    return path.lower().removeprefix("urn:ietf:params:scim:schemas:core:2.0:group:")


def _unknown(what: str) -> Problem:
    return bad(INVALID_FILTER, f"Groups are not found by “{what[:100]}”: {KNOWN}.")


COMPARED: Mapping[tuple[str, str], Callable[[str, str], Condition]] = {
    ("id", "eq"): _id,
    ("displayname", "eq"): lambda text, _client_id: Group.path_folded == naming.fold_path(text),
    ("displayname", "sw"): _display_name_begins,
    ("externalid", "eq"): _external,
    ("members", "eq"): _member,
    ("members.value", "eq"): _member,
}
