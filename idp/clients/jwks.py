"""The public keys of a client: registered with it, or published at its `jwks_uri` and fetched by the guarded fetcher.

A key set is kept for ten minutes, for each client by itself: several may publish at one address, each after a change of its own. A
token whose `kid` is not in it has it fetched anew at once, but not twice within half a minute, so that clients rotate their keys without
telling anybody (OpenID Connect Core, section 10.1.1) and strangers who make up names do not have us fetch without end. What a token
itself brings along is never a key.
"""

import json
from collections.abc import Collection
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from idp.base import fetch
from idp.base.database import pause
from idp.clients.registered import RegisteredClient
from idp.keys import jose
from idp.keys.jose import PublicKey

LARGEST = 100_000  # bytes
FRESH_FOR = timedelta(minutes=10)
AT_MOST_EVERY = timedelta(seconds=30)


class Fault(Enum):
    """Why a JWS proves nothing of a client."""

    ALGORITHM = auto()  # none that is taken from this client
    UNREACHABLE = auto()  # its keys could not be fetched
    KEY_UNKNOWN = auto()  # signed with a key that is not among them
    SIGNATURE = auto()


def verify(client: RegisteredClient, token: str, algorithms: Collection[str]) -> dict[str, Any] | Fault:
    """Return the claims of a JWS that a client has signed with one of these algorithms; else what is wrong.

    Times are not looked at. Fetches where it must: call it before anything is written.
    """
    header = jose.read_header(token)
    if header is None or header["alg"] not in algorithms:
        return Fault.ALGORITHM
    fault = Fault.UNREACHABLE
    for anew in (False, True):
        keys = _find(client, anew=anew)
        claims = jose.verify(token, keys or [], algorithms)
        if claims is not None:
            return claims
        is_known = jose.is_known(header, keys or [])
        fault = Fault.UNREACHABLE if keys is None else _compare(header, keys)
        if is_known or not client.metadata.jwks_uri:
            break
    return fault


def load(client: RegisteredClient) -> list[PublicKey] | None:
    """Return a client's keys that can be used here; None where they cannot be had. Fetches where it must, as `verify` does."""
    return _find(client, anew=False)


def _compare(header: dict[str, Any], keys: list[PublicKey]) -> Fault:
    """Return whether none of these keys could have signed, or none of them has."""
    return Fault.SIGNATURE if jose.fitting(header, keys) else Fault.KEY_UNKNOWN


def _find(client: RegisteredClient, *, anew: bool) -> list[PublicKey] | None:
    """Return a client's keys; None where they cannot be had."""
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
            return None
    return jose.read_jwks(document)
