"""OpenID Connect Core 1.0, section 11: offline access; and what ends it, or access that is not offline."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from idp.accounts import credentials, passwords, service
from idp.accounts.lookup import find
from idp.base import database
from idp.clients import service as clients
from idp.oauth.models import Consent
from tests.factories import Browser, Client, Person, Provider

OFFLINE = "openid offline_access"


def works(provider: Provider, client: Client, tokens: dict[str, Any]) -> tuple[bool, bool]:
    """Tell whether access token and refresh token are good."""
    has_access = provider.userinfo(tokens["access_token"]).status_code == 200
    if "refresh_token" not in tokens:
        return has_access, False
    return has_access, provider.refresh(client, tokens["refresh_token"]).status_code == 200


@pytest.fixture(params=["confidential", "public"])
def client(provider: Provider, request: pytest.FixtureRequest) -> Client:
    """A client of either kind."""
    return provider.client(public=request.param == "public")


def test_a_refresh_token_is_for_offline_access(provider: Provider, browser: Browser, client: Client) -> None:
    """Only the scope offline_access brings a refresh token (11)."""
    assert "refresh_token" not in provider.grant(client, browser, "openid email")
    tokens = provider.grant(client, browser, OFFLINE)
    assert tokens["scope"] == OFFLINE
    assert len(tokens["refresh_token"]) >= 43


def test_offline_access_needs_the_grant(provider: Provider, browser: Browser) -> None:
    """A client that cannot refresh is not granted offline_access, and is told so by the scope (11; RFC 6749, 3.3)."""
    client = provider.client(grant_types=["authorization_code"])
    tokens = provider.grant(client, browser, OFFLINE)
    assert tokens["scope"] == "openid"
    assert "refresh_token" not in tokens
    browser.sign_out()
    assert works(provider, client, tokens) == (False, False)


def test_offline_access_without_the_scope_registered(browser: Browser, provider: Provider) -> None:
    """A client that did not register offline_access may not ask for it (RFC 6749, section 3.3)."""
    client = provider.client(scope="openid email")
    assert browser.answer(client, scope=OFFLINE)["error"] == "invalid_scope"


def test_offline_access_alone_needs_the_grant(provider: Provider, browser: Browser) -> None:
    """Asked for offline_access and nothing else, by a client that cannot refresh, nothing is left to allow (11; RFC 6749, 3.3)."""
    client = provider.client(grant_types=["authorization_code"], scope="openid offline_access")
    assert browser.answer(client, scope="offline_access")["error"] == "invalid_scope"
    with provider.working():
        assert database.session().scalars(select(Consent.scope)).all() == []


def test_a_grant_that_was_taken_away_meanwhile_is_not_consented_to(provider: Provider, browser: Browser) -> None:
    """What the consent page leaves out, because the client has lost the refresh grant since it asked, is not remembered (11)."""
    client = provider.client(scope="openid offline_access")
    page = browser.authorize(client, scope=OFFLINE).location
    with provider.registration(client) as row:
        clients.change(row, replace(clients.to_metadata(row), grant_types=["authorization_code"]))
    assert "Stay connected" not in browser.get(page).text
    browser.submit(page, decision="allow")
    with provider.working():
        assert database.session().scalars(select(Consent.scope)).all() == ["openid"]


def test_offline_access_survives_sign_out(provider: Provider, browser: Browser, client: Client) -> None:
    """After sign-out offline access goes on, and access that is not offline ends (11; item 54)."""
    online, offline = provider.grant(client, browser), provider.grant(client, browser, OFFLINE)
    browser.sign_out()
    assert works(provider, client, online) == (False, False)
    assert works(provider, client, offline) == (True, True)


def test_another_browser_signing_out_ends_nothing_here(
    provider: Provider, browser: Browser, ann: Person, client: Client
) -> None:
    """Access hangs on the session it was given in, not on others of the same person (11)."""
    tokens = provider.grant(client, browser)
    provider.browser(ann).sign_out()
    assert works(provider, client, tokens)[0]


def change_password(provider: Provider, person: Person) -> None:
    """Change the password, as the account page does."""
    with provider.account(person) as account:
        hashed = passwords.hash_password("another long pass phrase")
        credentials.replace_password(account, hashed, source="127.0.0.1")


def disable_person(provider: Provider, person: Person) -> None:
    """Disable the account, as an administrator does."""
    with provider.account(person) as account:
        assert service.set_disabled(account, True, actor="an administrator") is None


@pytest.mark.parametrize("end", [change_password, disable_person])
def test_a_change_of_the_account_ends_everything(
    provider: Provider, browser: Browser, ann: Person, client: Client, end: Callable[[Provider, Person], None]
) -> None:
    """A changed password or a disabled account ends every session, code and token of before (RFC 9700, section 4.14.2; item 54)."""
    online, offline = provider.grant(client, browser), provider.grant(client, browser, OFFLINE)
    code = browser.answer(client)["code"]
    end(provider, ann)
    assert works(provider, client, online) == (False, False)
    assert works(provider, client, offline) == (False, False)
    assert provider.redeem(client, code).json["error"] == "invalid_grant"
    assert browser.authorize(client).location.startswith("/signin?")


def test_others_keep_what_they_have(provider: Provider, browser: Browser, ann: Person, client: Client) -> None:
    """One person's change ends nothing of another's (11)."""
    bea = provider.browser(provider.person("bea@example.org"))
    tokens = provider.grant(client, bea, OFFLINE)
    change_password(provider, ann)
    disable_person(provider, ann)
    assert works(provider, client, tokens) == (True, True)


def test_an_account_that_is_enabled_again_starts_anew(
    provider: Provider, browser: Browser, ann: Person, client: Client
) -> None:
    """Enabling an account again brings no old token back (RFC 9700, section 4.14.2)."""
    tokens = provider.grant(client, browser, OFFLINE)
    disable_person(provider, ann)
    with provider.working():
        account = find(ann.id)
        assert account is not None
        service.set_disabled(account, False, actor="an administrator")
    assert works(provider, client, tokens) == (False, False)
    assert works(provider, client, provider.grant(client, provider.browser(ann), OFFLINE)) == (True, True)


def test_a_disabled_client_has_nothing(provider: Provider, browser: Browser, client: Client) -> None:
    """A disabled client's tokens and codes are refused, and it cannot ask for more (RFC 9700, section 4.14.2)."""
    tokens = provider.grant(client, browser, OFFLINE)
    code = browser.answer(client)["code"]
    provider.disable(client)
    assert works(provider, client, tokens) == (False, False)
    assert provider.redeem(client, code).json["error"] == "invalid_client"
    assert browser.authorize(client).status_code == 400


def test_a_withdrawn_consent_ends_its_tokens(provider: Provider, browser: Browser, ann: Person, client: Client) -> None:
    """Withdrawing what an app was allowed ends its tokens, offline ones too, and it has to ask again (11)."""
    from idp.oauth import consents

    tokens = provider.grant(client, browser, OFFLINE)
    with provider.working():
        consents.withdraw(ann.id, client.client_id, subject=ann.sub, source="127.0.0.1")
    assert works(provider, client, tokens) == (False, False)
    assert browser.authorize(client).location.startswith("/consent?")
