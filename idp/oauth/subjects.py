"""What a client knows a person by: the same for all clients, or another in each sector (OpenID Connect Core, section 8)."""

from idp.base.extensions import vault
from idp.clients.registered import RegisteredClient
from idp.keys.parsing import encode


def of(sub: str, client: RegisteredClient | None) -> str:
    """Return the subject that a client is told for an account's `sub`."""
    sector = client.sector if client is not None else None
    if sector is None:
        return sub
    digest = vault().keyed_digest(f"{sector}\0{sub}", "pairwise-subject")
    return encode(digest)
