"""OpenID Connect Core, section 5.4: claims of the scopes in the ID token, for clients that are registered to want them there."""

from tests.factories import Browser, Client, Provider

TOLD = {"email", "email_verified", "name", "preferred_username", "updated_at"}


def claims(provider: Provider, client: Client, token: str) -> dict[str, object]:
    """Return the claims of an ID token."""
    return provider.verify(token, client.client_id)


def test_the_usual_id_token_has_none(provider: Provider, browser: Browser, shop: Client) -> None:
    """Without the switch they are at userinfo alone."""
    tokens = provider.grant(shop, browser, "openid profile email")
    assert not TOLD & claims(provider, shop, tokens["id_token"]).keys()


def test_the_claims_of_the_granted_scopes(provider: Provider, browser: Browser) -> None:
    """With it the ID token says what userinfo says, also after a refresh, and nothing of a scope that was not granted."""
    client = provider.client(claims_in_id_token=True)
    tokens = provider.grant(client, browser, "openid email offline_access")
    told = claims(provider, client, tokens["id_token"])
    assert told["email"] == "ann@example.org"
    assert told["email_verified"] is True
    assert "preferred_username" not in told
    assert {"sub", "sid", "auth_time", "at_hash"} <= told.keys()
    refreshed = provider.refresh(client, tokens["refresh_token"]).json["id_token"]
    assert claims(provider, client, refreshed)["email"] == told["email"]
    narrowed = provider.refresh(client, tokens["refresh_token"], scope="openid").json["id_token"]
    assert "email" not in claims(provider, client, narrowed)
    whole = provider.grant(client, browser, "openid profile email")
    at_userinfo = provider.userinfo(whole["access_token"]).json
    told = claims(provider, client, whole["id_token"])
    assert {name: told.get(name) for name in at_userinfo} == at_userinfo
    assert "email" in at_userinfo


def test_a_scope_that_was_taken_from_the_client(provider: Provider, browser: Browser) -> None:
    """What the client is not registered for any more is not told in the ID token either."""
    client = provider.client(claims_in_id_token=True)
    tokens = provider.grant(client, browser, "openid email offline_access")
    from idp.base.extensions import generation

    with provider.registration(client) as row:
        row.scope = "openid offline_access"
    with provider.working():
        generation("clients").bump()
    refreshed = provider.refresh(client, tokens["refresh_token"]).json["id_token"]
    assert "email" not in claims(provider, client, refreshed)
