"""Accounts by the thousand, for imports: what is taken is asked at once, and rows are written at once, with the words they are found by."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import insert, select

from idp.accounts import names, words
from idp.accounts.models import Account, SignUp
from idp.base import clock
from idp.base.database import connection, held, session


def find_emails(emails: Iterable[str]) -> set[str]:
    """Return which canonical addresses accounts have."""
    return set(session().scalars(select(Account.email).where(Account.email.in_(set(emails)))))


def find_usernames(folded: Iterable[str]) -> set[str]:
    """Return which folded usernames nobody new may have: of accounts, of attempts to sign up, and those that are held."""
    wanted = set(folded)
    taken = set(session().scalars(select(Account.username_folded).where(Account.username_folded.in_(wanted))))
    waiting = select(SignUp.username).where(SignUp.username.in_(wanted), SignUp.expires_at > clock.now())
    return {name for name in (*taken, *session().scalars(waiting)) if name is not None} | names.held_among(wanted)


def add(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Write accounts, all with the same columns, and their words; hold them, and return their numbers by `sub`.

    Raises:
        IntegrityError: somebody else has taken an address or a username since it was asked for; nothing is written.
    """
    made = connection().execute(insert(Account).returning(Account.sub, Account.id), rows).all()
    numbers: dict[str, int] = dict(made)
    held().update(numbers.values())
    words.index.write_new((numbers[row["sub"]], {"attributes": None, **row}) for row in rows)
    return numbers


def find_numbers(subs: Iterable[str]) -> Mapping[str, int]:
    """Return the numbers of the accounts of these subjects."""
    query = select(Account.sub, Account.id).where(Account.sub.in_(set(subs)))
    return dict(session().execute(query).all())
