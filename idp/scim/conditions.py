"""Filters as conditions of SQL, whatever they are about (RFC 7644, section 3.4.2.2)."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, and_, not_, or_

from idp.scim.filters import Compare, Filter, Joined, Negated, Present, Within

Condition = ColumnElement[bool]


def combine(asked: Filter, make: Callable[[Compare | Present | Within], Condition]) -> Condition:
    """Return the condition that a filter stands for, of those that `make` returns for what it joins and negates."""
    match asked:
        case Joined(word, parts):
            found = [combine(part, make) for part in parts]
            return and_(*found) if word == "and" else or_(*found)
        case Negated(part):
            return not_(combine(part, make))
        case _:
            return make(asked)
