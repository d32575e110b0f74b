"""Policies as a file has them: a value by name. One that nobody has decided has no entry, and none is ever undone by leaving it away."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from idp import policies
from idp.accounts.admission import domains
from idp.accounts.admission import service as admission
from idp.accounts.admission.rules import RULE, Mode, Rules
from idp.applying.form import Entry
from idp.applying.shapes import Filled
from idp.applying.states import State, Terms
from idp.base.outcome import Refused
from idp.factors import policy as second_factor


@dataclass(frozen=True)
class Decided:
    """A policy: its rule, what of a file is a value of it, and the function of its room that decides it."""

    rule: policies.Rule[Any]
    read: Callable[[Any], Any]
    put: Callable[[Any, str], list[Refused]]


def _put_second_factor(value: second_factor.Required, actor: str) -> list[Refused]:
    second_factor.put(value, actor=actor)
    return []


def _read_sign_up(found: Filled) -> Rules:
    allow, deny = (
        frozenset(domains.canonical(name) or name for name in found.values.get(member, []))
        for member in ("allow", "deny")
    )
    return Rules(Mode(found.values["mode"]), allow, deny, found.values.get("refuse_disposable", False))


def _put_sign_up(value: Rules, actor: str) -> list[Refused]:
    return admission.put(value, actor=actor)


# In the order of a file; what each value may be is said in `members.POLICY`.
TABLE = {
    "second_factor": Decided(second_factor.RULE, second_factor.RULE.read, _put_second_factor),
    "sign_up": Decided(RULE, _read_sign_up, _put_sign_up),
}


def look(name: str) -> State | None:
    """Return what has been decided."""
    rule = TABLE[name].rule
    value, decided = policies.look(rule)
    return State({"name": name, "value": rule.write(value)}) if decided is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Decide, where that is something new."""
    decided = TABLE[entry.key]
    value = decided.read(entry.values["value"])
    return decided.put(value, terms.actor) if policies.look(decided.rule)[0] != value else []


def remove(_name: str, _terms: Terms) -> list[Refused]:
    """Leave it: nobody weakens a rule by leaving a line away."""
    return []


def every() -> Iterator[State]:
    """Yield what has been decided."""
    found = (look(name) for name in TABLE)
    yield from (state for state in found if state is not None)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return "value" if field is not None else None
