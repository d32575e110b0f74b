"""The rules of client metadata (RFC 7591, section 2; OpenID Connect Registration, section 2; RFC 9700).

The one door through which every registration goes: the registration endpoint, the administrators' page, the command line and the
older interfaces.
"""

from idp.clients.metadata.members import (
    ADDRESSES,
    ADMIN_READ_SCOPE,
    ADMIN_SCOPE,
    APPLICATION_TYPES,
    AUTH_METHODS,
    CLIENT_ID,
    DEFAULT_GRANTS,
    DEFAULT_SCOPE,
    GRANT_TYPES,
    LEGACY_RESPONSE_TYPES,
    PAGES,
    PROVISIONING_SCOPE,
    RESERVED_SCOPES,
    SCOPES,
    SECRET_METHODS,
    SHORTEST_CHOSEN_SECRET,
    SHORTEST_SIGNING_SECRET,
    SIGNALS_EVERYBODY_SCOPE,
    SIGNALS_READ_SCOPE,
    SIGNALS_SCOPE,
    STANDING_SCOPES,
    SUBJECT_TYPES,
    VOUCHING_SCOPE,
    Metadata,
    grant_types,
    request_object_algorithms,
    response_types,
)
from idp.clients.metadata.rules import check
from idp.clients.metadata.uris import without_loopback_port

__all__ = [
    "ADDRESSES",
    "APPLICATION_TYPES",
    "AUTH_METHODS",
    "CLIENT_ID",
    "DEFAULT_GRANTS",
    "DEFAULT_SCOPE",
    "GRANT_TYPES",
    "LEGACY_RESPONSE_TYPES",
    "PAGES",
    "ADMIN_READ_SCOPE",
    "ADMIN_SCOPE",
    "PROVISIONING_SCOPE",
    "RESERVED_SCOPES",
    "SCOPES",
    "STANDING_SCOPES",
    "SECRET_METHODS",
    "SHORTEST_CHOSEN_SECRET",
    "SHORTEST_SIGNING_SECRET",
    "SIGNALS_EVERYBODY_SCOPE",
    "SIGNALS_READ_SCOPE",
    "SIGNALS_SCOPE",
    "SUBJECT_TYPES",
    "VOUCHING_SCOPE",
    "Metadata",
    "check",
    "grant_types",
    "request_object_algorithms",
    "response_types",
    "without_loopback_port",
]
