"""Trusting issuers, changing and forgetting them: what pages, commands and files call. Each change is recorded with who made it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from idp import audit
from idp.base import clock
from idp.base.database import after_commit, connection, session
from idp.base.extensions import generation
from idp.base.outcome import Refused
from idp.clients.models import Client
from idp.issuers import definition as rules
from idp.issuers import owners
from idp.issuers.definition import CHANGEABLE, MOST, Definition, refuse, tell
from idp.issuers.known import COUNTER
from idp.issuers.models import TrustedIssuer

DEFINING = 7305135  # the number of the advisory lock


def search() -> Select[TrustedIssuer]:
    """Return the query for all of them, by identifier."""
    return select(TrustedIssuer).order_by(TrustedIssuer.issuer)


def get(number: int, *, for_change: bool = False) -> TrustedIssuer | None:
    """Return an issuer by its number; as it is at this moment, and locked, where it is going to be changed."""
    if for_change:
        _stand_in_line()
    return session().get(TrustedIssuer, number, with_for_update=for_change or None, populate_existing=for_change)


def find(issuer: str, *, for_change: bool = False) -> TrustedIssuer | None:
    """Return an issuer by its identifier, in the same way."""
    number = session().scalar(select(TrustedIssuer.id).where(TrustedIssuer.issuer == issuer))
    return get(number, for_change=for_change) if number is not None else None


def create(wanted: Definition, *, actor: str) -> TrustedIssuer | list[Refused]:
    """Trust an issuer. Refusals: those of `definition.check`; CLIENT_INVALID for what is there, a client that is not, or one too many."""
    wanted = rules.tidy(wanted)
    _stand_in_line()  # so that no client is deleted between the look at it and the commit
    refusals = [*rules.check(wanted), *_find_unknown(wanted)]
    if refusals:
        return refusals
    if find(wanted.issuer) is not None:
        return [refuse("issuer", _("This issuer is trusted already."))]
    if (session().scalar(select(func.count()).select_from(TrustedIssuer)) or 0) >= MOST:
        return [refuse("issuer", _("There are %(most)s issuers, and no more are kept. Delete one first.", most=MOST))]
    now = clock.now()
    row = TrustedIssuer(**tell(wanted), created_at=now, changed_at=now)
    session().add(row)
    session().flush()
    _note("issuer.created", row.issuer, actor, {name: (None, value) for name, value in _told(wanted).items()})
    return row


def change(row: TrustedIssuer, wanted: Definition, *, actor: str) -> TrustedIssuer | list[Refused]:
    """Change a locked row; the identifier stays. Refusals: those of `create` that are about other members.

    Tokens that were issued on its word stay as they are until they expire.
    """
    before = rules.of(row)
    wanted = rules.tidy(replace(wanted, issuer=before.issuer))
    refusals = [*rules.check(wanted), *_find_unknown(wanted, before)]
    if refusals or wanted == before:
        return refusals or row
    _write(row, before, wanted, actor)
    return row


def remove(row: TrustedIssuer, *, actor: str) -> None:
    """Delete a locked row: from the commit on none of its tokens is taken."""
    former = _told(rules.of(row))
    _note("issuer.deleted", row.issuer, actor, {name: (value, None) for name, value in former.items()})
    session().delete(row)
    session().flush()


def forget_client(client_id: str) -> None:
    """Take a client that is being deleted out of all of them, so that nobody inherits what it had with its identifier."""
    _stand_in_line()  # behind whoever names it at this moment, and before whoever would
    for row in session().scalars(search().with_for_update()).all():
        before = rules.of(row)
        after = rules.read(
            tell(before)
            | {
                "clients": [one for one in before.clients if one != client_id],
                "workloads": [one for one in tell(before)["workloads"] if one["client_id"] != client_id],
            }
        )
        if after != before:
            _write(row, before, after, "server")


def of_client(client_id: str) -> list[TrustedIssuer]:
    """Return the issuers whose tokens a client may show, or whose word it is by itself."""
    rows = session().scalars(search()).all()
    return [row for row in rows if client_id in (*row.clients, *(one["client_id"] for one in row.workloads))]


def scopes_of(client_ids: Iterable[str]) -> str:
    """Return the scopes of clients, with spaces between: what an issuer's word alone is enough for, where they are its workloads."""
    names = set(client_ids)
    found = session().scalars(select(Client.scope).where(Client.client_id.in_(names))) if names else ()
    return " ".join(filter(None, found))


def _write(row: TrustedIssuer, before: Definition, after: Definition, actor: str) -> None:
    for name, value in tell(after).items():
        setattr(row, name, value)
    row.changed_at = clock.now()
    session().flush()
    former, latter = _told(before), _told(after)
    changes = {name: (former[name], latter[name]) for name in latter}
    _note("issuer.changed", row.issuer, actor, changes)


def _stand_in_line() -> None:
    """Wait until nobody else makes or changes one, or deletes a client that it names; on SQLite whoever writes is alone anyway."""
    if connection().dialect.name == "postgresql":
        connection().execute(select(func.pg_advisory_xact_lock(DEFINING)))


def _find_unknown(wanted: Definition, before: Definition | None = None) -> list[Refused]:
    """Return the refusal of each member that names a client or a provider which is not there."""
    named = {"clients": {*wanted.clients}, "workloads": {one.client_id for one in wanted.workloads}}
    every = named["clients"] | named["workloads"]
    there = set(session().scalars(select(Client.client_id).where(Client.client_id.in_(every)))) if every else set()
    refusals = [
        refuse(member, _("There is no client %(name)s.", name=min(names - there)))
        for member, names in named.items()
        if names - there
    ]
    is_new = wanted.provider is not None and (before is None or wanted.provider != before.provider)
    if is_new and not owners.is_provider(str(wanted.provider)):
        refusals.append(refuse("provider", _("There is no sign-in provider %(name)s.", name=wanted.provider)))
    return refusals


def _told(definition: Definition) -> dict[str, Any]:
    """Return what can be changed, as the audit log has it."""
    told = tell(definition)
    return {name: told[name] for name in CHANGEABLE} | {"workloads": [*map(rules.write_line, definition.workloads)]}


def _note(event: str, issuer: str, actor: str, changes: audit.Changes) -> None:
    audit.record(event, actor=actor, issuer=issuer, changes=changes)
    after_commit(generation(COUNTER).bump)
