"""Scopes that a token request names (RFC 6749, section 3.3): what nobody here understands is left out, as at the authorization endpoint."""

from authlib.oauth2.rfc6749 import InvalidScopeError

from idp.clients.registered import RegisteredClient
from idp.oauth.scopes import is_understood, listed
from idp.oauth.server import ServerRequest


def narrow_scope(request: ServerRequest, client: RegisteredClient) -> list[str]:
    """Take out of a token request the scopes that nobody here understands, and return them.

    Raises:
        InvalidScopeError: nothing is left of what was asked for.
    """
    asked = list(dict.fromkeys((request.payload.scope or "").split()))
    left_out = [scope for scope in asked if not is_understood(scope, client)]
    if left_out and len(left_out) == len(asked):
        raise InvalidScopeError(
            f"The parameter scope holds nothing that this client can be granted: {listed(left_out)}."
        )
    if left_out:
        request.reword({**request.form, "scope": " ".join(scope for scope in asked if scope not in left_out)})
    return left_out
