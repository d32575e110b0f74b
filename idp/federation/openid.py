"""OpenID Connect as a relying party: discovery, and who the ID token names. `keys.jose` verifies it, Authlib its claims.

What a provider publishes is kept for an hour; a key that is not among those known is looked for once more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from authlib.common.errors import AuthlibBaseError
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from idp.base import clock
from idp.federation.errors import UpstreamError
from idp.keys import jose

if TYPE_CHECKING:
    from idp.federation.wire import Wire

MOST_KNOWN = 500  # documents: two of each provider
KEPT, LEEWAY = timedelta(hours=1), 120  # seconds of difference between two clocks


@dataclass(frozen=True)
class Expected:
    """What an ID token has to say: who issued it, for whom, and for which sign-in; and with which algorithms it may be signed."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: tuple[str, ...]


_known: dict[str, tuple[datetime, Any]] = {}


def discover(wire: "Wire", issuer: str) -> dict[str, Any]:
    """Return what a provider says of itself (OpenID Connect Discovery, section 4).

    Raises:
        UpstreamError: it cannot be read, or it speaks of another issuer.
    """

    def is_good(found: Any) -> bool:
        return isinstance(found, dict) and found.get("issuer") == issuer

    document = _fetch(wire, f"{issuer.rstrip('/')}/.well-known/openid-configuration", is_good)
    if not is_good(document):
        raise UpstreamError("the configuration is that of another issuer")
    return dict(document)


def read_id_token(wire: "Wire", metadata: dict[str, Any], token: dict[str, Any], expected: Expected) -> dict[str, Any]:
    """Return the claims of a good ID token (OpenID Connect Core, section 3.1.3.7).

    Raises:
        UpstreamError: signature, issuer, audience, time, nonce or `at_hash` are wrong.
    """
    text = token.get("id_token")
    if not isinstance(text, str):
        raise UpstreamError("there is no ID token")
    try:
        header, signed = _verify(wire, metadata, text, expected.algorithms)
        options: Any = {
            "iss": {"essential": True, "value": expected.issuer},
            "aud": {"essential": True, "value": expected.client_id},
            "sub": {"essential": True},
        }
        parameters = {"nonce": expected.nonce, "client_id": expected.client_id} | {
            name: token[name] for name in ("access_token",) if isinstance(token.get(name), str)
        }
        claims = CodeIDToken(signed, header, options, parameters)
        claims.validate(clock.timestamp(), LEEWAY)
    except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UpstreamError(f"the ID token is no good: {type(error).__name__}") from None
    return dict(claims)


def read_userinfo(wire: "Wire", metadata: dict[str, Any], subject: str) -> dict[str, Any]:
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


def _verify(
    wire: "Wire", metadata: dict[str, Any], text: str, algorithms: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims of an ID token that is signed with a published key; the others do not matter (RFC 7517, section 5)."""
    url = endpoint(metadata, "jwks_uri")
    header = jose.read_header(text)
    if header is None:
        raise UpstreamError("the ID token is malformed")
    for anew in (False, True):
        keys = jose.read_jwks(_fetch(wire, url, jose.is_key_set, anew=anew))
        claims = jose.verify(text, keys, algorithms)
        if claims is not None:
            return header, claims
        if jose.is_known(header, keys):
            break
    raise UpstreamError("the ID token is not signed with a key of the provider's")


def _fetch(wire: "Wire", url: str, is_good: Callable[[Any], bool], *, anew: bool = False) -> Any:
    """Return what is published at an address; only what is good is kept."""
    kept = _known.get(url)
    if kept is not None and not anew and timedelta(0) <= clock.now() - kept[0] < KEPT:
        return kept[1]
    found = wire.ask(url)
    if is_good(found):
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[url] = clock.now(), found
    return found
