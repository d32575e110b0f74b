"""Providers as administrators set them up, at the stand-in: one of OpenID Connect, and one of plain OAuth 2 that behaves as GitHub."""

from typing import Any

from idp.base.outcome import Refused
from idp.federation import catalogue
from idp.federation.catalogue import Extras
from idp.federation.definition import OAUTH2, USUAL_CLAIMS, Definition
from idp.federation.models import UpstreamProvider
from tests.factories import Provider
from tests.federation.stand_in import CLIENT_ID, CLIENT_SECRET, StandIn

ACTOR = "an administrator"
GITHUB_CLAIMS = {"subject": "id", "username": "login", "name": "name"}


def openid(stand: StandIn, key: str = "corp", **members: Any) -> Definition:
    """Return a provider of OpenID Connect."""
    values = {"display_name": "Corp", "issuer": stand.url, "client_id": CLIENT_ID}
    return Definition(**({"key": key} | values | members))


def oauth2(stand: StandIn, key: str = "forge", **members: Any) -> Definition:
    """Return a provider of OAuth 2 as GitHub is one."""
    values: dict[str, Any] = {
        "display_name": "Forge",
        "kind": OAUTH2,
        "authorization_endpoint": f"{stand.url}/login/oauth/authorize",
        "token_endpoint": f"{stand.url}/login/oauth/access_token",
        "userinfo_endpoint": f"{stand.url}/user",
        "emails_endpoint": f"{stand.url}/user/emails",
        "client_id": CLIENT_ID,
        "token_endpoint_auth_method": "client_secret_post",
        "scope": "user:email",
        "claims": dict(GITHUB_CLAIMS),
    }
    return Definition(**({"key": key} | values | members))


def plain_claims(**more: str) -> dict[str, str]:
    """Return the usual claims of OpenID Connect, with others."""
    return USUAL_CLAIMS["openid"] | more


def add(provider: Provider, definition: Definition, **extras: Any) -> None:
    """Set a provider up."""
    with provider.working():
        made = catalogue.create(definition, Extras(**({"client_secret": CLIENT_SECRET} | extras)), actor=ACTOR)
        assert isinstance(made, UpstreamProvider), made


def change(provider: Provider, key: str, accepted: frozenset[str] = frozenset(), **members: Any) -> list[Refused]:
    """Change members of a provider, and return what was refused."""
    from dataclasses import replace

    with provider.working():
        row = catalogue.get(key, for_change=True)
        assert row is not None
        wanted = replace(catalogue.to_definition(row), **members)
        changed = catalogue.change(row, wanted, Extras(accepted=accepted), actor=ACTOR)
        return changed if isinstance(changed, list) else []
