"""Tokens of trusted issuers, verified: signature, times and audience. What they are good for is the affair of who takes them.

Keys are kept for ten minutes; a token whose `kid` is not among them has them fetched anew, at most once in half a minute. Fetches where it
must, by the guarded fetcher: call it before anything is written.
"""

import json
from collections.abc import Collection
from datetime import timedelta
from enum import Enum, auto
from typing import Any

from idp.base import fetch
from idp.base.database import pause
from idp.issuers.definition import Definition, plain_keys
from idp.keys import jose
from idp.keys.jose import PublicKey

LARGEST = 100_000  # bytes
FRESH_FOR = timedelta(minutes=10)
AT_MOST_EVERY = timedelta(seconds=30)
METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")


class Fault(Enum):
    """Why a token proves nothing."""

    MALFORMED = auto()  # no JWT of a type that is asked for
    ALGORITHM = auto()
    UNREACHABLE = auto()  # its issuer's keys could not be fetched
    KEY_UNKNOWN = auto()
    SIGNATURE = auto()
    AUDIENCE = auto()
    TIMES = auto()


def verify(
    issuer: Definition, token: str, *, types: Collection[str], audiences: Collection[str], longest: timedelta
) -> dict[str, Any] | Fault:
    """Return the claims of a token that an issuer has signed, for one of these audiences alone and for now; else what is wrong.

    `types` are those of its header in small letters (RFC 8725, section 3.11); `longest` is how far ahead `exp` may lie.
    """
    header = jose.read_header(token)
    if header is None or not jose.is_of_type(header, types):
        return Fault.MALFORMED
    if header["alg"] not in jose.SIGNATURES:
        return Fault.ALGORITHM
    claims = _check_signature(issuer, token, header)
    if isinstance(claims, Fault):
        return claims
    named = claims.get("aud")
    named = named if isinstance(named, list) else [named]
    if not named or not all(isinstance(name, str) and name in audiences for name in named):
        return Fault.AUDIENCE
    return claims if jose.is_timely(claims, longest=longest) else Fault.TIMES


def _check_signature(issuer: Definition, token: str, header: dict[str, Any]) -> dict[str, Any] | Fault:
    keys: list[PublicKey] | None = None
    for anew in (False, True):
        keys = load(issuer, anew=anew)
        claims = jose.verify(token, keys or [], jose.SIGNATURES)
        if claims is not None:
            return claims
        if keys is None or issuer.jwks is not None or jose.is_known(header, keys):
            break
    if keys is None:
        return Fault.UNREACHABLE
    return Fault.SIGNATURE if jose.fitting(header, keys) else Fault.KEY_UNKNOWN


def load(issuer: Definition, *, anew: bool = False) -> list[PublicKey] | None:
    """Return an issuer's keys that can be used here; None where they cannot be had."""
    document: Any = issuer.jwks
    if document is None:
        pause()
        try:
            document = _fetch(issuer, issuer.jwks_uri or _find_address(issuer), anew=anew)
        except (fetch.FetchError, ValueError, RecursionError):
            return None
    return jose.read_jwks(plain_keys(document))


def _find_address(issuer: Definition) -> str:
    """Return where the metadata of an issuer say that its keys are (OpenID Connect Discovery, section 4; RFC 8414, section 3).

    Raises:
        FetchError, ValueError: they cannot be had, or are those of another issuer.
    """
    failed: Exception = ValueError("no metadata")
    for path in METADATA:
        try:
            found = _fetch(issuer, issuer.issuer.rstrip("/") + path)
        except (fetch.FetchError, ValueError) as error:
            failed = error
            continue
        uri = found.get("jwks_uri") if isinstance(found, dict) and found.get("issuer") == issuer.issuer else None
        if isinstance(uri, str):
            return uri
    raise failed


def _fetch(issuer: Definition, url: str, *, anew: bool = False) -> Any:
    asker = f"issuer/{issuer.issuer}"
    body = fetch.get_cached(
        url, asker=asker, largest=LARGEST, fresh_for=FRESH_FOR, at_most_every=AT_MOST_EVERY, anew=anew
    )
    return json.loads(body)
