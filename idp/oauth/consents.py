"""Consents: what a person has allowed a client, remembered, reviewable and withdrawable."""

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from idp import audit
from idp.base import clock
from idp.base.database import connection, session
from idp.oauth.interaction import Agreement
from idp.oauth.models import Consent, Grant


def find(account_id: int, client_id: str) -> Agreement | None:
    """Return what a person has allowed a client."""
    query = select(Consent.scope, Consent.given_at).where(
        Consent.account_id == account_id, Consent.client_id == client_id
    )
    row = connection().execute(query).first()
    return Agreement(frozenset(row.scope.split()), row.given_at) if row else None


def remember(account_id: int, client_id: str, scopes: tuple[str, ...], *, subject: str, source: str) -> None:
    """Add scopes to what a person has allowed a client."""
    before = find(account_id, client_id)
    scope = " ".join(sorted((before.scopes if before else frozenset()) | set(scopes)))
    insert = postgresql_insert if connection().dialect.name == "postgresql" else sqlite_insert
    statement = insert(Consent).values(account_id=account_id, client_id=client_id, scope=scope, given_at=clock.now())
    connection().execute(
        statement.on_conflict_do_update(
            index_elements=[Consent.account_id, Consent.client_id], set_={"scope": scope, "given_at": clock.now()}
        )
    )
    audit.record("consent.given", subject=subject, client_id=client_id, source=source, scope=" ".join(scopes))


def withdraw(account_id: int, client_id: str, *, subject: str, source: str) -> None:
    """Forget a consent and revoke every token that the client holds for the person."""
    session().execute(delete(Consent).where(Consent.account_id == account_id, Consent.client_id == client_id))
    session().execute(
        update(Grant)
        .where(Grant.account_id == account_id, Grant.client_id == client_id, Grant.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    audit.record("consent.withdrawn", subject=subject, client_id=client_id, source=source)
