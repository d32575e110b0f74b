"""What passes between this server, the browser and a provider: the authorization request, and what its answer is worth."""

from collections.abc import Mapping
from dataclasses import dataclass

from authlib.common.errors import AuthlibBaseError
from requests.exceptions import RequestException

from idp.base.extensions import settings
from idp.base.outcome import Busy
from idp.federation.errors import UpstreamError
from idp.federation.openid import Expected
from idp.federation.providers import Endpoints, Identity, Provider
from idp.federation.wire import Wire

LONGEST_CODE = 2048  # characters


@dataclass(frozen=True)
class Request:
    """One authorization request: the address to come back to, and the secrets that bind the answer to it."""

    callback: str
    state: str
    nonce: str
    verifier: str


def authorization_url(provider: Provider, request: Request) -> str:
    """Return where the browser has to go.

    Raises:
        UpstreamError: the provider's configuration cannot be read.
        Busy: too many requests wait for the provider already.
    """
    with _wire(provider, request) as wire:
        endpoints = provider.locate(wire, settings())
        nonce = {"nonce": request.nonce} if endpoints.metadata is not None else {}
        url, _state = wire.create_authorization_url(
            endpoints.authorize, state=request.state, code_verifier=request.verifier, **nonce
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
    with _wire(provider, request) as wire:
        endpoints = provider.locate(wire, settings())
        expected = _expect(provider, endpoints, request, answer)
        verifier = {"code_verifier": request.verifier} if provider.uses_pkce else {}
        try:
            token = wire.fetch_token(endpoints.token, grant_type="authorization_code", code=code, **verifier)
        except (AuthlibBaseError, RequestException, ValueError, TypeError, RecursionError) as error:
            raise UpstreamError(f"the code was not redeemed: {type(error).__name__}") from None
        if not isinstance(token.get("access_token"), str):
            raise UpstreamError("there is no access token")
        return provider.read(wire, settings(), endpoints, dict(token), expected)


def _expect(provider: Provider, endpoints: Endpoints, request: Request, answer: Mapping[str, str]) -> Expected | None:
    """Return what the ID token has to say, once the response is known to be of this provider (RFC 9207, section 2.4)."""
    if endpoints.metadata is None:
        return None
    issuer, named = str(endpoints.metadata["issuer"]), answer.get("iss")
    is_due = endpoints.metadata.get("authorization_response_iss_parameter_supported") is True
    if named != issuer and (named is not None or is_due):
        raise UpstreamError("the answer is that of another issuer")
    return Expected(issuer, provider.client_id or "", request.nonce)


def _wire(provider: Provider, request: Request) -> Wire:
    return Wire(
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        token_endpoint_auth_method=provider.auth_method,
        scope=provider.scope,
        redirect_uri=request.callback,
        code_challenge_method="S256" if provider.uses_pkce else None,
    )
