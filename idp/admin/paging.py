"""Long lists: what was searched for, and counting and slicing in SQL, so that no page ever loads a whole table."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from flask import request
from sqlalchemy import Select, func, select

from idp.base.database import session

PAGE_SIZE = 25
LONGEST_TERM = 200

Row = TypeVar("Row")


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """One page of a list, with the size of the whole."""

    items: list[Row]
    page: int
    pages: int
    total: int
    url: Callable[[int], str]


def term(name: str = "q") -> str:
    """Return what was searched for, within bounds."""
    return request.args.get(name, "").strip()[:LONGEST_TERM]


def count(query: Select[Any]) -> int:
    """Return how many rows a query has."""
    return session().scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def take(query: Select[Row], size: int = PAGE_SIZE) -> Slice[Row]:
    """Return the page that the address asks for (`page`); one beyond the end counts as the last."""
    total = count(query)
    pages = max(1, ceil(total / size))
    page = min(_asked_page(), pages)
    items = list(session().scalars(query.limit(size).offset((page - 1) * size)))
    return Slice(items, page, pages, total, _page_url)


def cut(numbers: list[int], load: Callable[[list[int]], list[Row]], size: int = PAGE_SIZE) -> Slice[Row]:
    """Return the page that the address asks for, of rows that were found already and are known by their numbers."""
    pages = max(1, ceil(len(numbers) / size))
    page = min(_asked_page(), pages)
    items = load(numbers[(page - 1) * size : page * size])
    return Slice(items, page, pages, len(numbers), _page_url)


def _asked_page() -> int:
    text = request.args.get("page", "1")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _page_url(page: int) -> str:
    kept = {name: value for name, value in request.args.items() if name != "page" and value}
    return f"{request.path}?{urlencode(kept | {'page': page})}"
