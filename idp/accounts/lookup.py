"""Finding accounts: by number, subject, address, username; and the paged search of administrators."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, inspect, select

from idp.accounts import identity, words
from idp.accounts.models import Account
from idp.base.database import adopt, apart, open_connection, session
from idp.base.finding import Found, begins
from idp.base.outcome import Reason, Refused
from idp.base.statements import join, parameter, statement

MOST_NAMES = 50  # usernames that one search finds
MOST_READ = 20_000  # usernames that one search for a part of them reads
LARGEST_ID = 2**31 - 1  # what the column holds


@dataclass(frozen=True)
class Person:
    """What is told of an account, by the names of its columns, where the account itself is not needed."""

    sub: str
    username: str | None
    given_name: str
    family_name: str
    picture: str | None
    details: dict[str, Any]
    attributes: dict[str, Any] | None
    updated_at: datetime
    email: str
    email_verified_at: datetime | None
    proved_apart_at: datetime | None

    @property
    def is_verified(self) -> bool:
        """Whether somebody proved to own the address."""
        return self.email_verified_at is not None

    @property
    def name(self) -> str:
        """The full name, empty when none was given."""
        return f"{self.given_name} {self.family_name}".strip()


def find(account_id: int) -> Account | None:
    """Return an account by its number."""
    return session().get(Account, account_id)


def lock(account_id: int) -> Account | None:
    """Return an account as it is now, and keep others from changing it until the commit."""
    session().flush()
    join()
    row = _lock.first(id=account_id)
    return adopt(Account, row._asdict()) if row is not None else None


def find_by_sub(sub: str) -> Account | None:
    """Return an account by its subject."""
    return session().scalar(select(Account).where(Account.sub == sub))


def find_by_email(email: str) -> Account | None:
    """Return an account by its canonical address."""
    return session().scalar(select(Account).where(Account.email == email))


def find_by_identifier(identifier: str) -> Account | None:
    """Return an account by e-mail address or username, whichever was typed."""
    identifier = identifier.strip()
    if "@" in identifier:
        email = identity.read_email(identifier)
        return find_by_email(email) if isinstance(email, str) else None
    return session().scalar(select(Account).where(Account.username_folded == identity.fold(identifier)))


def look(identifier: str) -> Account | None:
    """Return what `find_by_identifier` finds, to be looked at and never to be changed: it is of no session (`database.apart`)."""
    if open_connection() is not None:
        session().flush()  # as before any query of the session's own
    identifier = identifier.strip()
    if "@" in identifier:
        email = identity.read_email(identifier)
        row = _by_email.first(email=email) if isinstance(email, str) else None
    else:
        row = _by_username.first(username=identity.fold(identifier))
    return apart(Account, row._asdict()) if row is not None else None


def names_of(subs: Iterable[str | None]) -> dict[str, str]:
    """Return the addresses of those of these subjects that have an account."""
    rows = session().execute(select(Account.sub, Account.email).where(Account.sub.in_({sub for sub in subs if sub})))
    return {row.sub: row.email for row in rows}


def search(term: str, most: int) -> Found[Account]:
    """Return up to `most` accounts by words of username, address, names and `sub`, or their beginnings, in any order.

    Case and accents are nothing; a term without a letter or digit finds nobody, an empty one everybody.
    """
    return words.index.find(term, select(Account).order_by(Account.id), most)


def find_public(account_id: int) -> Account | None:
    """Return an account by a number that anybody may have made up; None for a disabled one."""
    account = find(account_id) if 0 < account_id <= LARGEST_ID else None
    return account if account is not None and account.disabled_at is None else None


def search_usernames(term: str, limit: int = MOST_NAMES) -> list[str]:
    """Return the usernames of enabled accounts that contain `term`, in order; nothing for an empty one.

    Only an index has them all in order: of more than `MOST_READ` usernames, those that begin with the term are found among all, and
    those that have it further on among the first so many.
    """
    folded = identity.fold(term)
    if not folded:
        return []
    name, enabled = Account.username_folded, Account.disabled_at.is_(None)
    names = select(name, Account.username, Account.disabled_at).order_by(name)
    some = names.where(name.is_not(None)).limit(MOST_READ).subquery()
    inside = select(some.c.username_folded, some.c.username).where(
        some.c.username_folded.contains(folded, autoescape=True), some.c.disabled_at.is_(None)
    )
    beginning = select(name, Account.username).where(begins(name, folded), enabled)
    found = {
        row[0]: row[1] for query in (beginning.order_by(name), inside) for row in session().execute(query.limit(limit))
    }
    return [found[folded] for folded in sorted(found)][:limit]


def refuse_closed(account: Account) -> Refused | None:
    """Refuse an account that nobody may sign in to: ACCOUNT_LEAVING before its erasure, else ACCOUNT_DISABLED."""
    if account.disabled_at is None:
        return None
    return Refused(Reason.ACCOUNT_LEAVING if account.erase_at is not None else Reason.ACCOUNT_DISABLED)


def canonical_name(identifier: str) -> str:
    """Return what an identifier is compared by, also where it names nobody."""
    email = identity.read_email(identifier) if "@" in identifier else None
    return email if isinstance(email, str) else identity.fold(identifier)


def personal_words(account: Account) -> list[str]:
    """Return what the account's password must not be."""
    values = [account.email, account.username, account.given_name, account.family_name]
    return [value for value in values if value]


def _accounts() -> Select[Any]:
    return select(*inspect(Account).columns)


@statement
def _by_email(_dialect: str) -> Select[Any]:
    return _accounts().where(Account.email == parameter("email", Account.email))


@statement
def _by_username(_dialect: str) -> Select[Any]:
    return _accounts().where(Account.username_folded == parameter("username", Account.username_folded))


@statement
def _lock(_dialect: str) -> Select[Any]:
    return _accounts().where(Account.id == parameter("id", Account.id)).with_for_update()
