"""What somebody may, as it is now, and who owns the server. Nothing here writes.

A role counts until its end, and only on an open account with a proved address. Owners without an end date alone count as those who
remain: whoever has one is none any more some day.
"""

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Integer, Select, String, column, func, or_, select, table

from idp.accounts.authority.permissions import LIMITED, OWNER, ROLES
from idp.accounts.models import Account, AdministratorRole, GroupAdministrator
from idp.base import clock
from idp.base.database import connection, session

OWNERS = 7305120  # the number of the advisory lock
MOST_NAMED = 5

_groups = table(
    "groups", column("id", Integer), column("path", String)
)  # of the room above, which is asked for a name alone


def permissions_of(account: Account) -> frozenset[str]:
    """Return what somebody may now, on the whole server; nothing on a closed account, or while nobody has proved its address.

    Roles that are limited to one group's people add nothing: what they open says so by itself.
    """
    return _permitted(roles_of(account)) if account.is_administrator else frozenset()


def carried_by(account: Account) -> frozenset[str]:
    """Return what an account's roles permit, on anybody at all, also while it is closed."""
    if not account.is_admin:
        return frozenset()
    limited = (LIMITED.get(row.role, frozenset()) for row in limited_of(account))
    return _permitted(roles_of(account)).union(*limited)


def roles_of(account: Account) -> list[AdministratorRole]:
    """Return the roles that an account has, by name; those that have ended are none."""
    query = select(AdministratorRole).where(AdministratorRole.account_id == account.id, _is_live())
    found = query.order_by(AdministratorRole.role).execution_options(populate_existing=True)
    return list(session().scalars(found))


def limited_of(account: Account) -> list[GroupAdministrator]:
    """Return the roles that an account has for the people of some groups; those that have ended are none."""
    own = GroupAdministrator
    query = select(own).where(own.account_id == account.id, or_(own.ends_at.is_(None), own.ends_at > clock.now()))
    found = query.order_by(own.role, own.group_id).execution_options(populate_existing=True)
    return list(session().scalars(found))


def has_any(account: Account) -> bool:
    """Return whether an account has any role, for the whole server or for some group's people."""
    return bool(roles_of(account) or limited_of(account))


def find(account: Account, role: str) -> AdministratorRole | None:
    """Return a role that an account has."""
    return next((row for row in roles_of(account) if row.role == role), None)


def covers(permissions: frozenset[str], account: Account) -> bool:
    """Return whether somebody with these permissions may act on an account: it must carry none that they lack."""
    return carried_by(account) <= permissions


def listing() -> Select[AdministratorRole]:
    """Return the query for all roles that somebody has, owners first, then by role and by when it was given."""
    by_power = [AdministratorRole.role != role for role in ROLES]
    return select(AdministratorRole).where(_is_live()).order_by(*by_power, AdministratorRole.given_at)


def owners(limit: int = MOST_NAMED) -> list[Account]:
    """Return those who own the server now, the oldest first."""
    return list(session().scalars(_owners().order_by(Account.id).limit(limit)))


def is_owner(account: Account) -> bool:
    """Return whether somebody may everything now."""
    return account.is_administrator and find(account, OWNER) is not None


def has_owner() -> bool:
    """Return whether anybody may everything on this server, for good; the answer holds until the commit."""
    return bool(_list_lasting())


def is_last_owner(account: Account) -> bool:
    """Return whether nobody else would own the server for good; the answer holds until the commit."""
    return account.is_administrator and find(account, OWNER) is not None and _list_lasting() == {account.id}


def end_of(until: date | None) -> datetime | None:
    """Return the instant at which a role ends whose last day is `until`, by UTC."""
    return datetime.combine(until + timedelta(days=1), time.min, UTC) if until is not None else None


def last_day(row: AdministratorRole | GroupAdministrator) -> date | None:
    """Return the last day of a role, by UTC; None of one without an end."""
    return (row.ends_at - timedelta(days=1)).date() if row.ends_at is not None else None


def tell(account: Account) -> list[str]:
    """Return the roles of an account as the audit log has them; groups by the paths that they have now."""
    ends = [(row.role, last_day(row)) for row in roles_of(account)]
    ends += [(f"{row.role} for {path_of(row)}", last_day(row)) for row in limited_of(account)]
    return [f"{role} until {day.isoformat()}" if day is not None else role for role, day in ends]


def path_of(row: GroupAdministrator) -> str:
    """Return the path of the group to whose people a role is limited."""
    found: str = session().execute(select(_groups.c.path).where(_groups.c.id == row.group_id)).scalar_one()
    return found


def _permitted(rows: list[AdministratorRole]) -> frozenset[str]:
    return frozenset().union(*(ROLES.get(row.role, frozenset()) for row in rows))


def _is_live() -> ColumnElement[bool]:
    return or_(AdministratorRole.ends_at.is_(None), AdministratorRole.ends_at > clock.now())


def _owners() -> Select[Account]:
    owning = select(AdministratorRole.account_id).where(AdministratorRole.role == OWNER, _is_live())
    is_open = (Account.email_verified_at.is_not(None), Account.disabled_at.is_(None))
    return select(Account).where(Account.id.in_(owning), Account.is_admin, *is_open)


def _list_lasting() -> set[int]:
    """Return all owners without an end date. Whoever asks is alone with the answer until the commit, so that two who withdraw each other
    cannot both succeed. Their rows are not locked: who asks holds some of them already, and two would wait for each other.
    """
    if connection().dialect.name == "postgresql":
        connection().execute(select(func.pg_advisory_xact_lock(OWNERS)))
    lasting = select(AdministratorRole.account_id).where(
        AdministratorRole.role == OWNER, AdministratorRole.ends_at.is_(None)
    )
    return set(session().scalars(_owners().where(Account.id.in_(lasting)).with_only_columns(Account.id)))
