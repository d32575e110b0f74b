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
from idp.oauth.policy import MUST_PUSH
from idp.terms import service as terms_of_service
from idp.trail import retention


@dataclass(frozen=True)
class Decided:
    """A policy: its value as a file says it, None where nobody has decided; and what decides, where that is something new."""

    look: Callable[[], Any]
    put: Callable[[Any, str], list[Refused]]


def _look_at(rule: policies.Rule[Any]) -> Callable[[], Any]:
    def look() -> Any:
        value, decided = policies.look(rule)
        return rule.write(value) if decided is not None else None

    return look


def _put_second_factor(found: str, actor: str) -> list[Refused]:
    value = second_factor.RULE.read(found)
    if policies.look(second_factor.RULE)[0] != value:
        second_factor.put(value, actor=actor)
    return []


def _put_sign_up(found: Filled, actor: str) -> list[Refused]:
    allow, deny = (
        frozenset(domains.canonical(name) or name for name in found.values.get(member, []))
        for member in ("allow", "deny")
    )
    value = Rules(Mode(found.values["mode"]), allow, deny, found.values.get("refuse_disposable", False))
    return admission.put(value, actor=actor) if policies.look(RULE)[0] != value else []


def _look_at_terms() -> dict[str, str] | None:
    version = terms_of_service.find(policies.look(terms_of_service.RULE)[0])
    if version is None:
        return None
    told = {"name": version.name, "summary": version.summary, "text": version.text}
    return {member: value for member, value in told.items() if value}


def _put_terms(found: Filled, actor: str) -> list[Refused]:
    name, text, summary = terms_of_service.tidy(
        found.values["name"], found.values["text"], found.values.get("summary", "")
    )
    if _look_at_terms() == {"name": name, "text": text} | ({"summary": summary} if summary else {}):
        return []
    published = terms_of_service.publish(name, text, summary, actor=actor)
    return published if isinstance(published, list) else []


def _put_retention(days: int, actor: str) -> list[Refused]:
    retention.put(days, actor=actor)
    return []


def _put_pushed_requests(found: bool, actor: str) -> list[Refused]:
    policies.put(MUST_PUSH, found, actor=actor)
    return []


# In the order of a file; what each value may be is said in `members.POLICY`.
TABLE = {
    "second_factor": Decided(_look_at(second_factor.RULE), _put_second_factor),
    "sign_up": Decided(_look_at(RULE), _put_sign_up),
    "terms": Decided(_look_at_terms, _put_terms),
    "pushed_requests": Decided(_look_at(MUST_PUSH), _put_pushed_requests),
    "audit_retention": Decided(retention.get, _put_retention),
}


def look(name: str) -> State | None:
    """Return what has been decided."""
    value = TABLE[name].look()
    return State({"name": name, "value": value}) if value is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Decide, where that is something new."""
    return TABLE[entry.key].put(entry.values["value"], terms.actor)


def remove(_name: str, _terms: Terms) -> list[Refused]:
    """Leave it: nobody weakens a rule by leaving a line away."""
    return []


def every(_after: str = "", _most: int | None = None) -> Iterator[State]:
    """Yield what has been decided."""
    found = (look(name) for name in TABLE)
    yield from (state for state in found if state is not None)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return "value" if field is not None else None
