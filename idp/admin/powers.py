"""What registering a client gives away, and what only administrators of clients decide: nobody gives what they do not have.

A client with the scope `scim` makes and changes people and groups, one with `admin` administers, so nobody lets it who may not do so
themselves, nor gets hold of its secret. An owner changes where a client is and how it proves itself, and lets it do no more than
administrators have let it.
"""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from idp.accounts.authority.powers import needed_for, needed_to_trust
from idp.admin import guard
from idp.base.outcome import Reason, Refused
from idp.clients.metadata import Metadata
from idp.issuers.definition import Definition

Values = Callable[[Metadata], Any]
# What an owner may take from a client and not add to it; and what an owner leaves as it is.
NARROWED: dict[str, Values] = {
    "scope": lambda metadata: metadata.scope.split(),
    "authorization_details_types": lambda metadata: metadata.authorization_details_types,
    "grant_types": lambda metadata: metadata.grant_types,
    "response_types": lambda metadata: metadata.allowed_response_types,
}
KEPT = (
    *("first_party", "require_second_factor", "fedcm_enabled", "require_pkce", "require_auth_time", "subject_type"),
    *("sector_identifier_uri", "require_pushed_authorization_requests", "require_signed_request_object"),
    *("dpop_bound_access_tokens", "dpop_nonce_required", "tls_client_certificate_bound_access_tokens", "profile"),
)


def is_beyond(scope: str) -> bool:
    """Return whether a client with these scopes may do what the administrator who asks may not."""
    return not all(guard.may(permission) for permission in needed_for(scope))


def check(metadata: Metadata, present: Metadata | None) -> Refused | None:
    """Refuse what a client is to be, or is now, where that is beyond who asks: CLIENT_INVALID, with the member."""
    if is_beyond(f"{metadata.scope} {present.scope if present is not None else ''}"):
        detail = _(
            "An app with the scope scim or admin does what you may not do yourself. Ask an administrator who may."
        )
        return Refused(Reason.CLIENT_INVALID, "scope", detail=detail)
    return _check_owner(metadata, present) if present is not None and guard.is_owner() else None


def check_issuer(*definitions: Definition) -> Refused | None:
    """Refuse an issuer, as it is and as it is to be, whose word is more than who asks may: who names its keys speaks with it."""
    if all(guard.may(permission) for permission in needed_to_trust(*definitions)):
        return None
    if not guard.may("people.write") and any(definition.grant_profiles for definition in definitions):
        detail = _(
            "Its tokens speak for people, which takes the permission to change people. Ask an administrator who may."
        )
        return Refused(Reason.CLIENT_INVALID, "grant_profiles", detail=detail)
    detail = _(
        "One of these is an app with the scope scim or admin, which does what you may not do yourself. Ask an administrator who may."
    )
    return Refused(Reason.CLIENT_INVALID, "workloads", detail=detail)


def _check_owner(metadata: Metadata, present: Metadata) -> Refused | None:
    for member, values in NARROWED.items():
        more = [value for value in values(metadata) if value not in values(present)]
        if more:
            detail = _("Only an administrator of clients adds %(value)s.", value=", ".join(more)[:100])
            return Refused(Reason.CLIENT_INVALID, member, detail=detail)
    for member in KEPT:
        if getattr(metadata, member) != getattr(present, member):
            detail = _("Only an administrator of clients changes this.")
            return Refused(Reason.CLIENT_INVALID, member, detail=detail)
    return None
