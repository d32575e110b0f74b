"""A client's document (section 4.1): JSON with the members of a registration, of a client that has no secret with this server.

What the document asks for beyond what a stranger may have is left out, as at registration. Nothing of it is shown as a picture: a logo
that anybody can put there would make a stranger look like somebody else.
"""

from dataclasses import replace
from typing import Any

from idp.clients import documents
from idp.clients.metadata import SCOPES, SECRET_METHODS, Metadata
from idp.clients.metadata.rules import check
from idp.keys.parsing import read_object
from idp.oauth.registration import reading as registration

METHODS = ("none", "private_key_jwt")
SHARED = ("client_secret", "client_secret_expires_at")
GRANTS = ("authorization_code", "refresh_token")
# Pictures; what would have this server fetch more before it knows whom it deals with; and scopes, all of which the person is asked about.
UNREAD = ("logo_uri", "accent_color", "sector_identifier_uri", "scope")


def read(raw: bytes, client_id: str, present: Metadata | None = None) -> Metadata | str:
    """Return the metadata in a document for `client_id`, or what is wrong with it, as a sentence for developers.

    `present` is what the client has been so far: what administrators have decided of it stays.
    """
    document = read_object(raw)
    if document is None:
        return "The document is no JSON object, or has a member twice."
    if document.get("client_id") != client_id:
        return "Its client_id must be there, and be the address of the document to the letter."
    shared = next((member for member in SHARED if member in document), None)
    if shared is not None:
        return f"{shared}: It must not be in a document that everybody can read."
    method = document.get("token_endpoint_auth_method") or "none"
    if method not in METHODS:
        return f"token_endpoint_auth_method: Use one of: {', '.join(METHODS)}; no secret is shared with such a client."
    found = registration.read(_of_stranger(document, client_id, str(method)), present)
    if not isinstance(found, Metadata):
        return found.description
    metadata = _with_scopes_of(found, present)
    refused = check(metadata)
    return f"{refused.field}: {refused.detail}" if refused is not None else metadata


def _of_stranger(document: dict[str, Any], client_id: str, method: str) -> dict[str, Any]:
    """Return what a document says of a client, with the defaults of such a client, and without what it may not have."""
    told = {name: value for name, value in document.items() if name not in UNREAD}
    told["token_endpoint_auth_method"] = method
    if not told.get("client_name"):
        told["client_name"] = documents.host_of(client_id)
    grants = told.get("grant_types")
    if isinstance(grants, list):
        told["grant_types"] = [grant for grant in grants if grant in GRANTS]
    types = told.get("response_types")
    if isinstance(types, list):
        told["response_types"] = [one for one in types if one == "code"]
    if told.get("token_endpoint_auth_signing_alg") in SECRET_METHODS or method == "none":
        told.pop("token_endpoint_auth_signing_alg", None)
    return told


def _with_scopes_of(metadata: Metadata, present: Metadata | None) -> Metadata:
    """Return metadata with the scopes that the client has: the server's own at first, and from then on what administrators say."""
    is_known = present is not None and present.grant_types == metadata.grant_types
    kept = present.scope.split() if present is not None else []
    scopes = kept if is_known else [*metadata.scope.split(), *(scope for scope in kept if scope not in SCOPES)]
    return replace(metadata, scope=" ".join(scopes), require_pkce=True)
