"""What this server tells of itself (RFC 7644, section 4): what it can, the kinds of resources, and their schemas."""

from typing import Any

from idp.base.bounds import MAX_BODY
from idp.scim import bulk, listing, telling
from idp.scim.attributes import Kind
from idp.scim.problem import missing
from idp.scim.schema import GROUPS, SCHEMAS, USERS

CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
RESOURCE_TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"

Document = dict[str, Any]


def config() -> Document:
    """Return what this server can (RFC 7643, section 5)."""
    return {
        "schemas": [CONFIG],
        "patch": {"supported": True},
        "bulk": {"supported": True, "maxOperations": bulk.MOST_OPERATIONS, "maxPayloadSize": MAX_BODY},
        "filter": {"supported": True, "maxResults": listing.MOST},
        "changePassword": {"supported": True},
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "OAuth Bearer Token",
                "description": "An access token of a client with the scope scim, by the grant client_credentials.",
                "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                "primary": True,
            }
        ],
        "meta": _meta("ServiceProviderConfig"),
    }


def resource_types() -> list[Document]:
    """Return the kinds of resources (RFC 7643, section 6)."""
    return [_resource_type(kind) for kind in (USERS, GROUPS)]


def schemas() -> list[Document]:
    """Return the schemas (RFC 7643, section 7)."""
    return [one | {"schemas": [SCHEMA], "meta": _meta("Schema", one["id"])} for one in SCHEMAS]


def listed(documents: list[Document]) -> Document:
    """Return documents as one list; none of these lists is longer than a page."""
    size = len(documents)
    return {
        "schemas": [listing.SCHEMA],
        "totalResults": size,
        "startIndex": 1,
        "itemsPerPage": size,
        "Resources": documents,
    }


def pick(documents: list[Document], kind: str, identifier: str) -> Document:
    """Return the document with an `id`. Raises: Problem, 404."""
    found = next((one for one in documents if one["id"].lower() == identifier.lower()), None)
    if found is None:
        raise missing(kind, identifier)
    return found


def _resource_type(kind: Kind) -> Document:
    return {
        "schemas": [RESOURCE_TYPE],
        "id": kind.name,
        "name": kind.name,
        "endpoint": kind.endpoint,
        "schema": kind.schema,
        "schemaExtensions": [{"schema": urn, "required": False} for urn in kind.extensions],
        "meta": _meta("ResourceType", kind.name),
    }


def _meta(kind: str, identifier: str | None = None) -> Document:
    place = kind if identifier is None else f"{kind}s/{identifier}"
    return {"resourceType": kind, "location": telling.location(*place.split("/", 1)) if identifier else _own(place)}


def _own(place: str) -> str:
    return telling.location(place, "").rstrip("/")
