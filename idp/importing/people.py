"""Writing the people of a batch: who is there already is told, and never changed; all others are written at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from idp import audit
from idp.accounts import bulk
from idp.base.database import connection
from idp.factors import recovery_codes, totp
from idp.factors.models import Authenticator, RecoveryCode
from idp.importing import belonging, known
from idp.importing.belonging import Belonging
from idp.importing.entries import Person
from idp.importing.report import CAME, KNOWN, NOT_COME, Line
from idp.importing.seen import Seen, Taken, find_known
from idp.importing.terms import Terms
from idp.importing.vetting import Arrival, vet

EMAIL_TAKEN = "An account has this e-mail address already. Nothing is merged."
USERNAME_TAKEN = "The username belongs to another account, or is held. Nothing is merged."
SUBJECT_TAKEN = "An account is called the same in tokens."
ANOTHER = "Somebody with another address has come under this identifier from “{}”. If this is another installation, name it with --source."


def bring(people: list[Person], terms: Terms, seen: Seen | None = None) -> list[Line]:
    """Write those people who may come, in the caller's transaction, and return a line for each.

    Raises:
        IntegrityError: somebody took an address or a name meanwhile; the caller rolls back, and tries the same people again.
    """
    vetted = [(person, vet(person, terms)) for person in people]
    arrivals = [found for _person, found in vetted if isinstance(found, Arrival)]
    there = _look(arrivals, seen)
    places = belonging.find((one.person for one in arrivals), terms, seen)
    coming: list[Arrival] = []
    judged: list[tuple[Person, str, str | None, Arrival | None]] = []
    for person, found in vetted:
        if isinstance(found, str):
            judged.append((person, NOT_COME, found, None))
            continue
        outcome, why = there.judge(found, terms)
        if outcome == CAME:
            coming.append(found)
            there.take(found)
        if outcome != NOT_COME:
            found.belonging = places.of(person, found.without)
        judged.append((person, outcome, why, found))
    known_too = [found for _person, outcome, _why, found in judged if outcome == KNOWN and found is not None]
    more = _add_to_known(known_too, terms, is_kept=seen is None) if terms.adds_memberships else {}
    if coming:
        numbers = _write(coming, terms)
        if seen is None:
            belonging.write({numbers[one.columns["sub"]]: one.belonging for one in coming})
        else:  # groups and roles of this run are not in the database
            _note(coming, seen.batch)
    return [_line(person, outcome, why, found, more, is_kept=seen is None) for person, outcome, why, found in judged]


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
        earlier: Taken = self.seen or Taken()
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
    folded = [one.columns["username_folded"] for one in arrivals if one.columns["username_folded"]]
    subjects = [one.columns["sub"] for one in arrivals]
    return _There(
        find_known((one.key for one in arrivals), seen),
        bulk.find_emails(one.columns["email"] for one in arrivals),
        bulk.find_usernames(folded),
        set(bulk.find_numbers(subjects)),
        seen,
    )


def _write(coming: list[Arrival], terms: Terms) -> dict[str, int]:
    """Write accounts and their factors, and return their numbers by `sub`."""
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
    told = ((one.columns["sub"], {"origin": terms.source, **one.belonging.told()}) for one in coming)
    audit.record_each("account.imported", told, actor=terms.actor)
    return numbers


def _add_to_known(people: list[Arrival], terms: Terms, *, is_kept: bool) -> dict[bytes, Belonging]:
    """Add people who came before to groups and roles that they are not in, and return what is new, by their keys."""
    accounts = known.find_accounts(one.key for one in people)
    theirs = {accounts[one.key.digest]: one for one in people if one.key.digest in accounts}
    added = belonging.add({number: one.belonging for number, one in theirs.items()}, terms, is_kept=is_kept)
    return {theirs[number].key.digest: new for number, new in added.items()}


def _note(coming: list[Arrival], taken: Taken) -> None:
    """Take note of who would have come."""
    for one in coming:
        taken.emails.add(hash(one.columns["email"]))
        taken.usernames.add(hash(one.columns["username_folded"]))
        taken.keys[one.key.digest] = one.key.fingerprint


def _line(
    person: Person,
    outcome: str,
    why: str | None,
    arrival: Arrival | None,
    added: Mapping[bytes, Belonging],
    *,
    is_kept: bool,
) -> Line:
    more: dict[str, Any] = {"email": person.email}
    without: dict[str, str] = {}
    if arrival is not None and outcome == CAME:
        more["email"], without = arrival.columns["email"], arrival.without
        more |= {"sub": arrival.columns["sub"]} if is_kept else {}
        parts = {"authenticators": len(arrival.seeds), "recovery_codes": len(arrival.codes)}
        more |= {name: count for name, count in parts.items() if count} | arrival.belonging.counts()
    elif arrival is not None and arrival.key.digest in added:
        more |= added[arrival.key.digest].counts()
        without = {part: why for part, why in arrival.without.items() if part in ("groups", "roles")}
    return Line("account", person.at, person.foreign_id, outcome, why, without, more)
