"""Long lists: what was searched for, and counting and slicing in SQL, as far as it is bounded: no page reads a whole table.

A list has the first `MOST` rows of a search, which a narrower one gets past; what is merely counted is counted up to `MOST_COUNTED`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select, func, literal, select

from idp.base.database import session
from idp.base.finding import Found

PAGE_SIZE = 25
LONGEST_TERM = 200
MOST = 1000
MOST_COUNTED = 10_000

Row = TypeVar("Row")


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """One page of a list, with the size of the whole; one that is cut off has more rows than are listed."""

    items: list[Row]
    page: int
    pages: int
    total: int
    url: Callable[[int], str]
    is_cut_off: bool = False

    @property
    def told(self) -> str:
        """How many rows there are, for people."""
        return f"{self.total}+" if self.is_cut_off else str(self.total)


def term(name: str = "q") -> str:
    """Return what was searched for, within bounds."""
    return request.args.get(name, "").strip()[:LONGEST_TERM]


def count(query: Select[Any], most: int | None = None) -> int:
    """Return how many rows a query has; one more than `most`, by default `MOST_COUNTED`, for all that have more."""
    most = MOST_COUNTED if most is None else most
    some = query.order_by(None).with_only_columns(literal(1), maintain_column_froms=True).limit(most + 1)
    return session().scalar(select(func.count()).select_from(some.subquery())) or 0


def tell(counted: int) -> str:
    """Return for people what `count` found."""
    return f"{MOST_COUNTED}+" if counted > MOST_COUNTED else str(counted)


def tell_count(query: Select[Any]) -> str:
    """Return for people how many rows a query has."""
    return tell(count(query))


def take(query: Select[Row], size: int = PAGE_SIZE) -> Slice[Row]:
    """Return the page that the address asks for (`page`); one beyond the end counts as the last."""
    counted = count(query, MOST)
    total = min(counted, MOST)
    pages = max(1, ceil(total / size))
    page = min(_asked_page(), pages)
    items = list(session().scalars(query.limit(size).offset((page - 1) * size)))
    return Slice(items, page, pages, total, _page_url, is_cut_off=counted > MOST)


def cut(found: Found[Row], size: int = PAGE_SIZE) -> Slice[Row]:
    """Return the page that the address asks for, of what a search found."""
    total = len(found.keys)
    pages = max(1, ceil(total / size))
    page = min(_asked_page(), pages)
    items = found.load(found.keys[(page - 1) * size : page * size])
    return Slice(items, page, pages, total, _page_url, is_cut_off=found.is_cut_off)


def _asked_page() -> int:
    text = request.args.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _page_url(page: int) -> str:
    kept = {name: value for name, value in request.args.items() if name != "page" and value}
    return f"{request.path}?{urlencode(kept | {'page': page})}"
