"""Which people a filter finds (RFC 7644, section 3.4.2.2), in SQL: comparisons that an index answers, and no other.

Names of people are found by the words of `accounts.words`, so that `sw` reads no more of a large table than it finds.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, cast, exists, false, func, select, true, union_all

from idp.accounts import identity, words
from idp.accounts.models import Account
from idp.base import writing
from idp.base.database import session
from idp.base.finding import begins
from idp.groups import lookup
from idp.groups.models import GroupMember
from idp.scim.conditions import Condition, combine
from idp.scim.filters import Compare, Filter, Present, Within
from idp.scim.models import Name, ScimUser, ScimUserId
from idp.scim.problem import INVALID_FILTER, INVALID_PATH, TOO_MANY, Problem, bad

MOST_NAMED, MOST_LOOKED_AT = 2000, 20_000  # people whom a filter of a name finds, and among whom it looks
MOST_SAME = 100  # people whom a client gave the same `externalId`
KNOWN = (
    "userName, externalId, id, emails.value and groups.value compare by eq, userName, name.familyName and name.givenName also by sw, "
    "active by eq, and externalId by pr"
)


def condition(asked: Filter, client_id: str) -> Condition:
    """Return the condition on accounts that a filter stands for.

    Raises:
        Problem: `invalidFilter`, for an attribute or an operator that no index answers.
    """
    return combine(asked, lambda part: _make(part, client_id))


def _make(asked: Compare | Present | Within, client_id: str) -> Condition:
    match asked:
        case Within(path, part):
            return _within(path, part, client_id)
        case Present(path):
            if _name(path) != "externalid":
                raise _unknown(f"{path} pr")
            return Account.id.in_(_externals(client_id))
        case Compare():
            return _compare(asked, client_id)


def order(sort_by: str) -> list[Any]:
    """Return by what people are sorted. Raises: Problem, `invalidPath` for an attribute that they are not sorted by."""
    makers: Mapping[str, Callable[[], list[Any]]] = {
        "id": lambda: [Account.sub],
        "meta.created": lambda: [Account.id],
        "meta.lastmodified": lambda: [Account.updated_at],
        "emails": lambda: [Account.email],
        "emails.value": lambda: [Account.email],
        "name.familyname": lambda: [Account.family_name],
        "name.givenname": lambda: [Account.given_name],
        "username": lambda: [_called()],
    }
    maker = makers.get(_name(sort_by))
    if maker is None:
        raise bad(INVALID_PATH, f"People are sorted by {', '.join(sorted(makers))} alone.")
    return maker()


def by_user_name(folded: str) -> Select[int]:
    """Return the query for the accounts that directories know by a name."""
    return _named(
        ScimUser.user_name_folded == folded,
        Account.username_folded == folded,
        and_(Account.email == folded, Account.username.is_(None)),
    )


def _named(by_directory: Condition, by_username: Condition, by_address: Condition) -> Select[int]:
    is_named = exists().where(ScimUser.account_id == Account.id)
    found = union_all(
        select(ScimUser.account_id).where(by_directory),
        select(Account.id).where(by_username, ~is_named),
        select(Account.id).where(by_address, ~is_named),
    ).subquery()
    return select(found.c[0])


def _compare(asked: Compare, client_id: str) -> Condition:
    made = COMPARED.get((_name(asked.path), asked.operator))
    if made is None:
        raise _unknown(f"{asked.path} {asked.operator}")
    if _name(asked.path) == "active":
        return _is_active(asked)
    if not isinstance(asked.value, str):
        raise bad(INVALID_FILTER, f"{asked.path[:100]} compares with a text in quotes.")
    return made(asked.value, client_id)


def _within(path: str, part: Filter, client_id: str) -> Condition:
    """Return a condition within brackets, of `emails[value eq "..."]`: a person has one address that counts."""
    if _name(path) not in {"emails", "groups"}:
        raise _unknown(f"{path}[...]")
    if isinstance(part, Compare):
        return _compare(Compare(f"{path}.{part.path}", part.operator, part.value), client_id)
    raise _unknown(f"{path}[...]")


def _user_name(text: str, _client_id: str) -> Condition:
    return Account.id.in_(session().scalars(by_user_name(writing.fold(text))).all())


def _user_name_begins(text: str, _client_id: str) -> Condition:
    folded = writing.fold(text)
    if not folded:
        return true()
    by_address = and_(
        words.index.among(Account.id, text),
        Account.email.startswith(folded, autoescape=True),
        Account.username.is_(None),
    )
    return Account.id.in_(
        _named(begins(ScimUser.user_name_folded, folded), begins(Account.username_folded, folded), by_address)
    )


def _email(text: str, _client_id: str) -> Condition:
    read = identity.read_email(text)
    return Account.email == read if isinstance(read, str) else false()


def _external(text: str, client_id: str) -> Condition:
    return Account.id.in_(
        session().scalars(_externals(client_id).where(ScimUserId.external_id == text).limit(MOST_SAME)).all()
    )


def _externals(client_id: str) -> Select[int]:
    return select(ScimUserId.account_id).where(ScimUserId.client_id == client_id)


def _group(text: str, _client_id: str) -> Condition:
    number = lookup.read_number(text)
    within = select(GroupMember.account_id).where(GroupMember.group_id == number, lookup.counts(GroupMember))
    return Account.id.in_(within) if number is not None else false()


def _is_active(asked: Compare) -> Condition:
    value = asked.value.lower() == "true" if isinstance(asked.value, str) else asked.value
    if not isinstance(value, bool):
        raise bad(INVALID_FILTER, "active compares with true or false.")
    return Account.disabled_at.is_(None) if value else Account.disabled_at.is_not(None)


def _by_name(column: Any, *, begins_so: bool = False) -> Callable[[str, str], Condition]:
    """Return what makes the condition that a name is a text, or begins with it, whatever the case; it is compared here, not in SQL."""

    def make(text: str, _client_id: str) -> Condition:
        wanted = writing.fold(text)
        query = select(Account.id, column).where(words.index.among(Account.id, text)).limit(MOST_LOOKED_AT + 1)
        rows = session().execute(query).all()
        folded = [(row[0], writing.fold(row[1])) for row in rows]
        found = [number for number, name in folded if (name.startswith(wanted) if begins_so else name == wanted)]
        if len(rows) > MOST_LOOKED_AT or len(found) > MOST_NAMED:
            raise bad(TOO_MANY, f"More than {MOST_NAMED} people have such a name. Ask for more of it.")
        return Account.id.in_(found)

    return make


def _called() -> ColumnElement[Any]:
    """Return the name by which directories know a person, as `telling.user_name` has it."""
    of_directory = select(ScimUser.user_name_folded).where(ScimUser.account_id == Account.id).scalar_subquery()
    return cast(func.coalesce(of_directory, Account.username_folded, Account.email), Name)  # ordered by code points


def _name(path: str) -> str:
    return path.lower().removeprefix("urn:ietf:params:scim:schemas:core:2.0:user:")


def _unknown(what: str) -> Problem:
    return bad(INVALID_FILTER, f"People are not found by “{what[:100]}”: {KNOWN}.")


COMPARED: Mapping[tuple[str, str], Callable[[str, str], Condition]] = {
    ("id", "eq"): lambda text, _client_id: Account.sub == text,
    ("username", "eq"): _user_name,
    ("username", "sw"): _user_name_begins,
    ("externalid", "eq"): _external,
    ("emails", "eq"): _email,
    ("emails.value", "eq"): _email,
    ("groups", "eq"): _group,
    ("groups.value", "eq"): _group,
    ("active", "eq"): lambda _text, _client_id: true(),
    ("name.familyname", "eq"): _by_name(Account.family_name),
    ("name.givenname", "eq"): _by_name(Account.given_name),
    ("name.familyname", "sw"): _by_name(Account.family_name, begins_so=True),
    ("name.givenname", "sw"): _by_name(Account.given_name, begins_so=True),
}
