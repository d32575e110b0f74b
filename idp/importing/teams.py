"""Making the groups of an export, each below the one above it that came before. What is here already is never changed."""

from dataclasses import dataclass

from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.groups import lookup, naming, service
from idp.groups.models import DEEPEST, Group
from idp.importing import belonging, known
from idp.importing.entries import Team
from idp.importing.naming import fold_path, show_path, show_role
from idp.importing.report import CAME, KNOWN, NOT_COME, Line
from idp.importing.seen import Seen, is_known, note_known
from idp.importing.terms import Terms
from idp.roles import giving
from idp.roles import service as roles

TAKEN = "A group of this path is here already. Nothing is merged, unless you say with --join that both are the same."
JOINED = "A group of this path is here already, and stays as it is; its members come into it."
NOTHING_ABOVE = "The group above it did not come, or is not here any more."


@dataclass
class _Arrival:
    """A group that comes: its line so far, and what it is made of."""

    key: known.Key
    description: str
    roles: list[belonging.Place]
    without: dict[str, str]


def bring(team: Team, terms: Terms, seen: Seen | None = None) -> Line:
    """Make a group, in the caller's transaction, with its roles, and return its line."""
    outcome, why, arrival = _vet(team, terms, seen)
    if arrival is not None and seen is None:
        refused = _make(team, arrival, terms)
        if refused is not None:
            outcome, why, arrival = NOT_COME, phrase(refused), None
    if arrival is None:
        return Line("group", team.at, team.foreign_id, outcome, why, more={"path": show_path(team.path)})
    note_known(arrival.key, seen)
    more = {"path": show_path(team.path), **({"roles": len(arrival.roles)} if arrival.roles else {})}
    return Line("group", team.at, team.foreign_id, CAME, None, arrival.without, more)


def _vet(team: Team, terms: Terms, seen: Seen | None) -> tuple[str, str | None, _Arrival | None]:
    """Return whether a group comes, why not, and what of it."""
    refused = _find_fault(team)
    if refused is not None:
        return NOT_COME, phrase(refused), None
    path = fold_path(team.path)
    if path is None or not _is_above(team, terms, seen):
        return NOT_COME, NOTHING_ABOVE, None
    key = known.group_key(terms.source, path)
    if is_known(key, seen):
        return KNOWN, None, None
    if lookup.find_by_path(path) is not None:
        if not terms.joins:
            return NOT_COME, TAKEN, None
        note_known(key, seen)
        return KNOWN, JOINED, None
    without = dict(team.lost)
    description = naming.read_description(team.description)
    if isinstance(description, Refused):
        without["description"], description = phrase(description), ""
    found = belonging.find_roles(set(team.roles), terms, seen)
    belonging.tell_lost("roles", [show_role(role) for role in team.roles if role not in found], without)
    return CAME, None, _Arrival(key, description, list(found.values()), without)


def _find_fault(team: Team) -> Refused | None:
    if len(team.path) > DEEPEST:
        return Refused(Reason.GROUP_DEPTH)
    name = naming.read_name(team.path[-1] if team.path else "")
    return name if isinstance(name, Refused) else None


def _is_above(team: Team, terms: Terms, seen: Seen | None) -> bool:
    """Return whether the group above has come, and is here."""
    if len(team.path) == 1:
        return True
    above = fold_path(team.path[:-1])
    if above is None or not is_known(known.group_key(terms.source, above), seen):
        return False
    return seen is not None or lookup.find_by_path(above) is not None


def _make(team: Team, arrival: _Arrival, terms: Terms) -> Refused | None:
    above: Group | None = None
    if len(team.path) > 1:
        above = lookup.find_by_path(fold_path(team.path[:-1]) or "")
    made = service.create(team.path[-1], parent=above, description=arrival.description, actor=terms.actor)
    if isinstance(made, Refused):
        return made
    for place in arrival.roles:
        role = roles.find(place.id)
        if role is not None:
            giving.give_to_group(role, made, actor=terms.actor)
    return None
