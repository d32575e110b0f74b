"""Who owns a client: people who see and change its registration, and administer nothing else by that.

Administrators of clients say who the owners are; an owner may give it up. A request has taken the account before it calls any of this.
"""

from sqlalchemy import Select, delete, select

from idp import audit
from idp.accounts import claiming
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import connection, insert_into, run, session
from idp.base.outcome import Reason, Refused
from idp.clients import service as clients
from idp.clients.models import Client, ClientOwner

MOST_OWNERS = 50


def owns(account: Account, client_id: str) -> bool:
    """Return whether somebody owns a client now; nobody does on a closed account, or while nobody has proved its address."""
    is_open = account.is_verified and account.disabled_at is None
    mine = (ClientOwner.account_id == account.id, ClientOwner.client_id == client_id)
    return is_open and session().scalar(select(ClientOwner.client_id).where(*mine)) is not None


def owns_any(account_id: int) -> bool:
    """Return whether somebody owns a client."""
    return (
        session().scalar(select(ClientOwner.client_id).where(ClientOwner.account_id == account_id).limit(1)) is not None
    )


def owned(account_id: int) -> Select[Client]:
    """Return the query for the clients that somebody owns, by name."""
    query = select(Client).join(ClientOwner, ClientOwner.client_id == Client.client_id)
    return query.where(ClientOwner.account_id == account_id).order_by(Client.search_text, Client.client_id)


def owners(client_id: str) -> list[Account]:
    """Return the owners of a client, by address."""
    query = select(Account).join(ClientOwner, ClientOwner.account_id == Account.id)
    return list(session().scalars(query.where(ClientOwner.client_id == client_id).order_by(Account.email)))


def add(client: Client, account: Account, *, actor: str) -> Refused | None:
    """Make somebody an owner of a client; who is one stays so.

    Refusals: UNKNOWN, where the client is gone; OWNER_UNFIT for a disabled account or an unproved address; TOO_MANY_OWNERS.
    """
    if account.disabled_at is not None or not claiming.is_settled(account):
        return Refused(Reason.OWNER_UNFIT, "person")
    if clients.get(client.client_id, for_change=True) is None:
        return Refused(Reason.UNKNOWN, "client_id")
    present = owners(client.client_id)
    if any(owner.id == account.id for owner in present):
        return None
    if len(present) >= MOST_OWNERS:
        return Refused(Reason.TOO_MANY_OWNERS, "person")
    values = {"account_id": account.id, "client_id": client.client_id, "added_at": clock.now()}
    connection().execute(insert_into(ClientOwner).values(**values))
    audit.record("client.owner_added", subject=account.sub, actor=actor, client_id=client.client_id)
    return None


def remove(client_id: str, account: Account, *, actor: str) -> bool:
    """Let somebody own a client no more; False where they do not. Without any owner administrators alone change it."""
    is_theirs = (ClientOwner.account_id == account.id) & (ClientOwner.client_id == client_id)
    if not run(delete(ClientOwner).where(is_theirs).execution_options(synchronize_session=False)):
        return False
    audit.record("client.owner_removed", subject=account.sub, actor=actor, client_id=client_id)
    return True
