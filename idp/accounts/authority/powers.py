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
from idp.issuers import service as issuers
from idp.issuers.definition import Definition

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


def needed_to_trust(*definitions: Definition) -> frozenset[str]:
    """Return the permissions of whoever may say whose tokens count like this: that is as good as the secrets of the clients that are
    programs of these issuers, and where they speak of people, as good as acting for anybody.
    """
    scopes = issuers.scopes_of(one.client_id for definition in definitions for one in definition.workloads)
    of_people = any(definition.grant_profiles for definition in definitions)
    return needed_for(scopes) | (frozenset({"people.write"}) if of_people else frozenset())


def of_client(client_id: str) -> frozenset[str]:
    """Return what a client's own token permits where that has the scope `admin`; nothing, where the client has not, or is disabled."""
    client = clients.get(client_id)
    if client is None or client.disabled_at is not None or ADMIN_SCOPE not in (client.scope or "").split():
        return frozenset()
    return OF_CLIENTS
