"""What passes between this server, the browser and a provider: the authorization request, and what its answer is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_qs
from requests.exceptions import RequestException

from idp import keys
from idp.base import clock, crypto
from idp.base.outcome import Busy
from idp.federation.errors import UpstreamError
from idp.federation.identities import Endpoints, Identity
from idp.federation.openid import Expected
from idp.federation.providers import Provider
from idp.federation.wire import Wire

LONGEST_CODE = 2048  # characters
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523, section 2.2
ASSERTION_LIFE = 60  # seconds
# The one algorithm that every provider takes which takes any.
ASSERTION_ALGORITHM = "RS256"


@dataclass(frozen=True)
class Request:
    """One authorization request: the address to come back to, and the secrets that bind the answer to it."""

    callback: str
    state: str
    nonce: str
    verifier: str
    login_hint: str | None = None


def authorization_url(provider: Provider, request: Request) -> str:
    """Return where the browser has to go.

    Raises:
        UpstreamError: the provider's configuration cannot be read.
        Busy: too many requests wait for the provider already.
    """
    with new_wire(provider, request.callback) as wire:
        endpoints = provider.locate(wire)
        more = {"nonce": request.nonce} if endpoints.metadata is not None else {}
        more |= {"login_hint": request.login_hint} if request.login_hint and endpoints.metadata is not None else {}
        url, _state = wire.create_authorization_url(
            endpoints.authorize, state=request.state, code_verifier=request.verifier, **more
        )
        return str(url)


def identify(provider: Provider, request: Request, answer: Mapping[str, str]) -> Identity:
    """Redeem the code of an authorization response and return who the provider says it was.

    Raises:
        UpstreamError: the response is an error, or the provider did not answer as it should.
    """
    code = answer.get("code", "")
    if "error" in answer or not 0 < len(code) <= LONGEST_CODE:
        raise UpstreamError("it was denied" if answer.get("error") == "access_denied" else "there is no code")
    try:
        return _identify(provider, request, code, answer)
    except Busy:  # the code is used up by now: the person begins anew
        raise UpstreamError("too many requests wait for it") from None


def _identify(provider: Provider, request: Request, code: str, answer: Mapping[str, str]) -> Identity:
    with new_wire(provider, request.callback) as wire:
        endpoints = provider.locate(wire)
        expected = _expect(provider, endpoints, request, answer)
        verifier = {"code_verifier": request.verifier} if provider.uses_pkce else {}
        try:
            token = wire.fetch_token(endpoints.token, grant_type="authorization_code", code=code, **verifier)
        except (AuthlibBaseError, RequestException, ValueError, TypeError, RecursionError) as error:
            raise UpstreamError(f"the code was not redeemed: {type(error).__name__}") from None
        if not isinstance(token.get("access_token"), str):
            raise UpstreamError("there is no access token")
        return provider.read(wire, endpoints, dict(token), expected)


def _expect(provider: Provider, endpoints: Endpoints, request: Request, answer: Mapping[str, str]) -> Expected | None:
    """Return what the ID token has to say, once the response is known to be of this provider (RFC 9207, section 2.4)."""
    if endpoints.metadata is None:
        return None
    issuer, named = str(endpoints.metadata["issuer"]), answer.get("iss")
    is_due = endpoints.metadata.get("authorization_response_iss_parameter_supported") is True
    if named != issuer and (named is not None or is_due):
        raise UpstreamError("the answer is that of another issuer")
    return Expected(issuer, provider.client_id or "", request.nonce, provider.algorithms)


def new_wire(provider: Provider, callback: str) -> Wire:
    """Return one conversation with a provider."""
    wire = Wire(
        is_named=provider.is_named,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        token_endpoint_auth_method=provider.auth_method,
        scope=provider.scope or None,
        redirect_uri=callback,
        code_challenge_method="S256" if provider.uses_pkce else None,
    )
    wire.register_client_auth_method(("private_key_jwt", sign_in_form))
    return wire


def sign_in_form(
    client: Any, method: str, uri: str, headers: dict[str, str], body: str
) -> tuple[str, dict[str, str], str]:
    """Prove who this server is by a JWT in the form of a token request (RFC 7523, sections 2.2 and 3); Authlib calls it."""
    now = clock.timestamp()
    claims = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": uri,
        "jti": crypto.new_identifier(),
        "iat": now,
        "exp": now + ASSERTION_LIFE,
    }
    proof = [
        ("client_id", client.client_id),
        ("client_assertion_type", ASSERTION),
        ("client_assertion", keys.sign(claims, ASSERTION_ALGORITHM)),
    ]
    return uri, headers, add_params_to_qs(body, proof)
