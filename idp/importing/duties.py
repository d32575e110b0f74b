"""Making the roles of an export, of the server or of a client that came with it. Nobody administers this server by any of them."""

from idp.base import writing
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.clients import service as clients
from idp.groups import naming
from idp.importing import known
from idp.importing.entries import Duty
from idp.importing.naming import show_role
from idp.importing.report import CAME, KNOWN, NOT_COME, Line
from idp.importing.seen import Seen, is_known, note_known
from idp.importing.terms import Terms
from idp.roles import service
from idp.roles.service import Default

TAKEN = "A role of this name is here already. Nothing is merged, unless you say with --join that both are the same."
JOINED = "A role of this name is here already, and stays as it is; those who come with it have it."
NO_CLIENT = "Its client {} did not come."


def bring(duty: Duty, terms: Terms, seen: Seen | None = None) -> Line:
    """Make a role, in the caller's transaction, and return its line."""
    without = dict(duty.lost)
    outcome, why = _bring(duty, terms, seen, without)
    return Line("role", duty.at, duty.foreign_id, outcome, why, without if outcome == CAME else {}, _tell(duty))


def _bring(duty: Duty, terms: Terms, seen: Seen | None, without: dict[str, str]) -> tuple[str, str | None]:
    name, client_id = service.read_name(duty.role.name), duty.role.client_id
    if isinstance(name, Refused):
        return NOT_COME, phrase(name)
    if client_id is not None and not _is_client(client_id, terms, seen):
        return NOT_COME, NO_CLIENT.format(client_id)
    key = known.role_key(terms.source, duty.role)
    if is_known(key, seen):
        return KNOWN, None
    if service.find_by_name(name, client_id) is not None:
        if not terms.joins:
            return NOT_COME, TAKEN
        note_known(key, seen)
        return KNOWN, JOINED
    description = naming.read_description(duty.description)
    if isinstance(description, Refused):
        without["description"], description = phrase(description), ""
    refused = _make(name, client_id, description, duty, terms, seen)
    if refused is not None:
        return NOT_COME, phrase(refused)
    note_known(key, seen)
    return CAME, None


def _make(
    name: str, client_id: str | None, description: str, duty: Duty, terms: Terms, seen: Seen | None
) -> Refused | None:
    """Make a role; in a dry run say only whether that would be refused."""
    if seen is not None:
        folded = writing.fold(name)
        if service.could_be_mistaken(name, client_id) or seen.could_be_mistaken(folded, client_id):
            return Refused(Reason.ROLE_TAKEN, "name")
        seen.take_role(folded, client_id)
        return None
    default = Default.NEW if duty.is_default else Default.NOBODY
    made = service.create(name, client_id=client_id, description=description, default=default, actor=terms.actor)
    return made if isinstance(made, Refused) else None


def _is_client(client_id: str, terms: Terms, seen: Seen | None) -> bool:
    """Return whether a client came from the same source; with `joins`, also whether one of this identifier is here."""
    if is_known(known.client_key(terms.source, client_id), seen):
        return seen is not None or clients.get(client_id) is not None
    return terms.joins and clients.get(client_id) is not None


def _tell(duty: Duty) -> dict[str, str]:
    return {"role": show_role(duty.role), **({"default": Default.NEW.value} if duty.is_default else {})}
