"""Request objects, by value and by reference (RFC 9101; OpenID Connect Core, section 6)."""

from idp.clients.registered import RegisteredClient
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.policy import Problem


def open_request(outer: AuthorizationParameters, client: RegisteredClient) -> AuthorizationParameters | Problem:
    """Return the parameters that count: those inside the request object where there is one (RFC 9101, section 6.3)."""
    if outer.get("request"):
        return "request_not_supported", "Request objects are not supported."
    if outer.get("request_uri"):
        return "request_uri_not_supported", "Request objects by reference are not supported."
    return outer
