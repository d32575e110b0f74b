"""What a client with certain scopes may do, which nobody lets it do who may not do so themselves."""

from idp.accounts.authority.permissions import OF_CLIENTS, PERMISSIONS, READS
from idp.clients import service as clients
from idp.clients.metadata import (
    ADMIN_READ_SCOPE,
    ADMIN_SCOPE,
    PROVISIONING_SCOPE,
    SIGNALS_EVERYBODY_SCOPE,
    SIGNALS_SCOPE,
    VOUCHING_SCOPE,
)

_PROVISIONING = frozenset({"people.write", "groups.write"})
NEEDED = {
    PROVISIONING_SCOPE: _PROVISIONING,
    VOUCHING_SCOPE: _PROVISIONING,
    ADMIN_SCOPE: frozenset(PERMISSIONS),
    ADMIN_READ_SCOPE: READS,
    SIGNALS_SCOPE: frozenset({"people.read"}),
    SIGNALS_EVERYBODY_SCOPE: frozenset({"people.read"}),
}


def needed_for(scope: str) -> frozenset[str]:
    """Return the permissions of whoever may let a client have these scopes, parted by spaces, or get hold of its secret."""
    return frozenset().union(*(NEEDED.get(word, frozenset()) for word in scope.split()))


def of_client(client_id: str) -> frozenset[str]:
    """Return what a client's own token permits where that has the scope `admin`; nothing, where the client has not, or is disabled."""
    client = clients.get(client_id)
    if client is None or client.disabled_at is not None or ADMIN_SCOPE not in (client.scope or "").split():
        return frozenset()
    return OF_CLIENTS
