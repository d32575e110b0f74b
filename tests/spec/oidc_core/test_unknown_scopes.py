"""Scopes that nobody here understands are ignored (OpenID Connect Core, section 3.1.2.1), and what was granted is told (RFC 6749, 3.3)."""

from typing import Any

import jwt
import pytest

from idp.base import database
from idp.oauth.parameters import LEFT_OUT
from tests.factories import Browser, Person, Provider, parameters
from tests.spec.rfc9101 import asking
from tests.support.events import search as events_of


@pytest.fixture
def browser(provider: Provider, ann: Person) -> Browser:
    """Ann's browser."""
    return provider.browser(ann)


def narrowed(provider: Provider) -> list[dict[str, Any]]:
    """Return what the audit log says of scopes that were left out."""
    with provider.working():
        events = database.session().scalars(events_of("scope.narrowed"))
        return [event.detail for event in events]


def test_unknown_scopes_are_left_out(provider: Provider, browser: Browser) -> None:
    """`groups`, which many apps ask for untold, changes nothing: not the page, and the token answer says what was granted."""
    shop = provider.client()
    page = browser.get(browser.authorize(shop, scope="openid groups email x:y/z").location)
    assert "groups" not in page.text
    tokens = provider.grant(shop, browser, "openid groups email x:y/z offline_access")
    assert tokens["scope"] == "openid email offline_access"
    assert jwt.decode(tokens["access_token"], options={"verify_signature": False})["scope"] == tokens["scope"]
    again = provider.refresh(shop, tokens["refresh_token"], scope="openid groups email")
    assert (again.status_code, again.json["scope"]) == (200, "openid email")
    assert provider.refresh(shop, tokens["refresh_token"], scope="groups").json == {
        "error": "invalid_scope",
        "error_description": "The parameter scope holds nothing that this client can be granted: groups.",
    }
    wider = provider.refresh(shop, tokens["refresh_token"], scope="openid profile groups").json
    assert wider["error_description"] == "The scope profile was not granted."
    assert narrowed(provider) == [{"granted": "openid email offline_access", "left_out": "groups x:y/z"}]


def test_without_openid_it_is_oauth(provider: Provider, browser: Browser) -> None:
    """What is left may do without an ID token; a request of which nothing is left is refused by name."""
    shop = provider.client()
    tokens = provider.grant(shop, browser, "groups email")
    assert tokens["scope"] == "email"
    assert "id_token" not in tokens
    answer = browser.answer(shop, scope="groups roles")
    assert answer["error"] == "invalid_scope"
    assert answer["error_description"].endswith("can be granted: groups roles.")


def test_known_scopes_are_named(provider: Provider, browser: Browser) -> None:
    """A scope of the server's that the client is not registered for stays an error, and so does the reserved one."""
    narrow = provider.client(scope="openid email")
    for asked, named in (("openid phone groups", "phone"), ("openid account", "account")):
        answer = browser.answer(narrow, scope=asked)
        assert answer["error"] == "invalid_scope"
        assert answer["error_description"] == f"The client is not registered for the scope {named}."


def test_a_client_s_own_scopes_are_understood(provider: Provider, browser: Browser) -> None:
    """What a client has registered is granted, to it alone: for others it is a word that nobody understands."""
    own, other = provider.client(scope="openid reports"), provider.client()
    assert provider.grant(own, browser, "openid reports groups")["scope"] == "openid reports"
    assert provider.grant(other, browser, "openid reports")["scope"] == "openid"


def test_a_machine_is_told_what_it_got(provider: Provider) -> None:
    """With client_credentials too: unknown ones are left out, known ones named, nothing left is an error (RFC 6749, 4.4)."""
    machine = provider.client(grant_types=["client_credentials"], scope="read", redirect_uris=[])

    def ask(scope: str) -> dict[str, Any]:
        return dict(provider.token(machine, grant_type="client_credentials", scope=scope).json)

    assert ask("groups read read")["scope"] == "read"
    assert ask("read email")["error_description"] == "The client is not registered for the scope email."
    assert ask("groups")["error"] == "invalid_scope"
    assert narrowed(provider) == [{"granted": "read", "left_out": "groups"}]


def test_request_objects_are_read_alike(provider: Provider, browser: Browser) -> None:
    """Inside a signed request an unknown scope is ignored as well (RFC 9101, section 4)."""
    client = asking.register(provider)
    made = asking.make(client, scope="openid groups")
    answer = parameters(asking.send(browser, client, request=made), client)
    assert provider.redeem(client, answer["code"]).json["scope"] == "openid"


def test_nobody_writes_the_server_s_note(provider: Provider, browser: Browser) -> None:
    """A parameter that is called as the server's own note of what was left out is no such note."""
    shop = provider.client(first_party=True)
    assert "code" in browser.answer(shop, scope="openid", **{LEFT_OUT: "profile"})
    assert narrowed(provider) == []
