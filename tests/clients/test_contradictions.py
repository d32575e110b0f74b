"""Members that are each good and never work together: refused at every door, while what was registered before stays."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from idp.base.outcome import Refused
from idp.clients import service as clients
from idp.clients.metadata import Metadata, check
from idp.clients.metadata.contradictions import BOUND
from idp.oauth import client_documents
from tests.admin.conftest import Visitor
from tests.admin.test_clients_protocol import enter, typed
from tests.api.calling import machine
from tests.applying.bringing import bring, refusals
from tests.base.fetch.host import Host
from tests.cli.conftest import command as command
from tests.factories import CALLBACK, Client, Provider
from tests.keys.strangers import jwk
from tests.spec.cimd.conftest import Agent
from tests.spec.cimd.conftest import agent as agent
from tests.spec.rfc7591.registering import bearer, register, registered
from tests.spec.rfc8705.issuing import ask, self_signed
from tests.spec.rfc9449.proving import own, prove

BOTH = dict.fromkeys(BOUND, True)
SENTENCE = "A token is bound to one key."
EC, ED = {"keys": [jwk("ES256")]}, {"keys": [jwk("EdDSA")]}
OLD = {"grant_types": ["authorization_code", "implicit"], "response_types": ["code", "id_token token"]}
ASSERTING = {"token_endpoint_auth_method": "private_key_jwt"}
SIGNING = {"require_signed_request_object": True}
# What is refused, the member that is named, and what resolves it.
PAIRS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "bound twice": (BOTH, BOUND[1], {BOUND[0]: False}),
    "DPoP in the browser": (OLD | {BOUND[0]: True}, "response_types", {"response_types": ["code", "id_token"]}),
    "a certificate in the browser": (OLD | {BOUND[1]: True}, "response_types", {BOUND[1]: False}),
    "implicit for nothing": ({"grant_types": ["implicit"]}, "response_types", {"response_types": ["id_token"]}),
    "signed by nobody": (SIGNING, "jwks", {"jwks": EC}),
    "signed by none": (
        SIGNING | {"jwks": EC, "request_object_signing_alg": "none"},
        "request_object_signing_alg",
        {"request_object_signing_alg": "ES256"},
    ),
    "signed by another key": (SIGNING | {"jwks": EC, "request_object_signing_alg": "PS256"}, "jwks", {"jwks": None, "jwks_uri": CALLBACK}),
    "proved by another key": (ASSERTING | {"jwks": EC, "token_endpoint_auth_signing_alg": "EdDSA"}, "jwks", {"jwks": ED}),
    "proved by no key": (ASSERTING | {"jwks": {"keys": []}}, "jwks", {"jwks": ED}),
    "proved by a certificate of no key": (
        {"token_endpoint_auth_method": "self_signed_tls_client_auth", "jwks": {"keys": [{"kty": "oct?"}]}},
        "jwks",
        {"jwks": EC},
    ),
    "a key of RS256 under FAPI": (
        ASSERTING | {"profile": "fapi2", "jwks": {"keys": [jwk("RS256") | {"alg": "RS256"}]}}, "jwks", {"jwks": EC},
    ),
    "no page for FedCM": (
        {"fedcm_enabled": True, "token_endpoint_auth_method": "none", "redirect_uris": ["com.example:/cb"]},
        "fedcm_enabled",
        {"redirect_uris": ["com.example:/cb", CALLBACK]},
    ),
}  # fmt: skip

Door = Callable[..., str]


@pytest.fixture
def house(app: Flask, provider: Provider) -> Provider:
    """The provider, with certificates, open registration and the older flows."""
    settings = app.extensions["idp.settings"]
    settings.registration, settings.legacy_response_types, settings.mtls_url = "open", True, "https://mtls.example"
    settings.trusted_proxies, settings.allow_private_fetch = 1, True
    return provider


@pytest.fixture
def old(house: Provider) -> Client:
    """A client that was registered for both kinds of bound tokens before that was refused."""
    client = house.client(scope="openid reports", grant_types=["client_credentials"], redirect_uris=[])
    with house.registration(client) as row:
        for member in BOUND:
            setattr(row, member, True)
    return client


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_pairs(house: Provider, name: str) -> None:
    """Each pair is refused with a sentence, at a member that resolves it, and without it the registration is good."""
    members, member, mended = PAIRS[name]
    whole = {"client_name": "Shop", "redirect_uris": [CALLBACK]} | members
    with house.app.app_context():
        refused = check(Metadata(**whole))
        assert isinstance(refused, Refused)
        assert (refused.field, bool(refused.detail)) == (member, True)
        assert check(Metadata(**(whole | mended))) is None


def by_registration(house: Provider, **_more: Any) -> str:
    """RFC 7591."""
    answer = register(house, **BOTH)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")
    return str(answer.json["error_description"])


def by_management(house: Provider, **_more: Any) -> str:
    """RFC 7592."""
    told = registered(house, **{BOUND[0]: True})
    path = told.pop("registration_client_uri").removeprefix(house.issuer)
    headers = bearer(told.pop("registration_access_token"))
    for name in ("client_id_issued_at", "client_secret_expires_at"):
        told.pop(name, None)
    answer = house.http.put(path, json=told | BOTH, headers=headers)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_client_metadata")
    assert house.http.get(path, headers=headers).json[BOUND[1]] is False
    return str(answer.json["error_description"])


def by_the_page(house: Provider, **_more: Any) -> str:
    """The page of a new client."""
    admin: Visitor = enter(house.app)
    fields = {"client_name": "Shop", "redirect_uris": CALLBACK, "kind": "web"} | dict.fromkeys(BOUND, "y")
    answer = admin.send("/admin/clients/new", **fields)
    assert answer.status_code == 400
    return answer.get_data(as_text=True)


def by_a_change_on_the_page(house: Provider, **_more: Any) -> str:
    """The page of a client."""
    page, admin = f"/admin/clients/{house.client().client_id}", enter(house.app)
    answer = admin.client.post(page, data=typed(admin.text(page)) | dict.fromkeys(BOUND, "y"))
    assert answer.status_code == 400
    return answer.get_data(as_text=True)


def by_command(command: Callable[..., str], **_more: Any) -> str:
    """`idp client create`."""
    options = ("--dpop-bound-access-tokens", "--tls-client-certificate-bound-access-tokens")
    return command("client", "create", "--name", "Shop", "--redirect-uri", CALLBACK, *options, fails=True)


def by_a_change_by_command(house: Provider, command: Callable[..., str], **_more: Any) -> str:
    """`idp client update`."""
    client = house.client(dpop_bound_access_tokens=True)
    return command("client", "update", client.client_id, "--tls-client-certificate-bound-access-tokens", fails=True)


def by_file(house: Provider, **_more: Any) -> str:
    """`idp apply`."""
    members = {
        "client_id": "shop",
        "token_endpoint_auth_method": "none",
        "client_name": "Shop",
        "redirect_uris": [CALLBACK],
    }
    return " ".join(refusals(bring(house, json.dumps({"clients": [members | BOTH]}))))


def by_the_api(house: Provider, **_more: Any) -> str:
    """PUT /api/v1/clients/..."""
    body = {"client_name": "Shop", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"} | BOTH
    told = machine(house).refused("PUT", "/clients/shop", body, status=400)
    assert BOUND[1] in told
    return told[BOUND[1]]


def by_document(house: Provider, agent: Agent, **_more: Any) -> str:
    """A client's own document."""
    agent.publish(**BOTH)
    with house.working():
        found = client_documents.reading.read(json.dumps(agent.document).encode(), agent.client_id)
    assert isinstance(found, str)
    return found


DOORS: tuple[Door, ...] = (
    by_registration, by_management, by_the_page, by_a_change_on_the_page, by_command, by_a_change_by_command, by_file, by_the_api,
    by_document,
)  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_every_door_refuses_both(
    house: Provider, host: Host, agent: Agent, command: Callable[..., str], monkeypatch: pytest.MonkeyPatch, door: Door
) -> None:
    """Whoever makes or changes a client hears that its tokens are bound to one key, and to which of both members that belongs."""
    monkeypatch.setenv("IDP_MTLS_URL", "https://mtls.example")
    monkeypatch.setenv("IDP_TRUSTED_PROXIES", "1")
    assert SENTENCE in door(house=house, agent=agent, command=command)


def test_what_is_there_stays(house: Provider, old: Client) -> None:
    """Such a client is refused each token, as ever; it is shown, disabled and renewed, and changes once the pair is resolved with it."""
    assert own(house, old, prove(house)).json["error"] == "invalid_grant"
    assert ask(house, old, self_signed(), host="mtls.example").json["error"] == "invalid_dpop_proof"
    admin = enter(house.app)
    page = f"/admin/clients/{old.client_id}"
    assert admin.get(page).status_code == 200
    with house.registration(old) as row:
        assert isinstance(clients.renew_secret(row), str)
        clients.set_disabled(row, True)
        clients.set_disabled(row, False)
    form = typed(admin.text(page)) | {"client_name": "Till"}
    assert SENTENCE in admin.client.post(page, data=form).get_data(as_text=True)
    del form[BOUND[1]]
    assert admin.client.post(page, data=form).status_code == 303
    with house.working():
        found = clients.find(old.client_id)
        assert found is not None
        assert (found.metadata.client_name, found.metadata.dpop_bound_access_tokens) == ("Till", True)


def test_no_token_bound_to_a_certificate_travels_through_the_browser(house: Provider) -> None:
    """Who was registered for it before is refused at the authorization endpoint (RFC 8705, section 6.4)."""
    client = house.client(**OLD)
    with house.registration(client) as row:
        row.tls_client_certificate_bound_access_tokens = True
    browser = house.browser(house.person())
    answer = browser.authorize(client, response_type="id_token token", nonce="n", response_mode="form_post")
    assert "unauthorized_client" in answer.text
