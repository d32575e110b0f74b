"""Filters (RFC 7644, section 3.4.2.2), read into a tree: no longer, no deeper, and with no more comparisons than a directory needs.

What becomes of a tree is said elsewhere: `matching` compares values of a document, `people_query` and `groups_query` make SQL of it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from idp.scim.problem import INVALID_FILTER, Problem, bad

LONGEST, MOST, DEEPEST = 1000, 20, 6  # characters, comparisons, parentheses one inside another
OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
TOKEN = re.compile(r'\s*(?:(?P<mark>[()\[\]])|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[^\s()\[\]"]+))')
NAME = re.compile(r"[A-Za-z$][A-Za-z0-9_$.:-]*")
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}

Value = str | bool | float | None


@dataclass(frozen=True)
class Compare:
    """That an attribute compares so with a value."""

    path: str
    operator: str
    value: Value


@dataclass(frozen=True)
class Present:
    """That an attribute has a value."""

    path: str


@dataclass(frozen=True)
class Joined:
    """That all of some conditions hold (`and`), or any (`or`)."""

    word: str
    parts: tuple["Filter", ...]


@dataclass(frozen=True)
class Negated:
    """That a condition does not hold."""

    part: "Filter"


@dataclass(frozen=True)
class Within:
    """That one value of a multi-valued attribute meets a condition."""

    path: str
    part: "Filter"


Filter = Compare | Present | Joined | Negated | Within


def read(text: str) -> Filter:
    """Return a filter as a tree.

    Raises:
        Problem: `invalidFilter`, with what is wrong with it.
    """
    if len(text) > LONGEST:
        raise _wrong(f"It is longer than {LONGEST} characters.")
    return _Reader(_split(text)).read()


def _wrong(why: str) -> Problem:
    return bad(INVALID_FILTER, f"The filter cannot be used. {why}")


def _split(text: str) -> list[str]:
    tokens, position = [], 0
    end = len(text.rstrip())
    while position < end:
        found = TOKEN.match(text, position)
        if found is None:
            raise _wrong(f"It cannot be read from character {position + 1} on.")
        tokens.append(found.group().strip())
        position = found.end()
    return tokens


class _Reader:
    """Reads tokens from the left: `or` binds less than `and`, and that less than `not`."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._next, self._compared, self._depth = tokens, 0, 0, 0

    def read(self) -> Filter:
        """Return all of them as a tree."""
        found = self._either()
        if self._peek():
            raise _wrong(f"Nothing is expected where “{self._peek()[:40]}” stands.")
        return found

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self, expected: str) -> str:
        token = self._peek()
        if not token:
            raise _wrong(f"It ends where {expected} is expected.")
        self._next += 1
        return token

    def _either(self) -> Filter:
        return self._joined("or", self._all)

    def _all(self) -> Filter:
        return self._joined("and", self._one)

    def _joined(self, word: str, part: Callable[[], Filter]) -> Filter:
        parts = [part()]
        while self._peek().lower() == word:
            self._next += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else Joined(word, tuple(parts))

    def _one(self) -> Filter:
        token = self._take("an attribute")
        if token == "(":  # noqa: S105 - a parenthesis
            return self._inside(")")
        if token.lower() == "not" and self._peek() == "(":
            self._next += 1
            return Negated(self._inside(")"))
        if NAME.fullmatch(token) is None:
            raise _wrong(f"An attribute is expected where “{token[:40]}” stands.")
        if self._peek() == "[":
            self._next += 1
            return Within(token, self._inside("]"))
        return self._compare(token)

    def _inside(self, end: str) -> Filter:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _wrong(f"It is nested deeper than {DEEPEST} levels.")
        found = self._either()
        if self._take(f"“{end}”") != end:
            raise _wrong(f"“{end}” is expected where “{self._tokens[self._next - 1][:40]}” stands.")
        self._depth -= 1
        return found

    def _compare(self, path: str) -> Filter:
        self._compared += 1
        if self._compared > MOST:
            raise _wrong(f"It has more than {MOST} comparisons.")
        operator = self._take("an operator").lower()
        if operator == "pr":
            return Present(path)
        if operator not in OPERATORS:
            raise _wrong(f"“{operator[:40]}” is no operator.")
        return Compare(path, operator, _value(self._take("a value")))


def _value(token: str) -> Value:
    """Return a value as JSON writes it; words of any case, as some clients send them."""
    if token.startswith('"'):
        try:
            text = json.loads(token)
            text.encode()
        except ValueError as error:
            raise _wrong("A text is no JSON.") from error
        if "\0" in text:
            raise _wrong("A text has a character that cannot be used.")
        return str(text)
    if token.lower() in WORDS:
        return WORDS[token.lower()]
    if NUMBER.fullmatch(token):
        return float(token)
    raise _wrong(f"A value is expected where “{token[:40]}” stands; texts stand in quotes.")
