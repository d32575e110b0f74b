"""What an event of the audit log counts as. Nothing here reads or writes a database."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from idp import audit
from idp.audit import FAILURE, SUCCESS
from idp.base import crypto
from idp.tallies.models import DAY, HOUR

SIGN_IN, NEW_ACCOUNT, REFUSAL = "sign_in", "new_account", "refusal"
ACTIVE, LAST_SEEN = "active", "last_seen"

# Ways in, as the key of a sign-in that succeeded; those that failed have one key, and their reasons among the refusals.
PASSWORD, TWO_FACTORS, PASSKEY, PROVIDER, FAILED = "password", "two_factors", "passkey", "provider", "failed"
WAYS = (PASSWORD, TWO_FACTORS, PASSKEY, PROVIDER)

NEW_ACCOUNTS = frozenset({"account.signed_up", "account.created", "account.imported"})
# How an account came that nobody made by hand, as its key.
IMPORTED, PROVISIONED = "imported", "provisioned"
TRIES = frozenset({"signin", "password.checked", "factor.checked"})
REASONS = {"password.checked": "wrong_password", "factor.checked": "wrong_code"}
RECENT = timedelta(days=92)  # what the pages show, and a little more
WORD = re.compile(r"[a-z][a-z0-9_.]{0,62}")


class Mark(NamedTuple):
    """What is counted: in which hour or on which day, and as what."""

    span: str
    at: datetime
    what: str
    key: str


Counts = Counter[Mark]
Visits = dict[bytes, datetime]


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour of an instant, in UTC."""
    return at.replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime) -> datetime:
    """Return the beginning of the day of an instant, in UTC."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def count(events: Iterable[Any]) -> Counts:
    """Return what events count as, each in its hour and on its day."""
    counts: Counts = Counter()
    for event in events:
        for what, key, times in _read(event):
            counts[Mark(HOUR, hour_of(event.at), what, key)] += times
            counts[Mark(DAY, day_of(event.at), what, key)] += times
    return counts


def visitors(events: Iterable[Any]) -> list[tuple[bytes, datetime]]:
    """Return who signed in, in which hour, in the order of the events and each pair once."""
    came = ((event.subject, hour_of(event.at)) for event in events if _is_visit(event))
    return [(crypto.digest(sub), hour) for sub, hour in dict.fromkeys(came)]


def count_people(came: Iterable[tuple[bytes, datetime]], known: Mapping[bytes, datetime]) -> tuple[Counts, Visits]:
    """Return how many people more were active, and when each of them was last: in each hour, on each day, and last of all on a day.

    Whoever comes twice in an hour is one, and so on a day. The sum of LAST_SEEN since some day is the number of people since then. The log
    is taken to be in order: a visit before the last one that is known adds nobody.
    """
    counts: Counts = Counter()
    latest: Visits = {}
    for digest, hour in came:
        last = latest.get(digest, known.get(digest))
        if last is not None and hour <= last:
            continue
        latest[digest] = hour
        counts[Mark(HOUR, hour, ACTIVE, "")] += 1
        day = day_of(hour)
        if last is not None and day_of(last) == day:
            continue
        counts[Mark(DAY, day, ACTIVE, "")] += 1
        counts[Mark(DAY, day, LAST_SEEN, "")] += 1
        if last is not None:
            counts[Mark(DAY, day_of(last), LAST_SEEN, "")] -= 1
    return counts, latest


def _read(event: Any) -> Iterable[tuple[str, str, int]]:
    """Yield what one event counts as, under which key, and how often."""
    if event.outcome == FAILURE:
        yield REFUSAL, _reason(event), _times(event)
        if event.event in TRIES:
            yield SIGN_IN, FAILED, 1
    elif event.event == "signin":
        yield SIGN_IN, _way(str(event.detail.get("amr", ""))), 1
    elif event.event in NEW_ACCOUNTS and event.outcome == SUCCESS:
        yield NEW_ACCOUNT, _origin(event), 1


def _origin(event: Any) -> str:
    """Return how an account came: from an export, from a directory, or else, which has no key."""
    if event.event == "account.imported":
        return IMPORTED
    return PROVISIONED if event.actor is not None and event.actor.startswith(audit.BY_CLIENT) else ""


def _way(amr: str) -> str:
    """Return by which way somebody came in, by the methods that were shown (RFC 8176)."""
    methods = set(amr.split())
    if {"mfa", "user"} <= methods and "pwd" not in methods:
        return PASSKEY
    if "mfa" in methods:
        return TWO_FACTORS
    return PROVIDER if "fed" in methods else PASSWORD


def _reason(event: Any) -> str:
    """Return why something was refused, in one word: the reason or cause where there is one, which may be free text, else the event."""
    if event.event in REASONS:
        return REASONS[event.event]
    for name in ("reason", "cause", "error"):
        told = event.detail.get(name)
        if isinstance(told, str) and WORD.fullmatch(told):
            return told
    return str(event.event)


def _times(event: Any) -> int:
    """Return for how many refusals an event stands: those that were left out of the log stand in the next one's detail."""
    left_out = event.detail.get("left_out")
    return 1 + left_out if isinstance(left_out, int) else 1


def _is_visit(event: Any) -> bool:
    return bool(event.event == "signin" and event.outcome == SUCCESS and event.subject and not event.actor)
