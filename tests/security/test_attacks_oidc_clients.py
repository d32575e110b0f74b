"""What a malicious client could try that registers itself and then changes: other sectors, more scopes, people who never agreed."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from idp import serving
from idp.base import clock
from idp.base.database import session
from idp.clients import service as clients
from idp.clients.models import Client as ClientRow
from idp.oauth import subjects
from tests.base.fetch.host import running
from tests.factories import CALLBACK, Browser, Client, Person, Provider, parameters
from tests.keys.strangers import b64
from tests.spec.rfc7591.registering import bearer, register, registered

GRANTS = ["authorization_code", "refresh_token"]
HONEST = "https://honest.example/callback"
RP_ONLY = {"token_endpoint_auth_method": "client_secret_basic", "grant_types": GRANTS}


@pytest.fixture
def house(app: Flask, provider: Provider) -> Provider:
    """The provider, open to registrations."""
    app.extensions["idp.settings"].registration = "open"
    app.extensions["idp.settings"].allow_private_fetch = True
    return provider


@pytest.fixture
def browser(provider: Provider, ann: Person) -> Browser:
    """Ann's browser, signed in."""
    return provider.browser(ann)


def as_client(provider: Provider, told: dict[str, Any]) -> Client:
    """Return a client that has registered itself as the tests' helpers take it."""
    with provider.working():
        row = clients.get(told["client_id"])
        assert row is not None
        return Client(row.client_id, told.get("client_secret"), clients.to_metadata(row))


def put(provider: Provider, told: dict[str, Any], **members: Any) -> int:
    """Replace a registration by these members, and return the status."""
    document = {"client_id": told["client_id"], "client_name": "Tea House", "redirect_uris": [CALLBACK]} | members
    headers = bearer(told["registration_access_token"])
    return int(provider.http.put(f"/oauth/register/{told['client_id']}", json=document, headers=headers).status_code)


def change(provider: Provider, client: Client, **members: Any) -> None:
    """Change a registration as an administrator does."""
    with provider.working():
        row = clients.get(client.client_id)
        assert row is not None
        assert clients.change(row, replace(clients.to_metadata(row), **members)) is row


def honest_subject(provider: Provider, person: Person) -> str:
    """Return what a client of honest.example knows a person by."""
    client = provider.client(subject_type="pairwise", redirect_uris=[HONEST])
    with provider.working():
        return subjects.of(person.sub, clients.find(client.client_id))


@pytest.mark.parametrize("first", ["pairwise", "public"])
def test_nobody_moves_into_another_sector(house: Provider, browser: Browser, ann: Person, first: str) -> None:
    """Whoever makes another host's sector his own, having been let in before, learns of nobody there (Core, 8.1)."""
    told = registered(house, **RP_ONLY, subject_type=first)
    client = as_client(house, told)
    tokens = house.grant(client, browser, "openid offline_access")
    assert put(house, told, **RP_ONLY, subject_type="pairwise", redirect_uris=[HONEST]) == 200
    known = honest_subject(house, ann)
    for answer in (
        house.refresh(client, tokens["refresh_token"]),
        house.userinfo(tokens["access_token"]),
        house.introspect(client, tokens["refresh_token"]),
    ):
        assert known not in answer.text
        assert answer.status_code in {400, 401} or answer.json == {"active": False}


def test_no_sign_out_notice_tells_of_another_sector(app: Flask, house: Provider, browser: Browser, ann: Person) -> None:
    """A notice names the person as the client knew them when the session ended, wherever the client has moved since (Core, 8.1)."""
    with running() as host:
        uri = {"backchannel_logout_uri": f"{host.url}/told"}
        told = registered(house, **RP_ONLY, **uri, subject_type="pairwise")
        client = as_client(house, told)
        house.grant(client, browser, "openid offline_access")
        browser.sign_out()
        assert put(house, told, **RP_ONLY, **uri, subject_type="pairwise", redirect_uris=[HONEST]) == 200
        serving.deliver_once(app)
        (request,) = host.asked
        assert f'"sub": "{honest_subject(house, ann)}"'.replace(" ", "") not in decoded(request)


def decoded(request: bytes) -> str:
    """Return the claims of the logout token in a request, as JSON without spaces."""
    payload = request.partition(b"logout_token=")[2].split(b".")[1]
    return json.dumps(json.loads(base64.urlsafe_b64decode(payload + b"==")), separators=(",", ":"))


def test_an_ordinary_change_ends_nothing(house: Provider, browser: Browser) -> None:
    """A client that stays in its sector keeps its tokens when it changes its registration (RFC 7592, 2.2)."""
    told = registered(house, **RP_ONLY, subject_type="pairwise")
    client = as_client(house, told)
    tokens = house.grant(client, browser, "openid offline_access")
    more = [CALLBACK, "https://rp.example/second"]
    assert put(house, told, **RP_ONLY, subject_type="pairwise", redirect_uris=more) == 200
    assert house.refresh(client, tokens["refresh_token"]).status_code == 200


def test_a_pairwise_client_is_of_some_sector(house: Provider, browser: Browser) -> None:
    """Without a host to be of, no client has pairwise subjects, from the beginning or after a change (Core, 8.1)."""
    nowhere = {"subject_type": "pairwise", "redirect_uris": [], "token_endpoint_auth_method": "client_secret_basic"}
    for grants in (["client_credentials"], ["client_credentials", "refresh_token"]):
        assert register(house, **nowhere, grant_types=grants).status_code == 400
    told = registered(house, **RP_ONLY, subject_type="pairwise")
    tokens = house.grant(as_client(house, told), browser, "openid offline_access")
    put(house, told, **nowhere, grant_types=["client_credentials"])
    assert house.userinfo(tokens["access_token"]).status_code < 500


def test_a_trusted_client_gives_itself_no_more_scopes(house: Provider) -> None:
    """Whom an administrator has made first-party, so that nobody is asked, cannot ask for more by changing (RFC 7592, 2.2)."""
    told = registered(house, **RP_ONLY, scope="openid")
    with house.working():
        row = session().get(ClientRow, told["client_id"])
        assert row is not None
        row.first_party, row.scope = True, "openid"
    assert put(house, told, **RP_ONLY, scope="openid profile email phone address offline_access") == 200
    assert as_client(house, told).metadata.scope == "openid"
    assert put(house, told, **RP_ONLY) == 200
    assert as_client(house, told).metadata.scope == "openid"


def test_nobody_is_recognized_without_having_agreed(provider: Provider, browser: Browser, ann: Person) -> None:
    """Silent requests that name a subject tell a client nothing of people who have not let it in (Core, 5.5.1, 3.1.2.6)."""
    client, bea = provider.client(), provider.person("bea@example.org")

    def ask(sub: str) -> tuple[str, str]:
        asked = json.dumps({"id_token": {"sub": {"value": sub}}})
        got = parameters(browser.authorize(client, prompt="none", claims=asked), client)
        return got["error"], got["error_description"]

    assert ask(ann.sub) == ask(bea.sub)
    provider.grant(client, browser)
    assert "code" in browser.answer(client, prompt="none", claims=json.dumps({"id_token": {"sub": {"value": ann.sub}}}))
    assert ask(bea.sub)[0] == "login_required"


def test_what_waits_is_checked_again(provider: Provider, browser: Browser) -> None:
    """A request that waited on the consent page while an administrator took a scope away is answered by nobody (RFC 6749, 3.3)."""
    client = provider.client(scope="openid email")
    page = browser.authorize(client, scope="openid email").location
    change(provider, client, scope="openid")
    answer = browser.get(page)
    assert answer.status_code == 400
    assert answer.location is None


def test_a_code_ends_with_its_redirect_uri(provider: Provider, browser: Browser) -> None:
    """A code that went to an address which has been taken out of the registration since is worth nothing (RFC 6749, 10.5)."""
    client = provider.client(redirect_uris=[CALLBACK, HONEST], first_party=True)
    codes = [browser.answer(client)["code"] for _ in range(2)]
    assert provider.redeem(client, codes[0]).status_code == 200
    change(provider, client, redirect_uris=[HONEST])
    refused = provider.redeem(client, codes[1])
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")


def test_one_response_type_is_registered_once(house: Provider) -> None:
    """No registration grows by the same response type in ever other spacings, to be read at each request (RFC 7591, 2)."""
    types = ["code" + " " * spaces for spaces in range(100)]
    answer = register(house, response_types=types)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")


def test_fragments_of_references_are_bounded(house: Provider) -> None:
    """What stands behind the # of a registered request_uri is as short and printable as the rest (Core, 6.2)."""
    for fragment in ("x" * 2000, "a\nhttps://other.example/", "\u202e"):
        answer = register(house, request_uris=[f"https://rp.example/object#{fragment}"])
        assert answer.status_code == 400, fragment[:10]


def test_deep_claims_are_no_surprise(provider: Provider) -> None:
    """However deep a demand in the claims parameter is nested, the answer is no fault of the server's (Core, 5.5)."""
    client, browser = provider.client(), provider.browser()
    for depth in (100, *range(880, 1000), 1900):
        asked = '{"userinfo":{"name":{"value":' + "[" * depth + "]" * depth + "}}}"
        assert browser.authorize(client, claims=asked).status_code < 500, depth


def test_an_unsigned_object_is_no_way_around_a_signed_one(provider: Provider, browser: Browser) -> None:
    """Of a client that signs its objects by an algorithm, none without a signature counts, older flows or not (Core, 6.1)."""
    provider.app.extensions["idp.settings"].legacy_response_types = True
    client = provider.client(request_object_signing_alg="ES256", first_party=True)
    claims = {"client_id": client.client_id, "redirect_uri": CALLBACK, "exp": clock.timestamp() + 60}
    got = parameters(browser.authorize(client, request=f"{b64({'alg': 'none'})}.{b64(claims)}."), client)
    assert "code" not in got
