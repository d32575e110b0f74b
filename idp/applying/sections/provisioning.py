"""Targets of provisioning as a file has them: where a client takes people, whom, and the token by reference."""

from collections.abc import Iterator

from idp.applying import client_parts, members
from idp.applying.form import Entry
from idp.applying.states import State, Terms, without
from idp.base import crypto
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.clients import service as clients
from idp.groups import lookup
from idp.pushing import targets
from idp.pushing.models import ScimTarget
from idp.pushing.targets import Wanted

ORDER = tuple(member.name for member in members.PROVISIONING)
DEFAULTS = {"people": client_parts.EVERYBODY, "push_groups": False}


def look(client_id: str) -> State | None:
    """Return a target, locked."""
    row = targets.get(client_id, for_change=True)
    return _tell(row) if row is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Say where a client takes people."""
    if clients.get(entry.key, for_change=True) is None:
        return [Refused(Reason.UNKNOWN, "client_id", detail=f"There is no client {entry.key}.")]
    people = entry.values.get("people", client_parts.EVERYBODY)
    group = lookup.find_by_path(people) if people != client_parts.EVERYBODY else None
    if people != client_parts.EVERYBODY and group is None:
        return [Refused(Reason.UNKNOWN, "people", detail=f"There is no group {people}.")]
    row = targets.get(entry.key, for_change=True)
    wanted = Wanted(
        entry.values["base_url"],
        _new_token(entry, row),
        group,
        entry.values.get("push_groups", False),
        is_for_group=group is not None,
    )
    done = targets.put(entry.key, wanted, actor=terms.actor)
    return [done] if isinstance(done, Refused) else []


def remove(client_id: str, terms: Terms) -> list[Refused]:
    """Delete a target; what the application has stays with it."""
    row = targets.get(client_id, for_change=True)
    if row is not None:
        targets.remove(row, actor=terms.actor)
    return []


def every(_after: str = "", _most: int | None = None) -> Iterator[State]:
    """Yield every target, by client."""
    for row in session().scalars(targets.every()):
        yield _tell(row)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    return "people" if field == "group" else field


def _new_token(entry: Entry, row: ScimTarget | None) -> str | None:
    """Return the token of an entry where it is another one than the present, or goes to another address."""
    if entry.secret is None or row is None or row.base_url != entry.values["base_url"].strip().rstrip("/"):
        return entry.secret
    kept = targets.open_remote(row).token
    return None if crypto.equal(kept.encode(), entry.secret.encode()) else entry.secret


def _tell(row: ScimTarget) -> State:
    told = without({"client_id": row.client_id, **targets.tell(row)}, DEFAULTS)
    hidden = {"token": row.sealed_token}
    return State({name: told[name] for name in ORDER if name in told}, row.created_at.isoformat(), hidden)
