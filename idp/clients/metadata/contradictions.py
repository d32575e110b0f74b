"""Members that are each good, and with which together no request of the client could ever be answered: refused, whoever registers it.

A client that was registered with such a pair before stays, can be disabled and deleted, and is refused its requests as before; whoever
changes anything else of its registration is told to resolve the pair with it.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from idp.clients.metadata import fedcm, profiles
from idp.clients.metadata.members import Metadata
from idp.clients.metadata.uris import Problem
from idp.keys import jose

BOUND = ("dpop_bound_access_tokens", "tls_client_certificate_bound_access_tokens")


def check(metadata: Metadata) -> Problem | None:
    """Return the first pair of a registration that excludes each other, by the member that is named and a sentence."""
    return next((problem for find in PAIRS if (problem := find(metadata)) is not None), None)


def _bound_twice(metadata: Metadata) -> Problem | None:
    """A token names one key (`cnf`: RFC 9449, section 6.1; RFC 8705, section 3.1), and each member asks for its own kind."""
    if not (metadata.dpop_bound_access_tokens and metadata.tls_client_certificate_bound_access_tokens):
        return None
    return BOUND[1], f"A token is bound to one key. Use {BOUND[0]} or {BOUND[1]}, not both: no token could be issued."


def _bound_in_the_browser(metadata: Metadata) -> Problem | None:
    """What the authorization endpoint sends through the browser is bound to nothing (RFC 8705, section 6.4)."""
    bound = next((member for member in BOUND if getattr(metadata, member)), None)
    sent = next((kind for kind in metadata.allowed_response_types if "token" in kind.split()), None)
    if bound is None or sent is None:
        return None
    return "response_types", f"{sent} sends a token through the browser, where {bound} allows none."


def _implicit_without_answers(metadata: Metadata) -> Problem | None:
    if "implicit" not in metadata.grant_types or metadata.allowed_response_types:
        return None
    return "response_types", "The grant implicit needs a response type to ask for, such as id_token."


def _signed_by_nobody(metadata: Metadata) -> Problem | None:
    if not metadata.require_signed_request_object:
        return None
    if metadata.request_object_signing_alg == "none":
        return "request_object_signing_alg", "With require_signed_request_object it cannot be none."
    if not (metadata.jwks or metadata.jwks_uri):
        return (
            "jwks",
            "With require_signed_request_object the keys are needed that sign the requests: jwks or jwks_uri.",
        )
    return _without_key(metadata, metadata.request_object_signing_alg, "sign its requests")


def _proved_by_nothing(metadata: Metadata) -> Problem | None:
    match metadata.token_endpoint_auth_method:
        case "private_key_jwt":
            return _without_key(metadata, metadata.token_endpoint_auth_signing_alg, "prove itself")
        case "self_signed_tls_client_auth":
            keys = _keys(metadata)
            return ("jwks", "There is no key in it that a certificate could have.") if keys == [] else None
    return None


def _without_key(metadata: Metadata, algorithm: str | None, deed: str) -> Problem | None:
    """Refuse a registered key set of which no key makes the signatures that are asked for; published ones may change at any time."""
    usual = profiles.ALGORITHMS if metadata.profile is not None else jose.SIGNATURES
    allowed = usual if algorithm is None else (algorithm,)
    keys = _keys(metadata)
    if keys is None or any(key.algorithms.intersection(allowed) for key in keys):
        return None
    return (
        "jwks",
        f"There is no key in it with which the client could {deed}: one for {' or '.join(allowed)} is needed.",
    )


def _keys(metadata: Metadata) -> list[jose.PublicKey] | None:
    """Return the usable keys of a good set that is registered; None where there is none."""
    found = jose.parse_jwks(metadata.jwks) if metadata.jwks is not None and not metadata.jwks_uri else None
    return found if isinstance(found, list) else None


def _no_page_for_browsers(metadata: Metadata) -> Problem | None:
    if not metadata.fedcm_enabled or any(urlsplit(uri).scheme in {"http", "https"} for uri in metadata.redirect_uris):
        return None
    return (
        "fedcm_enabled",
        "FedCM is for pages at the host of a redirect URI; none of them is https, or http on loopback.",
    )


PAIRS: tuple[Callable[[Metadata], Problem | None], ...] = (
    _bound_twice,
    _bound_in_the_browser,
    _implicit_without_answers,
    _signed_by_nobody,
    _proved_by_nothing,
    fedcm.check,
    _no_page_for_browsers,
)
