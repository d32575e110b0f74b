"""The clients of a realm of Keycloak, as members of a registration."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from idp.clients.metadata import DEFAULT_SCOPE
from idp.importing.entries import Application, Left
from idp.importing.sources import values
from idp.keys.parsing import read_object

# Keycloak's own, which every realm has.
OWN = frozenset({"account", "account-console", "admin-cli", "broker", "realm-management", "security-admin-console"})
METHODS = {
    "client-secret": "client_secret_basic",
    "client-jwt": "private_key_jwt",
    "client-secret-jwt": "client_secret_jwt",
}
# Scopes by which Keycloak keeps its mappers; no request names them.
INNER_SCOPES = frozenset(
    {"web-origins", "acr", "roles", "basic", "microprofile-jwt", "service_account", "organization", "role_list"}
)
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
MASKED = "**********"


def read(at: str, client: Any) -> Application | Left | None:
    """Return what a client is; None for one of Keycloak's own."""
    client_id = values.text(client, "clientId")
    if client_id in OWN:
        return None
    if not client_id:
        return Left(at, "client", "", "It has no clientId.")
    protocol = values.text(client, "protocol") or "openid-connect"
    if protocol != "openid-connect":
        return Left(
            at, "client", client_id, f"It speaks {protocol[:40]}, and this server OpenID Connect and OAuth 2 alone."
        )
    if values.flag(client, "bearerOnly"):
        return Left(at, "client", client_id, "It only takes tokens and asks for none, so that nothing has to come.")
    lost: dict[str, str] = {}
    secret = values.text(client, "secret")
    return Application(
        at=at,
        foreign_id=client_id,
        members=_read_members(client, client_id, lost),
        secret=secret if secret and secret != MASKED else None,
        disabled=not values.flag(client, "enabled", True),
        lost=lost,
    )


def _read_members(client: Mapping[str, Any], client_id: str, lost: dict[str, str]) -> dict[str, Any]:
    attributes = values.mapping(client, "attributes")
    root = values.text(client, "rootUrl")
    redirects = [_absolute(root, uri) for uri in values.texts(client, "redirectUris")]
    is_public = values.flag(client, "publicClient")
    kind = values.text(client, "clientAuthenticatorType") or "client-secret"
    return {
        "client_name": values.text(client, "name") or client_id,
        "redirect_uris": redirects,
        "post_logout_redirect_uris": _read_after_logout(attributes, root, redirects),
        "grant_types": _read_grants(client, attributes),
        "scope": _read_scope(client),
        "token_endpoint_auth_method": "none" if is_public else METHODS.get(kind, kind),
        "token_endpoint_auth_signing_alg": values.text(attributes, "token.endpoint.auth.signing.alg") or None,
        "id_token_signed_response_alg": values.text(attributes, "id.token.signed.response.alg") or None,
        "userinfo_signed_response_alg": values.text(attributes, "user.info.response.signature.alg") or None,
        "require_pkce": is_public or values.text(attributes, "pkce.code.challenge.method") == "S256",
        "first_party": not values.flag(client, "consentRequired"),
        "client_uri": _absolute(root, values.text(client, "baseUrl")) or None,
        "logo_uri": values.text(attributes, "logoUri") or None,
        "policy_uri": values.text(attributes, "policyUri") or None,
        "tos_uri": values.text(attributes, "tosUri") or None,
        "backchannel_logout_uri": values.text(attributes, "backchannel.logout.url") or None,
        "backchannel_logout_session_required": values.flag(attributes, "backchannel.logout.session.required")
        and bool(values.text(attributes, "backchannel.logout.url")),
        **_read_keys(attributes, lost),
    }


def _read_grants(client: Mapping[str, Any], attributes: Mapping[str, Any]) -> list[str]:
    flows = {
        "authorization_code": values.flag(client, "standardFlowEnabled", True),
        "refresh_token": values.flag(client, "standardFlowEnabled", True),
        "implicit": values.flag(client, "implicitFlowEnabled"),
        "password": values.flag(client, "directAccessGrantsEnabled"),
        "client_credentials": values.flag(client, "serviceAccountsEnabled"),
        DEVICE: values.flag(attributes, "oauth2.device.authorization.grant.enabled"),
    }
    return [grant for grant, is_on in flows.items() if is_on]


def _read_scope(client: Mapping[str, Any]) -> str:
    own = values.texts(client, "defaultClientScopes") + values.texts(client, "optionalClientScopes")
    if not own:
        return DEFAULT_SCOPE
    return " ".join(["openid", *(scope for scope in own if scope not in INNER_SCOPES and scope != "openid")])


def _read_after_logout(attributes: Mapping[str, Any], root: str, redirects: list[str]) -> list[str]:
    told = [uri for uri in values.text(attributes, "post.logout.redirect.uris").split("##") if uri not in ("", "-")]
    return [found for uri in told for found in (redirects if uri == "+" else [_absolute(root, uri)])]


def _read_keys(attributes: Mapping[str, Any], lost: dict[str, str]) -> dict[str, Any]:
    if values.flag(attributes, "use.jwks.url") and values.text(attributes, "jwks.url"):
        return {"jwks_uri": values.text(attributes, "jwks.url")}
    if values.flag(attributes, "use.jwks.string") and values.text(attributes, "jwks.string"):
        return {"jwks": read_object(values.text(attributes, "jwks.string"))}
    if values.text(attributes, "jwt.credential.certificate"):
        lost["jwks"] = "Its key is a certificate; register it as a JWK set."
    return {}


def _absolute(root: str, uri: str) -> str:
    """Return a URI that may begin at the client's root, as Keycloak lets them."""
    if not uri.startswith("/") or not root:
        return uri
    try:
        return urljoin(root.rstrip("/") + "/", uri.lstrip("/"))
    except ValueError:
        return uri
