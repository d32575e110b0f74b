"""What may stand in an attribute, by its kind: texts as people type them become what is kept, or a sentence that says what is wrong."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from flask_babel import gettext as _

from idp.base import writing

LONGEST = 300  # characters of a text, whatever its bounds say
# As many digits as every reader of JSON keeps (RFC 8259, section 6), written without an exponent.
NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?", re.ASCII)
MOST_DIGITS = 15
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
LENGTH = re.compile(r"[0-9]{1,3}", re.ASCII)

Value = str | int | float


class Ruled(Protocol):
    """What of a definition a value is judged by."""

    @property
    def kind(self) -> str:
        """Which kind of value it has."""

    @property
    def choices(self) -> tuple[str, ...]:
        """What there is to choose from."""

    @property
    def minimum(self) -> str:
        """The smallest, as it was written; empty for none."""

    @property
    def maximum(self) -> str:
        """The largest, as it was written; empty for none."""


@dataclass(frozen=True)
class Wrong:
    """Why a text is no value."""

    sentence: str


def read(rule: Ruled, text: str) -> Value | Wrong:
    """Return what is kept of a text that is not empty."""
    text = text.strip()
    match rule.kind:
        case "number":
            return _read_number(rule, text)
        case "choice":
            return text if text in rule.choices else Wrong(_("Choose from what is offered."))
        case "date":
            return _read_day(rule, text)
        case _:
            return _read_text(rule, text)


def show(value: Any) -> str:
    """Return a value as people would type it."""
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"
    return "" if value is None else str(value)


def read_bound(kind: str, text: str) -> Decimal | date | None:
    """Return a bound of a kind, or None for a text that is none."""
    if kind == "date":
        return _day(text)
    if kind == "number":
        return _number(text)
    length = Decimal(text) if LENGTH.fullmatch(text) else None
    return length if length is not None and 1 <= length <= LONGEST else None


def say_bound(kind: str) -> str:
    """Return what a bound of a kind has to be."""
    if kind == "date":
        return str(_("Enter a day as year, month and day, such as 2027-01-31."))
    if kind == "number":
        return str(_("Enter a number, such as 12 or 12.5."))
    return str(_("Enter how many characters, from 1 to %(most)s.", most=LONGEST))


def _read_text(rule: Ruled, text: str) -> Value | Wrong:
    kept = writing.tidy(text).strip()
    if writing.find_fault(kept) is not None:
        return Wrong(_("This has a character that cannot be used."))
    least, most = int(rule.minimum or 1), int(rule.maximum or LONGEST)
    if len(kept) < least:
        return Wrong(_("Use at least %(least)s characters.", least=least))
    return kept if len(kept) <= most else Wrong(_("Use at most %(most)s characters.", most=most))


def _read_number(rule: Ruled, text: str) -> Value | Wrong:
    number = _number(text)
    if number is None:
        return Wrong(say_bound("number"))
    least, most = _number(rule.minimum), _number(rule.maximum)
    if least is not None and number < least:
        return Wrong(_("Enter %(bound)s or more.", bound=rule.minimum))
    if most is not None and number > most:
        return Wrong(_("Enter %(bound)s or less.", bound=rule.maximum))
    return int(number) if number == number.to_integral_value() else float(number)


def _read_day(rule: Ruled, text: str) -> Value | Wrong:
    day = _day(text)
    if day is None:
        return Wrong(say_bound("date"))
    first, last = _day(rule.minimum), _day(rule.maximum)
    if first is not None and day < first:
        return Wrong(_("Enter %(bound)s or a later day.", bound=rule.minimum))
    if last is not None and day > last:
        return Wrong(_("Enter %(bound)s or an earlier day.", bound=rule.maximum))
    return day.isoformat()


def _number(text: str) -> Decimal | None:
    text = writing.ascii_digits(text).replace("\u2212", "-") if len(text) <= LONGEST else ""
    if not NUMBER.fullmatch(text):
        return None
    number = Decimal(text.replace(",", ".")).normalize()
    return number if len(number.as_tuple().digits) <= MOST_DIGITS else None


def _day(text: str) -> date | None:
    text = writing.ascii_digits(text) if len(text) <= LONGEST else ""
    try:
        return date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        return None
