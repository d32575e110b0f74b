"""Writing the people of a batch: who is there already is told, and never changed; all others are written at once."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from idp import audit
from idp.accounts import bulk
from idp.base.database import connection
from idp.factors import recovery_codes, totp
from idp.factors.models import Authenticator, RecoveryCode
from idp.importing import known
from idp.importing.entries import Person
from idp.importing.report import CAME, KNOWN, NOT_COME, Line
from idp.importing.vetting import Arrival, Terms, vet

EMAIL_TAKEN = "An account has this e-mail address already. Nothing is merged."
USERNAME_TAKEN = "The username belongs to another account, or is held. Nothing is merged."
SUBJECT_TAKEN = "An account is called the same in tokens."
ANOTHER = "Somebody with another address has come under this identifier from “{}”. If this is another installation, name it with --source."


@dataclass
class Seen:
    """What earlier batches of a dry run have taken, since nothing of them is in the database."""

    emails: set[int] = field(default_factory=set)
    usernames: set[int] = field(default_factory=set)
    keys: dict[bytes, bytes] = field(default_factory=dict)

    def note(self, arrivals: list[Arrival]) -> None:
        """Take note of who would have come."""
        for one in arrivals:
            self.emails.add(hash(one.columns["email"]))
            self.usernames.add(hash(one.columns["username_folded"]))
            self.keys[one.key.digest] = one.key.fingerprint


def bring(people: list[Person], terms: Terms, seen: Seen | None = None) -> list[Line]:
    """Write those people who may come, in the caller's transaction, and return a line for each.

    Raises:
        IntegrityError: somebody took an address or a name meanwhile; the caller rolls back, and tries the same people again.
    """
    vetted = [(person, vet(person, terms)) for person in people]
    arrivals = [found for _person, found in vetted if isinstance(found, Arrival)]
    there = _look(arrivals, seen)
    coming: list[Arrival] = []
    lines: list[Line] = []
    for person, found in vetted:
        if isinstance(found, str):
            lines.append(_line(person, NOT_COME, why=found))
            continue
        outcome, why = there.judge(found, terms)
        if outcome == CAME:
            coming.append(found)
            there.take(found)
        arrival = found if outcome == CAME else None
        lines.append(_line(person, outcome, why=why, arrival=arrival, is_kept=seen is None))
    if coming:
        _write(coming, terms)
    if seen is not None:
        seen.note(coming)
    return lines


@dataclass
class _There:
    """Who is there before a person comes: in the database, and in the same file."""

    keys: dict[bytes, bytes]
    emails: set[str]
    usernames: set[str]
    subjects: set[str]
    seen: Seen | None

    def judge(self, arrival: Arrival, terms: Terms) -> tuple[str, str | None]:
        """Return whether somebody comes, and why not."""
        columns, fingerprint = arrival.columns, self.keys.get(arrival.key.digest)
        if fingerprint is not None:
            is_same = fingerprint == arrival.key.fingerprint
            return (KNOWN, None) if is_same else (NOT_COME, ANOTHER.format(terms.source))
        earlier = self.seen or Seen()
        if columns["email"] in self.emails or hash(columns["email"]) in earlier.emails:
            return NOT_COME, EMAIL_TAKEN
        folded = columns["username_folded"]
        if folded is not None and (folded in self.usernames or hash(folded) in earlier.usernames):
            return NOT_COME, USERNAME_TAKEN
        return (NOT_COME, SUBJECT_TAKEN) if columns["sub"] in self.subjects else (CAME, None)

    def take(self, arrival: Arrival) -> None:
        """Take note of somebody who comes."""
        self.keys[arrival.key.digest] = arrival.key.fingerprint
        self.emails.add(arrival.columns["email"])
        self.subjects.add(arrival.columns["sub"])
        if arrival.columns["username_folded"] is not None:
            self.usernames.add(arrival.columns["username_folded"])


def _look(arrivals: list[Arrival], seen: Seen | None) -> _There:
    keys = known.find(one.key for one in arrivals)
    if seen is not None:
        keys |= {one.key.digest: seen.keys[one.key.digest] for one in arrivals if one.key.digest in seen.keys}
    folded = [one.columns["username_folded"] for one in arrivals if one.columns["username_folded"]]
    subjects = [one.columns["sub"] for one in arrivals]
    return _There(
        keys,
        bulk.find_emails(one.columns["email"] for one in arrivals),
        bulk.find_usernames(folded),
        set(bulk.find_numbers(subjects)),
        seen,
    )


def _write(coming: list[Arrival], terms: Terms) -> None:
    numbers = bulk.add([one.columns for one in coming])
    apps: list[dict[str, Any]] = []
    codes: list[dict[str, Any]] = []
    for one in coming:
        number, now = numbers[one.columns["sub"]], one.columns["updated_at"]
        apps += [totp.row(number, seed.name, seed.secret, confirmed_at=now) for seed in one.seeds]
        codes += recovery_codes.rows(number, one.codes)
    if apps:
        connection().execute(insert(Authenticator), apps)
    if codes:
        connection().execute(insert(RecoveryCode), codes)
    known.note((one.key, numbers[one.columns["sub"]]) for one in coming)
    audit.record_many("account.imported", numbers, actor=terms.actor, origin=terms.source)


def _line(
    person: Person, outcome: str, *, why: str | None = None, arrival: Arrival | None = None, is_kept: bool = True
) -> Line:
    more: dict[str, Any] = {"email": person.email}
    if arrival is not None:
        more["email"] = arrival.columns["email"]
        more |= {"sub": arrival.columns["sub"]} if is_kept else {}
        parts = {"authenticators": len(arrival.seeds), "recovery_codes": len(arrival.codes)}
        more |= {name: count for name, count in parts.items() if count}
    without = dict(arrival.without) if arrival is not None else {}
    return Line("account", person.at, person.foreign_id, outcome, why, without, more)
