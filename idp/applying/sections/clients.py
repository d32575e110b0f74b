"""Clients as a file has them: the members of their registration, their secret by reference, for whom they are, and their claims."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select

from idp.applying import client_parts, members
from idp.applying.form import Entry
from idp.applying.sections import exchanges as rules
from idp.applying.sections import id_jags, mappers
from idp.applying.shapes import Filled
from idp.applying.states import State, Terms, refuse, without
from idp.base import crypto
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.clients import exchanges, sectors, service
from idp.clients.mapping import service as mapping
from idp.clients.metadata import Metadata
from idp.clients.metadata.rules import check_all
from idp.clients.models import Client, ClientDocument
from idp.clients.registered import digest_secret
from idp.groups import access, assertion_rules, lookup
from idp.groups.models import Group

NOT_SAID = frozenset({"dialect"})  # what no administrator sets
BLANK = {name: value for name, value in asdict(Metadata(client_name="")).items() if name not in NOT_SAID}
ORDER = tuple(member.name for member in members.CLIENT)
ACCESS_FIELDS = frozenset({"groups", "note"})
NEW = "A new client needs its secret: write client_secret with env or file, and set what it refers to."


def look(client_id: str) -> State | None:
    """Return a client, locked."""
    row = service.get(client_id, for_change=True)
    return _tell(row) if row is not None else None


def put(entry: Entry, terms: Terms) -> list[Refused]:
    """Register a client, or change it."""
    row = service.get(entry.key, for_change=True)
    made = _register(entry, terms) if row is None else _change(row, entry, terms)
    if isinstance(made, list):
        return made
    refusals = []
    if "disabled" in entry.values and entry.values["disabled"] != (made.disabled_at is not None):
        service.set_disabled(made, entry.values["disabled"], actor=terms.actor)
    if "access" in entry.values:
        refusals += _put_access(made, entry.values["access"], terms)
    wanted = mappers.read(entry.values.get("claim_mappers", ()))
    if wanted != mapping.of_client(made):
        refused = mapping.put_client(made, wanted, actor=terms.actor)
        refusals += [refused] if refused is not None else []
    refused = exchanges.put_all(made, rules.read(entry.values.get("token_exchanges", ())), actor=terms.actor)
    refusals += [refused] if refused is not None else []
    refused = assertion_rules.put_all(made, id_jags.read(entry.values.get("id_jags", ())), actor=terms.actor)
    return refusals + ([replace(refused, field="id_jags")] if refused is not None else [])


def needs_secret(entry: Entry) -> bool:
    """Return whether an entry says a client with a secret, which is not there yet."""
    return _metadata(entry).has_secret and service.get(entry.key) is None


def vet(entry: Entry) -> list[Refused]:
    """Fetch what a changed client names and has to be looked at; call it before anything is written or locked."""
    wanted, row = _metadata(entry), service.get(entry.key)
    if not wanted.sector_identifier_uri or (row is not None and _is_same(row, wanted)) or check_all(wanted):
        return []
    refused = sectors.check(wanted)
    return [refused] if refused is not None else []


def remove(client_id: str, terms: Terms) -> list[Refused]:
    """Delete a client; its roles go with it."""
    row = service.get(client_id, for_change=True)
    if row is not None:
        service.remove(row, actor=terms.actor)
    return []


def every(after: str = "", most: int | None = None) -> Iterator[State]:
    """Yield every client but those that registered themselves or came by a document, by identifier, from one on."""
    published = Client.client_id.in_(select(ClientDocument.client_id))
    ours = select(Client).where(Client.registration_token_digest.is_(None), ~published, Client.client_id > after)
    query = ours.order_by(Client.client_id).limit(most)
    for row in session().scalars(query, execution_options={"yield_per": 500}):
        yield _tell(row)


def member_of(field: str | None) -> str | None:
    """Return the member that a refusal's field is about."""
    if field in ACCESS_FIELDS:
        return "access"
    if field in rules.FIELDS:
        return "token_exchanges"
    return "claim_mappers" if field in mappers.FIELDS else field


def _metadata(entry: Entry) -> Metadata:
    """Return what an entry asks for; what it does not say is at its default, and so is an empty text."""
    given = {name: value for name, value in entry.values.items() if name in BLANK}
    return Metadata(**_tidy(BLANK | given))


def _tidy(values: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value == "" and BLANK.get(name) is None else value for name, value in values.items()}


def _is_same(row: Client, wanted: Metadata) -> bool:
    return _tidy(asdict(service.to_metadata(row))) == asdict(replace(wanted, dialect=row.dialect))


def _register(entry: Entry, terms: Terms) -> Client | list[Refused]:
    wanted = _metadata(entry)
    refusals = [*check_all(wanted), *_check_secret(entry, wanted)]
    if wanted.has_secret and entry.secret is None:
        refusals.append(refuse("client_secret", NEW))
    if refusals:
        return refusals
    registered = service.register(wanted, client_id=entry.key, secret=entry.secret, actor=terms.actor)
    return [registered] if isinstance(registered, Refused) else registered[0]


def _change(row: Client, entry: Entry, terms: Terms) -> Client | list[Refused]:
    wanted = _metadata(entry)
    refusals = _check_secret(entry, wanted)
    if not _is_same(row, wanted):
        refusals += check_all(wanted)
        changed = service.change(row, wanted, actor=terms.actor) if not refusals else row
        refusals += [changed] if isinstance(changed, Refused) else []
    if refusals:
        return refusals
    if entry.secret is not None:
        kept = row.client_secret_digest or b""
        if not crypto.equal(kept, digest_secret(row.client_id, entry.secret)):
            renewed = service.renew_secret(row, secret=entry.secret, actor=terms.actor)
            return [renewed] if isinstance(renewed, Refused) else row
    return row


def _check_secret(entry: Entry, wanted: Metadata) -> list[Refused]:
    if wanted.has_secret or "client_secret" not in entry.values:
        return []
    method = wanted.token_endpoint_auth_method
    return [refuse("client_secret", f"A client whose method is {method} has no secret. Leave the member away.")]


def _put_access(row: Client, wanted: Filled, terms: Terms) -> list[Refused]:
    """Say for whom a client is, where that is another rule than the present one."""
    present, note = access.of(row), wanted.values.get("note", "").strip()
    is_restricted = wanted.values["for"] == client_parts.GROUPS
    paths = wanted.values.get("groups", [])
    if paths and not is_restricted:
        return [refuse("access", "Write “for: groups”, or leave the groups away.")]
    found: dict[str, Group | None] = {path: lookup.find_by_path(path) for path in paths}
    missing = [path for path, group in found.items() if group is None]
    if missing:
        return [Refused(Reason.UNKNOWN, "access", detail=f"There is no group {path}.") for path in missing]
    groups = [group for group in found.values() if group is not None]
    if not is_restricted and not present.is_restricted:
        groups = present.groups
    same = {group.id for group in groups} == {group.id for group in present.groups}
    if same and (is_restricted, note) == (present.is_restricted, present.note):
        return []
    refused = access.put(row, is_restricted=is_restricted, groups=groups, note=note, actor=terms.actor)
    return [refused] if refused is not None else []


def _tell(row: Client) -> State:
    values = _tidy(asdict(service.to_metadata(row)))
    values |= {"client_id": row.client_id, "disabled": row.disabled_at is not None, "access": _tell_access(row)}
    values["claim_mappers"] = mappers.tell(mapping.of_client(row))
    values["token_exchanges"] = rules.tell(exchanges.of_client(row.client_id))
    values["id_jags"] = [assertion_rules.tell(rule) for rule in assertion_rules.of_client(row.client_id)]
    blank: dict[str, Any] = {
        "client_name": None,
        "disabled": False,
        "access": None,
        "claim_mappers": [],
        "token_exchanges": [],
        "id_jags": [],
    }
    told = without(values, BLANK | blank)
    secret = row.client_secret_digest if service.to_metadata(row).has_secret else None
    return State(
        {name: told[name] for name in ORDER if name in told},
        row.created_at.isoformat(),
        {"client_secret": secret} if secret is not None else {},
    )


def _tell_access(row: Client) -> dict[str, Any] | None:
    if not row.is_restricted and not row.access_note:
        return None
    note = {"note": row.access_note} if row.access_note else {}
    if not row.is_restricted:
        return {"for": client_parts.EVERYBODY} | note
    return {"for": client_parts.GROUPS, "groups": [group.path for group in access.of(row).groups]} | note
