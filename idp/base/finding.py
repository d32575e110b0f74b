"""Finding rows by words: a table with a row a word beside another table, so that a search is a range of an index however long both are.

What the words of a row are is said by its room (`accounts.words`, `clients.words`). No search reads more than `MANY` entries of the index
for a word, nor asks more than as many rows for another one.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, func, intersect, select, true

from idp.base import writing
from idp.base.database import session
from idp.base.derived import Derived

LONGEST = 64  # characters of a word that count
MOST = 10  # words of one search that count: the longest
MANY = 20_000  # entries of the index that are read for one word
MERGED = 10  # how many times as many entries as the rarest word has are read, rather than asking each of its rows

Row = TypeVar("Row")


def split(text: str) -> list[str]:
    """Return the words of a text, as long as they count."""
    return [word[:LONGEST] for word in writing.words(text)]


@dataclass(frozen=True)
class Found(Generic[Row]):
    """What a search found: the keys of rows, in the order of `query`, and whether it stopped before it had looked at all of them."""

    query: Select[Row]
    key: Any
    keys: Sequence[Any]
    is_cut_off: bool

    def load(self, keys: Sequence[Any]) -> list[Row]:
        """Return some of the rows."""
        return list(session().scalars(self.query.where(self.key.in_(keys)))) if keys else []

    def rows(self) -> list[Row]:
        """Return all of them."""
        return self.load(self.keys)


class WordIndex(Derived):
    """The words of one table's rows."""

    def find(self, term: str, query: Select[Row], most: int, by: Any = None) -> Found[Row]:
        """Return the rows of a query whose words begin with those of a search, in any order; up to `most`, all for an empty one.

        The query orders them by a column `by`, where there is one, and their key. A search without a letter or digit finds nothing.
        Of words that so many rows have, the first of the index are looked at: those in which the word stands as it was typed. Where
        no word is rarer, or more than `most` rows fit, the search is cut off.
        """
        counted = _count_words(term)
        if term.strip() and not counted:
            return Found(query, self.key, [], is_cut_off=False)
        keys: Select[Any] = query.with_only_columns(self.key).limit(most + 1)
        is_cut_off = False
        if counted:
            sizes = self._sizes(counted)
            keys = self._in_order(self._owners(sizes).limit(most + 1), by)
            is_cut_off = min(sizes.values()) >= MANY
        found = session().scalars(keys).all()
        return Found(query, self.key, found[:most], is_cut_off=is_cut_off or len(found) > most)

    def among(self, column: Any, term: str) -> ColumnElement[bool]:
        """Return the condition that the row which a column of another table names has every word of a search; all for an empty one.

        Where one of the words is rare, the rows are those of the index; else whoever asks has fewer, each of which is looked up.
        """
        counted = _count_words(term)
        if not counted:
            return false() if term.strip() else true()
        sizes = self._sizes(counted)
        if min(sizes.values()) < MANY:
            return column.in_(self._owners(sizes))  # type: ignore[no-any-return]
        return and_(*(self._has(column, word) for word in sizes))

    def _sizes(self, words: list[str]) -> dict[str, int]:
        """Return how many entries of the index begin with each word, as far as it matters; the rarest word first."""
        some = [select(1).where(begins(self.value, word)).limit(MANY).subquery() for word in words]
        row = session().execute(select(*(select(func.count()).select_from(part).scalar_subquery() for part in some)))
        sizes = dict(zip(words, row.one(), strict=True))
        return dict(sorted(sizes.items(), key=lambda item: item[1]))

    def _owners(self, sizes: dict[str, int]) -> Select[Any]:
        """Return the query for the rows that have every word.

        Words of about as many rows are read and compared; what is found so is asked for the others, one row after the other.
        """
        rarest, least = next(iter(sizes.items()))
        merged = [word for word, size in sizes.items() if size < min(MANY, MERGED * least + 1)] or [rarest]
        if len(merged) == 1:
            # In the order of the index, and no more of it, whatever the planner thinks.
            first = select(self.owner).where(begins(self.value, rarest)).order_by(self.value, self.owner)
            entries = first.limit(MANY).subquery()
            some: Any = select(entries.c[0]).distinct().order_by(entries.c[0])
        else:
            # SQLite begins with the first.
            some = intersect(*(select(self.owner).where(begins(self.value, word)) for word in merged)).order_by(
                self.owner.key
            )
        # The bound keeps the other words from being asked before the rows are known and in order.
        known = some.limit(MANY).subquery()
        return select(known.c[0]).where(*(self._has(known.c[0], word) for word in sizes if word not in merged))

    def _in_order(self, some: Select[Any], by: Any) -> Select[Any]:
        """Return the query for keys in the order of the list: each is looked up, whatever else a planner would do with some hundred."""
        owner = some.subquery().c[0]
        order = [] if by is None else [select(by).where(self.key == owner).scalar_subquery()]
        return select(owner).order_by(*order, owner)

    def _has(self, owner: Any, word: str) -> ColumnElement[bool]:
        """Return the condition that a row has a word: by a look into the index for each row, and no join that reads all who have it."""
        return (
            select(self.value)
            .where(self.owner == owner, begins(self.value, word))
            .limit(1)
            .scalar_subquery()
            .is_not(None)
        )


def _count_words(term: str) -> list[str]:
    """Return the words of a search that count."""
    return sorted(set(split(term)), key=lambda word: (-len(word), word))[:MOST]


def begins(column: Any, start: str) -> ColumnElement[bool]:
    """Return the condition that a column, ordered by code points, begins with a text: a range of its index."""
    return and_(column >= start, column < _behind(start))


def _behind(start: str) -> str:
    """Return the first text after all that begin with a text, by code points."""
    last = ord(start[-1]) + 1
    return start[:-1] + chr(0xE000 if last == 0xD800 else min(last, sys.maxunicode))
