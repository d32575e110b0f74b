"""Every member of a registration at every door: the endpoint, the administrators' form, the command line, document 2."""

import json
from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr

from idp.base.outcome import Refused
from idp.cli import client_options
from idp.cli.clients import create_client
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.oauth.registration.reading import OURS
from tests.admin.conftest import Visitor
from tests.admin.conftest import register as fill_in
from tests.admin.test_clients_protocol import enter, typed
from tests.base.fetch.host import Host, answer, running
from tests.factories import Provider
from tests.keys.strangers import jwk
from tests.spec.rfc7591.registering import registered

HOME = "https://rp.example"
URIS = [f"{HOME}/one", f"{HOME}/two"]
# One of two that exclude each other (RFC 7591, section 2).
KEYS: dict[str, Any] = {"jwks": {"keys": [jwk("ES256")]}, "jwks_uri": f"{HOME}/keys"}
# A value of every other member, none of them the default; the sector's address is that of a host of the tests.
VALUES: dict[str, Any] = {
    "client_name": "Tea House",
    "redirect_uris": URIS,
    "post_logout_redirect_uris": [f"{HOME}/out", f"{HOME}/bye"],
    "grant_types": ["authorization_code", "implicit"],
    "response_types": ["code", "code id_token"],
    "scope": "openid email",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "ES256",
    "id_token_signed_response_alg": "EdDSA",
    "userinfo_signed_response_alg": "PS256",
    "request_object_signing_alg": "ES256",
    "application_type": "native",
    "subject_type": "pairwise",
    "sector_identifier_uri": "",
    "require_pkce": False,
    "first_party": True,
    "require_second_factor": True,
    "claims_in_id_token": True,
    "default_max_age": 60,
    "require_auth_time": True,
    "require_signed_request_object": True,
    "authorization_signed_response_alg": "ES256",
    "introspection_signed_response_alg": "PS256",
    "require_pushed_authorization_requests": True,
    "dpop_bound_access_tokens": True,
    "dpop_nonce_required": True,
    "default_acr_values": ["2", "1"],
    "client_uri": HOME,
    "logo_uri": f"{HOME}/logo.png",
    "accent_color": "#0b5a52",
    "policy_uri": f"{HOME}/policy",
    "tos_uri": f"{HOME}/tos",
    "initiate_login_uri": f"{HOME}/start",
    "request_uris": [f"{HOME}/object", f"{HOME}/other"],
    "backchannel_logout_uri": f"{HOME}/logged-out",
    "backchannel_logout_session_required": True,
    "authorization_details_types": ["payment", "https://bank.example/account"],
    "contacts": ["ann@rp.example", "bea@rp.example"],
    "software_id": "tea",
    "software_version": "2.1",
}
# An older interface's manner of speaking: what makes the client sets it, and nobody else.
NOWHERE = {"dialect"}
# What a certificate names, one for a client that proves itself by it; tokens that are bound to one, and so to no other key; the profile,
# which asks for much else; and what goes with no pushed or signed request.
ALONE = {
    "tls_client_auth_subject_dn": "CN=shop,O=Example",
    "tls_client_auth_san_dns": "shop.example",
    "tls_client_auth_san_uri": "spiffe://example/shop",
    "tls_client_auth_san_ip": "192.0.2.7",
    "tls_client_auth_san_email": "shop@rp.example",
    "tls_client_certificate_bound_access_tokens": True,
    "profile": "fapi2",
    "fedcm_enabled": True,
}
SPACED = {"contacts", "default_acr_values"}  # typed into one line
EVERY_SCOPE = "openid profile email address phone"  # of the server's own, for a client without refresh tokens
CHECKED = {"grant_types", "response_types"}
# Options that hold a member in their own way.
OPTIONS = {"jwks": "jwks_file"}

Door = Callable[[Provider, dict[str, Any], Path], str]


@pytest.fixture
def house(app: Flask, provider: Provider) -> Provider:
    """The provider, with everything switched on."""
    settings = app.extensions["idp.settings"]
    settings.registration, settings.legacy_response_types, settings.allow_private_fetch = "open", True, True
    settings.mtls_url = "https://mtls.example"
    return provider


@pytest.fixture
def host() -> Iterator[Host]:
    """Where the document of the sector lies."""
    with running() as host:
        host.reply = answer(json.dumps(URIS).encode())
        yield host


def at_the_endpoint(house: Provider, members: dict[str, Any], _path: Path) -> str:
    """Register by the protocol."""
    return str(registered(house, **members)["client_id"])


def in_the_form(house: Provider, members: dict[str, Any], _path: Path) -> str:
    """Register at /admin/clients/new, and save the settings once more as they are shown."""
    admin: Visitor = enter(house.app)
    client_id = fill_in(admin, **{name: as_typed(name, value) for name, value in members.items()})
    page = f"/admin/clients/{client_id}"
    assert admin.client.post(page, data=typed(admin.text(page))).status_code == 303
    return client_id


def as_typed(name: str, value: Any) -> Any:
    """Return what a person types or ticks."""
    if isinstance(value, bool):
        return "y" if value else ""
    if isinstance(value, list) and name not in CHECKED:
        return (" " if name in SPACED else "\r\n").join(value)
    return json.dumps(value) if isinstance(value, dict) else value


def on_the_command_line(house: Provider, members: dict[str, Any], path: Path) -> str:
    """Register by `idp client create`."""
    options = {option.name: option for option in create_client.params}
    words: list[str] = []
    for member, value in members.items():
        known = options[OPTIONS.get(member, member)]
        option = known.opts[0]
        if isinstance(value, bool):
            words += [option if value else known.secondary_opts[0]]
        elif isinstance(value, dict):
            path.write_text(json.dumps(value))
            words += [option, str(path)]
        else:
            words += [word for one in (value if isinstance(value, list) else [value]) for word in (option, str(one))]
    made = command(house, *words)
    assert not isinstance(made, Refused), made
    return str(made["client_id"])


def command(house: Provider, *words: str) -> dict[str, Any] | Refused:
    """Return what `idp client create` makes of these words."""
    options = create_client.make_context("create", list(words)).params
    with house.working():
        return client_options.register(options, read_secret=lambda: "")


def test_this_table_is_complete() -> None:
    """Every member has a value here that is not its default, so that a new one is tried at every door."""
    assert {*VALUES, *KEYS, *ALONE} == {field.name for field in fields(Metadata)} - NOWHERE
    for field in fields(Metadata):
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        assert field.name in {*KEYS, *NOWHERE, *ALONE} or VALUES[field.name] != default, field.name


@pytest.mark.parametrize("keys", list(KEYS))
@pytest.mark.parametrize("door", [at_the_endpoint, in_the_form, on_the_command_line])
def test_every_door_knows_every_member(house: Provider, host: Host, tmp_path: Path, door: Door, keys: str) -> None:
    """What is asked for is registered, but for what only administrators decide, which the endpoint leaves alone, and scopes, of which it
    gives all that are the server's own."""
    members = VALUES | {"sector_identifier_uri": f"{host.url}/sector", keys: KEYS[keys]}
    expected = Metadata(**members)
    if door is at_the_endpoint:
        none = dict.fromkeys(set(OURS) - NOWHERE, False) | {"authorization_details_types": []}
        expected = replace(expected, **none, scope=EVERY_SCOPE)
    client_id = door(house, members, tmp_path / "keys.json")
    with house.working():
        row = clients.get(client_id)
        assert row is not None
        assert clients.to_metadata(row) == expected


@pytest.mark.parametrize("member", ALONE)
@pytest.mark.parametrize("door", [at_the_endpoint, in_the_form, on_the_command_line])
def test_every_door_knows_what_stands_alone(
    house: Provider, authorities: Path, tmp_path: Path, door: Door, member: str
) -> None:
    """A name of a certificate, a profile, which switches its rules on by itself, and FedCM, which administrators alone decide."""
    house.app.extensions["idp.settings"].mtls_ca_file = authorities
    method = "tls_client_auth" if member.startswith("tls_client_auth_") else "private_key_jwt"
    usual = {name: VALUES[name] for name in ("client_name", "redirect_uris", "scope")}
    members = (
        usual
        | KEYS
        | {"token_endpoint_auth_method": method, "grant_types": ["authorization_code"], member: ALONE[member]}
    )
    del members["jwks_uri"]
    client_id = door(house, members, tmp_path / "keys.json")
    with house.working():
        row = clients.get(client_id)
        assert row is not None
        told = clients.to_metadata(row)
    is_ignored = door is at_the_endpoint and member in OURS
    assert getattr(told, member) == (False if is_ignored else ALONE[member])
    assert told.dpop_bound_access_tokens is told.require_pushed_authorization_requests is (member == "profile")


@pytest.fixture
def authorities(tmp_path: Path) -> Path:
    """A file of authorities, which nobody reads here."""
    path = tmp_path / "authorities.pem"
    path.write_text("")
    return path


def test_document_2_knows_three(house: Provider) -> None:
    """The document's clients bring a name, a redirect URI and a contact; PKCE is optional, and all else as at every door."""
    house.app.extensions["idp.settings"].admin_key = SecretStr("the administrators' key of this test")
    body = {"app_name": "Tea House", "redirect_url": URIS[0], "contact_email": "ann@rp.example"}
    headers = {"X-Admin-Key": "the administrators' key of this test"}
    made = house.http.post("/clients/register", json=body, headers=headers)
    assert made.status_code == 200, made.text
    known = Metadata("Tea House", URIS[:1], contacts=["ann@rp.example"])
    with house.working():
        row = clients.get(made.json["client_id"])
        assert row is not None
        assert clients.to_metadata(row) == replace(known, require_pkce=False, dialect="provider")


@pytest.mark.parametrize(
    ("words", "member"),
    [
        (["--userinfo-alg", "HS256"], "userinfo_signed_response_alg"),
        (["--request-object-alg", "HS256"], "request_object_signing_alg"),
        (["--auth-alg", "RS256"], "token_endpoint_auth_signing_alg"),
        (["--auth-method", "private_key_jwt"], "jwks"),
        (["--auth-method", "client_secret_basic", "--public"], "auth_method"),
        (["--response-type", "token"], "response_types"),
        (["--subject-type", "secret"], "subject_type"),
        (["--application-type", "desktop"], "application_type"),
        (["--application-type", "native", "--redirect-uri", "https://localhost/cb"], "redirect_uris"),
        (["--sector-identifier-uri", "https://sector.invalid/x"], "sector_identifier_uri"),
        (["--default-max-age", "-1"], "default_max_age"),
        (["--initiate-login-uri", "http://till.example/"], "initiate_login_uri"),
        (["--request-uri", "http://till.example/"], "request_uris"),
        (["--backchannel-logout-uri", "ftp://till.example/"], "backchannel_logout_uri"),
        (["--jwks-uri", "http://till.example/"], "jwks_uri"),
        (["--logo-uri", "http://till.example/logo.png"], "logo_uri"),
        (["--client-uri", "javascript:alert(1)"], "client_uri"),
        (["--accent-color", "green"], "accent_color"),
        (["--accent-color", "#ffff00"], "accent_color"),
        (["--scope", "account"], "scope"),
    ],
)
def test_the_command_line_has_the_same_rules(house: Provider, words: list[str], member: str) -> None:
    """`idp client create` refuses what the registration endpoint refuses, and names the member."""
    refused = command(house, "--name", "Till", "--redirect-uri", "https://till.example/cb", *words)
    assert isinstance(refused, Refused), refused
    assert refused.field == member


def test_what_the_command_line_leaves_out(house: Provider) -> None:
    """Without an option a member has the default that the documentation promises; no scope is a choice."""
    made = command(house, "--name", "Till", "--redirect-uri", "https://till.example/cb")
    assert isinstance(made, dict)
    assert {name: made[name] for name in made.keys() - {"client_id", "client_secret", "client_secret_expires_at"}} == {
        name: value for name, value in Metadata("Till", ["https://till.example/cb"]).items() if value not in (None, [])
    }
    service = command(house, "--name", "Robot", "--grant", "client_credentials", "--scope", "")
    assert isinstance(service, dict)
    assert (service["scope"], service["grant_types"]) == ("", ["client_credentials"])
