"""Finding rows by words: a table with a row a word beside another table, so that a search is a range of an index however long both are.

What the words of a row are is said by its room (`accounts.words`, `clients.words`), which also keeps them.
"""

import sys
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, intersect, select

from idp.base import writing
from idp.base.database import session

LONGEST = 64  # characters of a word that count
MOST = 10  # words of one search that count: the longest
MANY = 20_000  # entries of the index that are too many to be looked at for one word


def split(text: str) -> list[str]:
    """Return the words of a text, as long as they count."""
    return [word[:LONGEST] for word in writing.words(text)]


@dataclass(frozen=True)
class WordIndex:
    """Where words stand: the key of what is searched for, and the columns of the words' table for that key and the word."""

    key: Any
    owner: Any
    word: Any

    def conditions(self, term: str) -> list[ColumnElement[bool]]:
        """Return what a row must fulfil whose words begin with those of a search, in any order; nothing for no words.

        Words that few have are looked up in the index, and what is found for all of them is kept; of those that many have, such as the
        end of an address, only the rows found are asked.
        """
        counted = sorted(set(split(term)), key=lambda word: (-len(word), word))[:MOST]
        sizes = {word: self._count(word) for word in counted}
        wanted = sorted(counted, key=lambda word: sizes[word])  # SQLite begins with the first
        leading = [word for word in wanted if sizes[word] < MANY] or wanted[:1]
        owners = [select(self.owner).where(begins(self.word, word)) for word in leading]
        found: list[ColumnElement[bool]] = [self.key.in_(intersect(*owners))] if owners else []
        for word in wanted:
            if word not in leading:
                found.append(select(1).where(self.owner == self.key, begins(self.word, word)).exists())
        return found

    def _count(self, word: str) -> int:
        """Return how many entries of the index begin with a word, as far as it matters."""
        some = select(1).where(begins(self.word, word)).limit(MANY).subquery()
        return session().scalar(select(func.count()).select_from(some)) or 0


def begins(column: Any, start: str) -> ColumnElement[bool]:
    """Return the condition that a column, ordered by code points, begins with a text: a range of its index."""
    return and_(column >= start, column < _behind(start))


def _behind(start: str) -> str:
    """Return the first text after all that begin with a text, by code points."""
    last = ord(start[-1]) + 1
    return start[:-1] + chr(0xE000 if last == 0xD800 else min(last, sys.maxunicode))
