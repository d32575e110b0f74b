"""Two administrators who edit one thing at once: a form carries what it was read with, and a stale one is shown the difference.

Nothing is lost: the page that answers has, at each field, what whoever sends it has typed, and what the other has changed elsewhere. Saved
again, it counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash
from flask_babel import gettext as _
from wtforms import Form

from idp.admin import tickets

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """A member that somebody else has changed since the form was read: its label, and the three values of it."""

    label: str
    before: Any
    theirs: Any
    yours: Any

    @property
    def is_contested(self) -> bool:
        """Whether both changed it, each to something else."""
        return self.yours not in (self.before, self.theirs)


def begin(values: Values) -> str:
    """Return what a form carries along, in a hidden field, of the values that it was read with."""
    return tickets.of_values(values)


def begun_with(carried: str | None) -> Values | None:
    """Return the values that a form was read with; None where it does not say so any more."""
    return tickets.read_values(carried)


def labels_of(form: Form) -> dict[str, str]:
    """Return what each field of a form is called, for the comparison."""
    return {field.name: str(field.label.text) for field in form}


def compare(before: Values, theirs: Values, yours: Values, labels: Mapping[str, str]) -> list[Difference]:
    """Return what somebody else has changed."""
    return [
        Difference(labels.get(name, name), before.get(name), value, yours.get(name))
        for name, value in theirs.items()
        if before.get(name) != value
    ]


def merge(before: Values, theirs: Values, yours: Values) -> dict[str, Any]:
    """Return the values to go on with: yours where you changed them, else theirs."""
    return {name: theirs[name] if value == before.get(name) else value for name, value in yours.items()}


def settle(
    seen: Values | None, theirs: Values, yours: Values, labels: Mapping[str, str]
) -> tuple[list[Difference], dict[str, Any]]:
    """Return what somebody else has changed since a form was read with `seen`, and the values to go on with.

    None where the form does not say what it was read with: the person is told so, and what is there counts as read.
    """
    if seen is None:
        note_expired()
    before = theirs if seen is None else seen
    return compare(before, theirs, yours, labels), merge(before, theirs, yours)


def note_expired() -> None:
    """Say that a form does not tell any more what it was read with."""
    flash(_("This form had expired. Look at the settings, then save again."), "info")
