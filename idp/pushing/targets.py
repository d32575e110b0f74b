"""To which applications people and groups are brought: one target a client, with the token that the application gave. All is audited."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, delete, func, literal, select

from idp import audit
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import pause as end_transaction
from idp.base.database import run, session
from idp.base.extensions import vault
from idp.base.fetch import FetchError
from idp.base.fetch import target as addresses
from idp.base.outcome import Reason, Refused
from idp.groups import lookup
from idp.groups.models import Group
from idp.pushing import marking
from idp.pushing.models import LONGEST_URL, PushedGroup, PushedPerson, PushedRemoval, ScimTarget
from idp.pushing.remote import Refusal, Remote, TurnedAway
from idp.streams.addresses import networks

LONGEST_TOKEN = 4000
MOST_COUNTED = 100_000
NO_ADDRESS = "An address is needed such as https://app.example/scim/v2, without a query."
NO_TOKEN = "The token is needed by which the application lets this server in: printable characters without spaces."  # noqa: S105
TOKEN_ANEW = "Enter the token again: it goes to no other address than the one that it was given for."  # noqa: S105


@dataclass(frozen=True)
class Wanted:
    """What an administrator says of a target; without a token the present one stays. `group` is that whose members it is told of."""

    base_url: str
    token: str | None = None
    group: Group | None = None
    pushes_groups: bool = False
    is_for_group: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a target is, each number up to `MOST_COUNTED`; `scanned` is the share of everybody, of 100, that was looked at."""

    people: int
    groups: int
    waiting: int
    failed: int
    scanned: int | None


def get(client_id: str, *, for_change: bool = False) -> ScimTarget | None:
    """Return the target of a client, held until the commit where it is to be changed."""
    query = select(ScimTarget).where(ScimTarget.client_id == client_id)
    query = query.execution_options(populate_existing=True)
    return session().scalar(query.with_for_update() if for_change else query)


def every() -> Select[ScimTarget]:
    """Return the query for all targets, by client."""
    return select(ScimTarget).order_by(ScimTarget.client_id)


def put(client_id: str, wanted: Wanted, *, actor: str) -> ScimTarget | Refused:
    """Say where a client, which the caller has locked, takes people, and which; everybody is looked at then.

    Refusals: CLIENT_INVALID with the field `base_url`, `token` or `group`.
    """
    row = get(client_id, for_change=True)
    base_url = wanted.base_url.strip().rstrip("/")
    refused = _check(wanted, base_url, row)
    if refused is not None:
        return refused
    before, now = tell(row) if row is not None else {}, clock.now()
    is_another = row is not None and row.base_url != base_url
    if row is None:
        row = ScimTarget(
            client_id=client_id, created_at=now, updated_at=now, due_at=now, reached=marking.newest_event(), failures=0
        )
        session().add(row)
    row.base_url, row.is_for_group, row.pushes_groups = base_url, wanted.is_for_group, wanted.pushes_groups
    row.group_id = wanted.group.id if wanted.group is not None and wanted.is_for_group else None
    if wanted.token:
        row.sealed_token = vault().seal(wanted.token.strip().encode(), _purpose(client_id))
    if is_another:
        marking.forget(client_id)
    session().flush()
    after = tell(row)
    changes = {name: (before.get(name), after[name]) for name in after}
    if before == after and not wanted.token:
        return row
    row.updated_at, row.scan_from, row.due_at, row.failures = now, 0, now, 0
    renewed = {"renewed": "token"} if wanted.token and before else {}
    _record("changed" if before else "created", row, actor, changes=changes, **renewed)
    session().flush()
    return row


def remove(row: ScimTarget, *, actor: str) -> None:
    """Bring nobody there any more; what the application has stays with it."""
    _record("deleted", row, actor, changes={name: (value, None) for name, value in tell(row).items()})
    _delete(row.client_id)


def pause(row: ScimTarget, *, actor: str) -> None:
    """Bring nobody there until the target goes on."""
    if row.paused_at is None:
        row.paused_at, row.claim, row.claimed_until = clock.now(), None, None
        _record("paused", row, actor)


def resume(row: ScimTarget, *, actor: str) -> None:
    """Go on at once, also where the target waits after failures."""
    was_paused, row.paused_at = row.paused_at is not None, None
    row.due_at, row.failures = clock.now(), 0
    _record("resumed" if was_paused else "retried", row, actor)


def push_again(row: ScimTarget, *, actor: str) -> None:
    """Look at everybody, and bring whoever failed or is not as the application was told."""
    row.scan_from, row.due_at, row.failures = 0, clock.now(), 0
    _record("pushed_again", row, actor)


def test(row: ScimTarget, *, actor: str) -> str | None:
    """Ask the application for one person, at once; return what is wrong, None for nothing. It ends the transaction."""
    remote = open_remote(row)
    _record("tested", row, actor)
    end_transaction()
    try:
        remote.try_out()
    except (Refusal, TurnedAway, FetchError) as error:
        return str(error)[:300]
    return None


def open_remote(row: ScimTarget) -> Remote:
    """Return the application of a target."""
    return Remote(row.base_url, vault().unseal(row.sealed_token, _purpose(row.client_id)).decode())


def progress(row: ScimTarget) -> Progress:
    """Return how far a target is."""
    numbers = {
        name: _count(select(literal(1)).select_from(table).where(table.client_id == row.client_id, which))
        for name, table, which in (
            ("people", PushedPerson, PushedPerson.remote_id.is_not(None)),
            ("groups", PushedGroup, PushedGroup.remote_id.is_not(None)),
            ("failed_people", PushedPerson, PushedPerson.last_error.is_not(None)),
            ("failed_groups", PushedGroup, PushedGroup.last_error.is_not(None)),
            ("due_people", PushedPerson, PushedPerson.due_at.is_not(None)),
            ("due_groups", PushedGroup, PushedGroup.due_at.is_not(None)),
            ("removals", PushedRemoval, PushedRemoval.id > 0),
        )
    }
    waiting = numbers["due_people"] + numbers["due_groups"] + numbers["removals"]
    failed = numbers["failed_people"] + numbers["failed_groups"]
    return Progress(numbers["people"], numbers["groups"], waiting, failed, _scanned(row))


def failures(row: ScimTarget) -> Select[PushedPerson]:
    """Return the query for people who were not taken."""
    query = select(PushedPerson).where(PushedPerson.client_id == row.client_id, PushedPerson.last_error.is_not(None))
    return query.order_by(PushedPerson.pushed_at, PushedPerson.account_id)


def tell(row: ScimTarget) -> dict[str, Any]:
    """Return what can be said of a target, as the audit log and files have it."""
    group = lookup.find(row.group_id) if row.group_id is not None else None
    people = (group.path if group is not None else "nobody") if row.is_for_group else "everybody"
    return {"base_url": row.base_url, "people": people, "push_groups": row.pushes_groups}


def where(row: ScimTarget) -> str:
    """Return the host of an application."""
    return urlsplit(row.base_url).netloc


def forget_client(client_id: str) -> None:
    """Forget the target of a client that is being deleted, so that nobody inherits it with its identifier."""
    _delete(client_id)


def _delete(client_id: str) -> None:
    marking.forget(client_id)
    run(delete(ScimTarget).where(ScimTarget.client_id == client_id))


def _check(wanted: Wanted, base_url: str, row: ScimTarget | None) -> Refused | None:
    try:
        addresses.read(base_url, networks=networks())
    except FetchError:
        return _refuse("base_url", NO_ADDRESS)
    if len(base_url) > LONGEST_URL or urlsplit(base_url).query or "#" in base_url:
        return _refuse("base_url", NO_ADDRESS)
    token = (wanted.token or "").strip()
    if not token and row is None:
        return _refuse("token", NO_TOKEN)
    if not token and row is not None and row.base_url != base_url:
        return _refuse("token", TOKEN_ANEW)
    if token and (len(token) > LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token):
        return _refuse("token", NO_TOKEN)
    if wanted.is_for_group and wanted.group is None:
        return Refused(Reason.GROUPS_NEEDED, "group")
    return None


def _scanned(row: ScimTarget) -> int | None:
    if row.scan_from is None:
        return None
    newest = session().scalar(select(func.max(Account.id))) or 1
    return min(100, row.scan_from * 100 // newest)


def _count(query: Any) -> int:
    return session().scalar(select(func.count()).select_from(query.limit(MOST_COUNTED).subquery())) or 0


def _purpose(client_id: str) -> str:
    return f"scim-target/{client_id}"


def _record(
    verb: str, row: ScimTarget, actor: str, changes: Mapping[str, tuple[Any, Any]] | None = None, **detail: Any
) -> None:
    audit.record(f"provisioning.{verb}", actor=actor, client_id=row.client_id, changes=changes, **detail)


def _refuse(field: str, detail: str) -> Refused:
    return Refused(Reason.CLIENT_INVALID, field=field, detail=detail)
