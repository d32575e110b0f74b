"""Revocation (RFC 7009) and introspection (RFC 7662), over Authlib's endpoints."""

from typing import Any, cast

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint as _RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint as _IntrospectionEndpoint

from idp import keys
from idp.base import clock
from idp.base.extensions import settings
from idp.clients import service as clients
from idp.clients.metadata import AUTH_METHODS
from idp.clients.registered import RegisteredClient
from idp.oauth import access_tokens, demands, ending, refresh_tokens, subjects
from idp.oauth.access_tokens import AccessToken
from idp.oauth.refusals import Cause, Refusal
from idp.oauth.server import ServerRequest
from idp.oauth.tokens import Granted

SIGNED_INTROSPECTION = "application/token-introspection+jwt"


class RevocationEndpoint(_RevocationEndpoint):
    """RFC 7009: a refresh token takes its grant and all access tokens with it, an access token only itself."""

    CLIENT_AUTH_METHODS = list(AUTH_METHODS)

    def check_params(self, request: ServerRequest, client: RegisteredClient) -> None:
        """Demand a token; an unknown hint is ignored (section 2.1)."""
        _demand_token(request)

    def authenticate_token(self, request: ServerRequest, client: RegisteredClient) -> None:
        """End the token at once, if it is known and this client's; another client's is refused (section 2.1).

        Raises:
            Refusal: `invalid_grant` for another client's token.
        """
        self.check_params(request, client)
        token = request.form["token"]
        claims = access_tokens.read_of_any(token)
        owner = claims["client_id"] if claims is not None else ending.revoke_refresh_token(token, client.client_id)
        if owner is not None and owner != client.client_id:
            raise Refusal("invalid_grant", Cause.TOKEN_OF_ANOTHER_CLIENT)
        if claims is not None:
            ending.revoke_access_token(claims)


class IntrospectionEndpoint(_IntrospectionEndpoint):
    """RFC 7662: confidential clients (resource servers) may ask about any access token, and about their own refresh tokens."""

    CLIENT_AUTH_METHODS = list(AUTH_METHODS)

    def authenticate_endpoint_client(self, request: ServerRequest) -> RegisteredClient:
        """Refuse public clients: anybody could be one (section 2.1)."""
        client: RegisteredClient = super().authenticate_endpoint_client(request)
        if client.metadata.is_public:
            raise Refusal("invalid_client", Cause.PROOF_NEEDED, status=401)
        return client

    def create_endpoint_response(self, request: ServerRequest) -> tuple[int, Any, list[tuple[str, str]]]:
        """Answer in JSON, or with a JWT for a client that asks for one (RFC 9701, section 4)."""
        status, told, headers = super().create_endpoint_response(request)
        if SIGNED_INTROSPECTION not in request.asked.environ.get("HTTP_ACCEPT", ""):
            return status, told, headers
        client = cast(RegisteredClient, request.client)
        claims = {
            "iss": settings().issuer,
            "aud": client.client_id,
            "iat": clock.timestamp(),
            "token_introspection": told,
        }
        signed = keys.sign(claims, client.introspection_algorithm, "token-introspection+jwt")
        return status, signed, [("Content-Type", SIGNED_INTROSPECTION), ("Cache-Control", "no-store")]

    def check_params(self, request: ServerRequest, client: RegisteredClient) -> None:
        """Demand a token; an unknown hint is ignored (section 2.1)."""
        _demand_token(request)

    def query_token(self, token_string: str, token_type_hint: str | None) -> AccessToken | Granted | None:
        """Find an active token of either kind."""
        access = access_tokens.verify_access_token(
            token_string, may_be_bound=True, for_any=True
        )  # who asks looks at the key
        granted = refresh_tokens.find(token_string) if access is None else None
        is_good = granted is not None and demands.are_met(granted, clients.find(granted.client_id))
        return access or (granted if is_good else None)

    def check_permission(self, token: AccessToken | Granted, client: RegisteredClient, request: ServerRequest) -> bool:
        """A refresh token is only its own client's business."""
        return isinstance(token, AccessToken) or token.check_client(client)

    def create_introspection_payload(self, token: AccessToken | Granted | None) -> dict[str, Any]:
        """Return the members of section 2.2."""
        if token is None or (isinstance(token, Granted) and token.refresh_rotated):
            return {"active": False}
        if isinstance(token, AccessToken):
            hidden = {"gid", access_tokens.THROUGH, access_tokens.REGISTRATIONS}
            members = {name: value for name, value in token.claims.items() if name not in hidden}
            bound = token.confirmation
            return {"active": True, "token_type": bound.token_type if bound is not None else "Bearer", **members}
        client = clients.find(token.client_id)
        return {
            "active": True,
            "token_type": "refresh_token",
            "client_id": token.client_id,
            "sub": subjects.of(token.sub, client),
            "scope": client.get_allowed_scope(token.scope) if client is not None else "",
            "iss": settings().issuer,
        }


def _demand_token(request: ServerRequest) -> None:
    if not request.form.get("token"):
        raise InvalidRequestError("The parameter token is missing.")
