"""Consents: what a person has allowed a client, remembered, reviewable and withdrawable."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, null, select, update

from idp import audit
from idp.base import clock
from idp.base.database import connection, insert_into, run, session
from idp.clients import documents
from idp.clients import service as clients
from idp.clients.models import Client
from idp.oauth.interaction import Agreement
from idp.oauth.models import Consent, Grant
from idp.oauth.scopes import DETAILS


def find(account_id: int, client_id: str) -> Agreement | None:
    """Return what a person has allowed a client."""
    query = select(Consent.scope).where(Consent.account_id == account_id, Consent.client_id == client_id)
    scope = connection().execute(query).scalar_one_or_none()
    return Agreement(frozenset(scope.split())) if scope is not None else None


def remember(account_id: int, client_id: str, scopes: tuple[str, ...], *, subject: str, source: str) -> None:
    """Add scopes to what a person has allowed a client."""
    now = clock.now()
    statement = insert_into(Consent).values(account_id=account_id, client_id=client_id, scope="", given_at=now)
    # Made or found, the row is locked from here on, so that of two pages answered at once neither overwrites the other.
    locked = statement.on_conflict_do_update(
        index_elements=[Consent.account_id, Consent.client_id], set_={"given_at": now}
    )
    row = connection().execute(locked.returning(Consent.id, Consent.scope)).one()
    # Of what was allowed in detail the last counts: anything else is asked about anew.
    is_detailed = any(scope.startswith(DETAILS) for scope in scopes)
    kept = [scope for scope in row.scope.split() if not (is_detailed and scope.startswith(DETAILS))]
    run(update(Consent).where(Consent.id == row.id).values(scope=" ".join(sorted({*kept, *scopes}))))
    audit.record("consent.given", subject=subject, client_id=client_id, source=source, scope=" ".join(scopes))


@dataclass(frozen=True)
class App:
    """A client that a person has let in: what it may do, since when, and when it last did."""

    client_id: str
    name: str
    scopes: frozenset[str]
    since: datetime
    last_used_at: datetime | None

    @property
    def host(self) -> str | None:
        """The host that vouches for it, where nobody has registered it here."""
        return documents.host_of(self.client_id)


def list_apps(account_id: int) -> list[App]:
    """Return the clients with a consent or a live grant of the person, by name."""
    live = (
        select(Grant.client_id, Grant.scope, Grant.created_at, Grant.last_used_at)
        .where(Grant.account_id == account_id, Grant.revoked_at.is_(None), Grant.expires_at > clock.now())
        .where(Grant.redeemed_at.is_not(None) | Grant.last_used_at.is_not(None))
    )
    given = select(Consent.client_id, Consent.scope, Consent.given_at, null()).where(Consent.account_id == account_id)
    found: dict[str, App] = {}
    for client_id, scope, since, used in [*connection().execute(given), *connection().execute(live)]:
        known = found.get(client_id)
        scopes = frozenset(scope.split())
        if known is not None:
            uses = [instant for instant in (known.last_used_at, used) if instant is not None]
            scopes, since, used = known.scopes | scopes, min(known.since, since), max(uses, default=None)
        found[client_id] = App(client_id, "", scopes, since, used)
    names = clients.names_of(found)
    apps = [replace(app, name=names[app.client_id]) for app in found.values() if app.client_id in names]
    return sorted(apps, key=lambda app: app.name.casefold())


def was_any_let_in(account_id: int) -> bool:
    """Return whether a registered client may know a person: one was allowed something, or was granted it without being allowed."""
    is_clients = exists().where(Grant.client_id == Client.client_id, Grant.account_id == account_id)
    return bool(session().scalar(select(exists().where(Consent.account_id == account_id) | is_clients)))


def forget_since(account_id: int, since: datetime) -> None:
    """Forget what was allowed in an account's name since an instant, perhaps by a thief; it will be asked again."""
    later = delete(Consent).where(Consent.account_id == account_id, Consent.given_at >= since)
    session().execute(later.execution_options(synchronize_session=False))


def forget_client(client_id: str) -> None:
    """Forget what people allowed a client that is being deleted, so that nobody inherits it with its identifier."""
    session().execute(delete(Consent).where(Consent.client_id == client_id))
    _revoke(Grant.client_id == client_id)


def forget_grants(client_id: str) -> None:
    """Forget what a client was granted so far, sessions of its people included; what they have allowed it stays.

    The rows stay until they have expired, as grants that were revoked before anybody used them: SQLite gives the number of a deleted row
    again, and tokens of the old grant name it.
    """
    _revoke(Grant.client_id == client_id)
    run(update(Grant).where(Grant.client_id == client_id).values(redeemed_at=None, last_used_at=None))


def withdraw(account_id: int, client_id: str, *, subject: str, source: str) -> None:
    """Forget a consent and revoke every token that the client holds for the person."""
    session().execute(delete(Consent).where(Consent.account_id == account_id, Consent.client_id == client_id))
    _revoke(Grant.account_id == account_id, Grant.client_id == client_id)
    audit.record("consent.withdrawn", subject=subject, client_id=client_id, source=source)


def _revoke(*whose: ColumnElement[bool]) -> None:
    """End these grants, and every token that came of them."""
    run(update(Grant).where(Grant.revoked_at.is_(None), *whose).values(revoked_at=clock.now()))
