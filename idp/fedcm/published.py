"""What browsers read of this provider before anybody is asked: where it is, and what an app says of itself."""

from typing import Any

from idp.base.extensions import settings
from idp.clients.registered import RegisteredClient
from idp.fedcm import origin
from idp.oauth import addresses

CONFIG = "/fedcm/config.json"
ACCOUNTS = "/fedcm/accounts"
CLIENT = "/fedcm/client"
ASSERTION = "/fedcm/assertion"
DISCONNECT = "/fedcm/disconnect"
LOGIN = "/fedcm/sign-in"


def well_known() -> dict[str, Any]:
    """Return what stands at the registrable domain (Federated Credential Management, 3.1): the one configuration, and its addresses."""
    return {"provider_urls": [_at(CONFIG)], "accounts_endpoint": _at(ACCOUNTS), "login_url": _at(LOGIN)}


def config() -> dict[str, Any]:
    """Return the configuration (3.2)."""
    return {
        "accounts_endpoint": _at(ACCOUNTS),
        "client_metadata_endpoint": _at(CLIENT),
        "id_assertion_endpoint": _at(ASSERTION),
        "disconnect_endpoint": _at(DISCONNECT),
        "login_url": _at(LOGIN),
    }


def describe_client(client: RegisteredClient, top: str | None) -> dict[str, Any]:
    """Return what a client says of itself (3.4); of a page in a frame also whether the one around it is the client's."""
    metadata, logo = client.metadata, addresses.logo_path(client)
    told = {"privacy_policy_url": metadata.policy_uri, "terms_of_service_url": metadata.tos_uri}
    document: dict[str, Any] = {name: value for name, value in told.items() if value}
    if logo is not None:
        document["icons"] = [{"url": _at(logo)}]
    if top is not None:
        document["client_matches_top_frame_origin"] = origin.find_uri(client, top) is not None
    return document


def _at(path: str) -> str:
    return f"{settings().issuer}{path}"
