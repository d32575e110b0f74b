"""OpenID Connect as a relying party: discovery, and who the ID token names. Authlib and joserfc check it.

What a provider publishes is kept for an hour; a key that is not among those known is looked for once more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from idp.base import clock
from idp.federation.wire import UpstreamError, Wire

ALGORITHMS = ["RS256", "ES256", "EdDSA"]
KEPT, LEEWAY = timedelta(hours=1), 120  # seconds of difference between two clocks


@dataclass(frozen=True)
class Expected:
    """What an ID token has to say: who issued it, for whom, and for which sign-in."""

    issuer: str
    client_id: str
    nonce: str


_known: dict[str, tuple[datetime, Any]] = {}


def discover(wire: Wire, issuer: str) -> dict[str, Any]:
    """Return what a provider says of itself (OpenID Connect Discovery, section 4).

    Raises:
        UpstreamError: it cannot be read, or it speaks of another issuer.
    """
    document = _fetch(wire, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise UpstreamError("the configuration is that of another issuer")
    return document


def read_id_token(wire: Wire, metadata: dict[str, Any], token: dict[str, Any], expected: Expected) -> dict[str, Any]:
    """Return the claims of a good ID token (OpenID Connect Core, section 3.1.3.7).

    Raises:
        UpstreamError: signature, issuer, audience, time, nonce or `at_hash` are wrong.
    """
    text = token.get("id_token")
    if not isinstance(text, str):
        raise UpstreamError("there is no ID token")
    try:
        decoded = _decode(wire, metadata, text)
        options: Any = {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
            "sub": {"essential": True},
        }
        parameters = {"nonce": expected.nonce, "client_id": expected.client_id} | {
            name: token[name] for name in ("access_token",) if isinstance(token.get(name), str)
        }
        claims = CodeIDToken(decoded.claims, decoded.header, options, parameters)
        claims.validate(clock.timestamp(), LEEWAY)
    except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UpstreamError(f"the ID token is no good: {type(error).__name__}") from None
    return dict(claims)


def read_userinfo(wire: Wire, metadata: dict[str, Any], subject: str) -> dict[str, Any]:
    """Return what the userinfo endpoint says, if it speaks of the same person (section 5.3.2).

    Raises:
        UpstreamError: it cannot be read, or it speaks of somebody else.
    """
    answer = wire.ask(endpoint(metadata, "userinfo_endpoint"))
    if not isinstance(answer, dict) or answer.get("sub") != subject:
        raise UpstreamError("userinfo speaks of somebody else")
    return answer


def endpoint(metadata: dict[str, Any], name: str) -> str:
    """Return an address out of the configuration; one on plain http only where the issuer is itself.

    Raises:
        UpstreamError: there is none.
    """
    url = metadata.get(name)
    if not isinstance(url, str) or not url.startswith(("https://", metadata["issuer"])):
        raise UpstreamError(f"the configuration has no good {name}")
    return url


def _decode(wire: Wire, metadata: dict[str, Any], text: str) -> jwt.Token:
    url = endpoint(metadata, "jwks_uri")
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        return jwt.decode(text, KeySet.import_key_set(_fetch(wire, url)), registry=registry)
    except InvalidKeyIdError:
        return jwt.decode(text, KeySet.import_key_set(_fetch(wire, url, anew=True)), registry=registry)


def _fetch(wire: Wire, url: str, *, anew: bool = False) -> Any:
    kept = _known.get(url)
    if kept is None or anew or not timedelta(0) <= clock.now() - kept[0] < KEPT:
        kept = _known[url] = clock.now(), wire.ask(url)
    return kept[1]
