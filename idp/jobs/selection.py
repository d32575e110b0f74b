"""Whom a job or an export is about: people who were named, or everybody whom a search finds, by their numbers, some at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from idp.accounts import words
from idp.accounts.models import Account
from idp.base.database import session

MOST_LISTED = 1000


@dataclass(frozen=True)
class Selection:
    """People by their `sub`, or with none everybody who has the words of a search; an empty search is everybody."""

    listed: tuple[str, ...] | None = None
    term: str = ""

    def told(self) -> str:
        """Return it as the audit log has it."""
        if self.listed is not None:
            return f"{len(self.listed)} named"
        return f"search: {self.term}" if self.term.strip() else "everybody"


def query(selection: Selection) -> Select[Any]:
    """Return the query for the numbers of these people."""
    return select(Account.id).where(_is_meant(selection))


def count(selection: Selection, last_id: int) -> int:
    """Return how many people these are, among the accounts up to a number."""
    counted = select(func.count()).select_from(Account).where(_is_meant(selection), Account.id <= last_id)
    return session().scalar(counted) or 0


def after(selection: Selection, number: int, last_id: int, limit: int) -> Sequence[int]:
    """Return the numbers of the next people behind one, in order."""
    within = (Account.id > number, Account.id <= last_id)
    return session().scalars(query(selection).where(*within).order_by(Account.id).limit(limit)).all()


def last_number() -> int:
    """Return the largest number of an account: who comes later is not meant."""
    return session().scalar(select(func.max(Account.id))) or 0


def _is_meant(selection: Selection) -> ColumnElement[bool]:
    if selection.listed is not None:
        return Account.sub.in_(selection.listed)
    return words.index.among(Account.id, selection.term)
