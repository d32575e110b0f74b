"""To which groups people belong and which roles they have, for a batch of them: found at once, and written at once.

Only groups and roles count that came from the same source, or that an operator said to be the same (`Terms.joins`): a name that merely
is the same opens nothing to anybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from idp import audit
from idp.accounts import taking
from idp.groups import lookup, members
from idp.importing import known
from idp.importing.entries import Person, RoleName
from idp.importing.naming import fold_path, show_path, show_role
from idp.importing.seen import Seen, find_known
from idp.importing.terms import Terms
from idp.roles import giving
from idp.roles import service as roles

LONGEST = 500  # characters of names in a sentence


class Place(NamedTuple):
    """A group or a role: its number, and how it is shown. In a dry run the number may be 0."""

    id: int
    name: str


@dataclass
class Belonging:
    """Where one person belongs."""

    groups: list[Place] = field(default_factory=list)
    roles: list[Place] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many there are of each, as the report has them."""
        return {name: len(found) for name, found in (("groups", self.groups), ("roles", self.roles)) if found}

    def told(self) -> dict[str, str]:
        """Return the names, as the audit log has them."""
        both = (("groups", self.groups), ("roles", self.roles))
        return {name: ", ".join(one.name for one in found)[: audit.LONGEST] for name, found in both if found}


@dataclass(frozen=True)
class Places:
    """The groups and roles of a batch of people that are there."""

    groups: Mapping[tuple[str, ...], Place]
    roles: Mapping[RoleName, Place]

    def of(self, person: Person, without: dict[str, str]) -> Belonging:
        """Return where somebody belongs, and say in `without` to what not."""
        tell_lost("groups", [show_path(path) for path in person.groups if path not in self.groups], without)
        tell_lost("roles", [show_role(role) for role in person.roles if role not in self.roles], without)
        groups = dict.fromkeys(self.groups[path] for path in person.groups if path in self.groups)
        given = dict.fromkeys(self.roles[role] for role in person.roles if role in self.roles)
        return Belonging(list(groups), list(given))


def tell_lost(part: str, names: Iterable[str], without: dict[str, str]) -> None:
    """Say in `without` which groups or roles did not come, if any."""
    lost = ", ".join(dict.fromkeys(names))
    if lost:
        without[part] = f"These did not come: {lost[:LONGEST]}."


def find(people: Iterable[Person], terms: Terms, seen: Seen | None) -> Places:
    """Return which of the groups and roles of some people are there."""
    everybody = list(people)
    paths = {path for person in everybody for path in person.groups}
    wanted = {role for person in everybody for role in person.roles}
    return Places(_find_groups(paths, terms, seen), find_roles(wanted, terms, seen))


def find_roles(wanted: set[RoleName], terms: Terms, seen: Seen | None) -> dict[RoleName, Place]:
    """Return which of these roles are there, and came from the same source."""
    keys = {role: known.role_key(terms.source, role) for role in wanted}
    come = find_known(keys.values(), seen)
    mine = {role for role, key in keys.items() if key.digest in come}
    there = roles.find_many(mine)
    found = {role: Place(there[role].id, show_role(role)) for role in mine if role in there}
    told = {role for role in mine if seen is not None and seen.fingerprint(keys[role].digest) is not None}
    return {role: Place(0, show_role(role)) for role in told} | found


def write(new: Mapping[int, Belonging]) -> None:
    """Write where accounts belong that were made in this transaction, by their numbers; what is recorded of them says it."""
    members.add_new([(number, place.id) for number, one in new.items() for place in one.groups])
    giving.give_new([(number, place.id) for number, one in new.items() for place in one.roles])


def add(people: Mapping[int, Belonging], terms: Terms, *, is_kept: bool) -> dict[int, Belonging]:
    """Add to where accounts belong that came before, and return what is new for each; whatever they have there stays as it is."""
    subs = taking.take_many(people)
    in_groups, with_roles = members.among(subs), giving.among(subs)
    added: dict[int, Belonging] = {}
    for number in subs:
        one = people[number]
        groups = [place for place in one.groups if (number, place.id) not in in_groups]
        given = [place for place in one.roles if (number, place.id) not in with_roles]
        added[number] = Belonging(groups, given)
    if not is_kept:
        return added
    write(added)
    _record("group.member_added", "group", subs, {number: one.groups for number, one in added.items()}, terms)
    _record("role.given", "role", subs, {number: one.roles for number, one in added.items()}, terms)
    return added


def _find_groups(paths: set[tuple[str, ...]], terms: Terms, seen: Seen | None) -> dict[tuple[str, ...], Place]:
    named = ((path, fold_path(path)) for path in paths)
    folded = {path: name for path, name in named if name is not None}
    keys = {path: known.group_key(terms.source, name) for path, name in folded.items()}
    come = find_known(keys.values(), seen)
    mine = {path: folded[path] for path, key in keys.items() if key.digest in come}
    there = lookup.find_paths(set(mine.values()))
    told = {path for path in mine if seen is not None and seen.fingerprint(keys[path].digest) is not None}
    found = {path: Place(*there[name]) for path, name in mine.items() if name in there}
    return {path: Place(0, show_path(path)) for path in told} | found


def _record(event: str, member: str, subs: Mapping[int, str], new: Mapping[int, list[Place]], terms: Terms) -> None:
    by_place: dict[str, list[str]] = {}
    for number, places in new.items():
        for place in places:
            by_place.setdefault(place.name, []).append(subs[number])
    for name, subjects in by_place.items():
        detail: dict[str, Any] = {member: name, "origin": terms.source}
        audit.record_many(event, subjects, actor=terms.actor, **detail)
