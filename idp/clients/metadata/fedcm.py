"""What a client needs in order to be signed in to by the browser itself (FedCM)."""

from idp.clients.metadata.members import Metadata
from idp.clients.metadata.uris import Problem


def check(metadata: Metadata) -> Problem | None:
    """Refuse sign-in by the browser where what the client asks for could not be as it is registered: a browser pushes and signs nothing."""
    if not metadata.fedcm_enabled:
        return None
    if "openid" not in metadata.scope.split():
        return "fedcm_enabled", "FedCM gives ID tokens, for which the scope openid is needed."
    if metadata.require_pushed_authorization_requests or metadata.require_signed_request_object:
        return (
            "fedcm_enabled",
            "A browser asks by FedCM without pushing or signing the request, which this client has to.",
        )
    return None
