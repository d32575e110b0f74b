"""The public keys of a client: registered with it, or published at its `jwks_uri` and fetched by the guarded fetcher.

A key set is kept for ten minutes, for each client by itself: several may publish at one address, each after a change of its own. A
token whose `kid` is not in it has it fetched anew at once, but not twice within half a minute, so that clients rotate their keys without
telling anybody (OpenID Connect Core, section 10.1.1) and strangers who make up names do not have us fetch without end. What a token
itself brings along is never a key.
"""

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from idp.base import fetch
from idp.base.database import pause
from idp.clients.registered import RegisteredClient
from idp.keys import jose
from idp.keys.jose import PublicKey

LARGEST = 100_000  # bytes
FRESH_FOR = timedelta(minutes=10)
AT_MOST_EVERY = timedelta(seconds=30)


def verify(client: RegisteredClient, token: str, algorithms: Collection[str]) -> dict[str, Any] | None:
    """Return the claims of a JWS that a client has signed with one of these algorithms; None for anything else.

    Times are not looked at. Fetches where it must: call it before anything is written.
    """
    header = jose.read_header(token)
    if header is None or header["alg"] not in algorithms:
        return None
    for anew in (False, True):
        keys = _find(client, anew=anew)
        claims = jose.verify(token, keys, algorithms)
        if claims is not None or jose.is_known(header, keys) or not client.metadata.jwks_uri:
            return claims
    return None


def _find(client: RegisteredClient, *, anew: bool) -> list[PublicKey]:
    document: Any = client.metadata.jwks
    uri = client.metadata.jwks_uri
    if uri:
        pause()
        try:
            body = fetch.get_cached(
                uri,
                asker=client.client_id,
                largest=LARGEST,
                fresh_for=FRESH_FOR,
                at_most_every=AT_MOST_EVERY,
                anew=anew,
            )
            document = json.loads(body)
        except (fetch.FetchError, ValueError, RecursionError):
            return []
    return jose.read_jwks(document)
