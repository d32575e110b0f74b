"""Registering, changing and finding clients.

`known` serves the token path: parsed, immutable clients from a cache that follows a change counter. Everything that changes a client
bumps that counter after its commit.
"""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from blinker import Signal
from sqlalchemy import delete, select, update

from idp import audit
from idp.base import clock, crypto
from idp.base.database import after_commit, run, session
from idp.base.extensions import generation
from idp.base.finding import Found
from idp.base.outcome import Reason, Refused
from idp.clients import sectors, words
from idp.clients.known import find as find
from idp.clients.known import find_all as find_all
from idp.clients.known import look_up as look_up
from idp.clients.known import reload as reload
from idp.clients.metadata import CLIENT_ID, SHORTEST_CHOSEN_SECRET, SHORTEST_SIGNING_SECRET, Metadata, check
from idp.clients.models import Client, ClientDocument, ClientLogo, ClientOwner
from idp.clients.registered import digest_secret, seal_secret
from idp.clients.registered import former_secret as former_secret
from idp.clients.registered import parse as parse
from idp.clients.registered import to_metadata as to_metadata

KEEP_OLD = timedelta(hours=24)  # a renewed secret, unless somebody says otherwise
MOST_KEPT = timedelta(days=30)
RESERVED_PREFIX = "contract-"  # the older interfaces, which are no registered clients

removed = Signal("Sent with a client identifier, in the transaction that deletes the client.")
moved = Signal("Sent with a client identifier, in the transaction that has the client know people by other subjects.")


def vet(metadata: Metadata) -> Refused | None:
    """Return what is wrong with a registration: the rules, then the document at its `sector_identifier_uri`.

    Fetches where one is named: call it before anything is written. Refusal: CLIENT_INVALID, with the member and the sentence for
    developers.
    """
    refused = check(metadata)
    return refused if refused is not None else sectors.check(metadata)


def register(
    metadata: Metadata,
    *,
    client_id: str | None = None,
    secret: str | None = None,
    actor: str | None = None,
    source: str | None = None,
    invitation: str | None = None,
    is_published: bool = False,
) -> tuple[Client, str | None] | Refused:
    """Register a client and return it with its secret, which is shown this once (None for one without).

    A door that lets `sector_identifier_uri` be named has called `vet` before. `invitation` is the label of the initial access token.
    The identifier of one that `is_published` is an address, and good.
    Refusals: CLIENT_INVALID, with the member and the sentence for developers.
    """
    chosen, signs = (None if is_published else client_id), metadata.signs_with_secret
    for refused in (check(metadata), _check_identity(chosen, secret, signs=signs)):
        if refused is not None:
            return refused
    client_id = client_id or crypto.new_identifier()
    secret = (secret or crypto.new_secret()) if metadata.has_secret else None
    now = clock.now()
    kept = _keep_secret(client_id, metadata, secret)
    row = Client(client_id=client_id, **kept, created_at=now, updated_at=now, **asdict(metadata))
    session().add(row)
    session().flush()
    audit.record(
        "client.registered",
        client_id=client_id,
        actor=actor,
        source=source,
        name=metadata.client_name,
        initial_access_token=invitation,
    )
    after_commit(generation("clients").bump)
    return row, secret


def give_registration_token(row: Client) -> str:
    """Give a client the token by which it manages its own registration (RFC 7592), and return it, to show once."""
    token = crypto.new_secret()
    row.registration_token_digest = crypto.digest(token)
    session().flush()
    return token


def find_registered(client_id: str, registration_token: str, *, for_change: bool = False) -> Client | None:
    """Return the client, disabled or not, whose registration access token this is; locked where it is going to be changed."""
    query = select(Client).where(Client.client_id == client_id).execution_options(populate_existing=True)
    known = CLIENT_ID.fullmatch(client_id) is not None
    row = session().scalar(query.with_for_update() if for_change else query) if known else None
    kept = row.registration_token_digest if row is not None else None
    is_right = crypto.equal(kept or bytes(32), crypto.digest(registration_token))
    return row if kept is not None and is_right else None


def change(
    row: Client, metadata: Metadata, *, actor: str | None = None, is_published: bool = False
) -> Client | Refused:
    """Change a client's metadata; a client keeps its kind (public or confidential), and the manner of speaking it was made for.

    One that `is_published` may change its kind: what it was granted so far ends, since other proofs are asked for from then on.

    One that moves to another sector, or from public to pairwise subjects, begins anew there: what it was granted before would name
    the same people by the subjects of its new sector, whose hosts they never went to.
    """
    was_public = row.token_endpoint_auth_method == "none"  # noqa: S105 - a method's name
    changes_kind = was_public != metadata.is_public
    if changes_kind and not is_published:
        return Refused(
            Reason.CLIENT_INVALID,
            field="token_endpoint_auth_method",
            detail="A client stays public or confidential. Register a new one instead.",
        )
    if not _can_prove_itself(row, metadata):
        return Refused(
            Reason.CLIENT_INVALID,
            field="token_endpoint_auth_method",
            detail="The client has no secret for this method. Register a new one instead.",
        )
    metadata = replace(metadata, dialect=row.dialect)
    refused = check(metadata)
    if refused is not None:
        return refused
    sector, before = parse(row).sector, asdict(to_metadata(row))
    after = asdict(metadata)
    for member, value in after.items():
        setattr(row, member, value)
    if parse(row).sector != sector or changes_kind:
        moved.send(row.client_id)
    _note_change(row, "client.changed", actor, {member: (before[member], value) for member, value in after.items()})
    return row


def renew_secret(
    row: Client, *, secret: str | None = None, keep: timedelta = KEEP_OLD, actor: str | None = None
) -> str | Refused:
    """Give a confidential client a new secret, or this one; the old one counts beside it for so long, or not at all after none.

    An older one that still counted ends. Refusals: CLIENT_INVALID for a client without a secret, for one that is too short, or for more
    than `MOST_KEPT`.
    """
    if row.client_secret_digest is None:
        return Refused(Reason.CLIENT_INVALID, detail="The client has no secret.")
    refused = _check_secret(secret, signs=to_metadata(row).signs_with_secret)
    if refused is not None:
        return refused
    if not timedelta() <= keep <= MOST_KEPT:
        most = int(MOST_KEPT / timedelta(hours=1))
        return Refused(Reason.CLIENT_INVALID, "keep_old", detail=f"A number of hours from 0 to {most} is needed.")
    is_kept = bool(keep)
    row.former_secret_digest = row.client_secret_digest if is_kept else None
    row.former_sealed_secret = row.sealed_client_secret if is_kept else None
    row.former_secret_until = clock.now() + keep if is_kept else None
    secret = secret or crypto.new_secret()
    for column, value in _keep_secret(row.client_id, to_metadata(row), secret).items():
        setattr(row, column, value)
    until = row.former_secret_until.isoformat(timespec="seconds") if row.former_secret_until else "now"
    _note_change(row, "client.secret_renewed", actor, {}, former_ends=until)
    return secret


def end_former_secret(row: Client, *, actor: str | None = None) -> bool:
    """End the secret before the last renewal at once; False where none counts."""
    former = former_secret(row)
    row.former_secret_digest = row.former_sealed_secret = row.former_secret_until = None
    if former is None or not former.is_good:
        return False
    _note_change(row, "client.former_secret_ended", actor, {})
    return True


def set_disabled(row: Client, disabled: bool, *, actor: str | None = None) -> None:
    """Disable a client (its tokens are refused at once) or enable it again."""
    changes = {"disabled": (row.disabled_at is not None, disabled)}
    row.disabled_at = clock.now() if disabled else None
    _note_change(row, "client.disabled" if disabled else "client.enabled", actor, changes)


def remove(row: Client, *, actor: str | None = None) -> None:
    """Delete a client for good; what was issued to it is refused from then on."""
    removed.send(row.client_id)
    for table in (ClientLogo, ClientOwner, ClientDocument):
        session().execute(delete(table).where(table.client_id == row.client_id))
    session().delete(row)
    _note_change(row, "client.deleted", actor, {"client_name": (row.client_name, None)})


def names_of(client_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of those of these clients that are there, disabled or not."""
    query = select(Client.client_id, Client.client_name).where(Client.client_id.in_([*client_ids]))
    return dict(session().execute(query).all())


def get(client_id: str, *, for_change: bool = False) -> Client | None:
    """Return the row, disabled or not; as it is at this moment, and locked, where it is going to be changed."""
    return session().get(Client, client_id, with_for_update=for_change or None, populate_existing=for_change)


def describe(client_id: str, metadata: Metadata, secret: str | None) -> dict[str, Any]:
    """Return the members that describe a client, and its secret where it is to be told (RFC 7591, section 3.2.1)."""
    answer: dict[str, Any] = {"client_id": client_id}
    if secret is not None:
        answer |= {"client_secret": secret, "client_secret_expires_at": 0}
    return answer | {name: value for name, value in metadata.items() if value not in (None, [])}


def search(term: str, most: int) -> Found[Client]:
    """Return up to `most` clients by words of name and identifier, or their beginnings, in any order; by name.

    Case and accents are nothing; a term without a letter or digit finds none, an empty one all.
    """
    query = select(Client).order_by(Client.search_text, Client.client_id)
    return words.index.find(term, query, most, by=Client.search_text)


def _check_identity(client_id: str | None, secret: str | None, *, signs: bool) -> Refused | None:
    if client_id is not None:
        if not CLIENT_ID.fullmatch(client_id) or client_id == "new" or client_id.startswith(RESERVED_PREFIX):
            return Refused(
                Reason.CLIENT_INVALID, "client_id", detail="Use letters, digits and . _ ~ - only, and not “new”."
            )
        if session().get(Client, client_id) is not None:
            return Refused(Reason.CLIENT_INVALID, "client_id", detail="This client identifier is taken.")
    return _check_secret(secret, signs=signs)


def _check_secret(secret: str | None, *, signs: bool) -> Refused | None:
    # What signs by HS256 must be as long as its digest (RFC 7518, section 3.2).
    shortest = SHORTEST_SIGNING_SECRET if signs else SHORTEST_CHOSEN_SECRET
    if secret is not None and len(secret.encode()) < shortest:
        return Refused(Reason.CLIENT_INVALID, "client_secret", detail=f"At least {shortest} characters are needed.")
    return None


def _keep_secret(client_id: str, metadata: Metadata, secret: str | None) -> dict[str, bytes | None]:
    """Return the columns that hold a secret: its digest, and itself, sealed, where the client signs with it."""
    return {
        "client_secret_digest": digest_secret(client_id, secret) if secret else None,
        "sealed_client_secret": seal_secret(client_id, secret) if secret and metadata.signs_with_secret else None,
    }


def _can_prove_itself(row: Client, metadata: Metadata) -> bool:
    """Return whether what is kept of a client's secret, if anything, serves the method that it asks for."""
    if metadata.signs_with_secret:
        return row.sealed_client_secret is not None
    return not metadata.has_secret or row.client_secret_digest is not None


def purge(limit: int) -> int:
    """Forget up to `limit` former secrets that count no more; return how many."""
    old = select(Client.client_id).where(Client.former_secret_until <= clock.now()).limit(limit)
    blank = {"former_secret_digest": None, "former_sealed_secret": None, "former_secret_until": None}
    statement = update(Client).where(Client.client_id.in_(old)).values(**blank)
    return run(statement.execution_options(synchronize_session=False))


def _note_change(row: Client, event: str, actor: str | None, changes: audit.Changes, **detail: Any) -> None:
    row.updated_at = clock.now()
    session().flush()
    audit.record(event, client_id=row.client_id, actor=actor, changes=changes, **detail)
    after_commit(generation("clients").bump)
