"""The folded part of the clients' form: keys, algorithms, subjects, and what a client has that the form does not show."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from idp import create_app
from idp.clients import service
from idp.clients.metadata import Metadata
from idp.config import Settings
from tests.admin.conftest import CALLBACK, Visitor, register
from tests.conftest import dispose
from tests.factories import Provider
from tests.pages.reading import Page

JWK = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kid": "one"}
EVERYTHING: dict[str, object] = {
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "EdDSA",
    "jwks": json.dumps({"keys": [JWK]}),
    "userinfo_signed_response_alg": "PS256",
    "request_object_signing_alg": "ES256",
    "request_uris": "https://shop.example.com/a\r\nhttps://shop.example.com/b#hash",
    "subject_type": "pairwise",
    "default_max_age": "3600",
    "require_auth_time": "y",
    "initiate_login_uri": "https://shop.example.com/start",
    "backchannel_logout_uri": "https://shop.example.com/logout",
    "backchannel_logout_session_required": "y",
    "contacts": "ann@example.org  bea@example.org",
}


@pytest.fixture
def legacy_app(settings: Settings) -> Iterator[Flask]:
    """The application with the legacy response types."""
    application = create_app(settings.model_copy(update={"legacy_response_types": True}))
    try:
        yield application
    finally:
        dispose(application)


def enter(app: Flask) -> Visitor:
    """Return an administrator who is signed in."""
    provider = Provider(app)
    person = provider.person("root@example.org", is_admin=True)
    return Visitor(provider.browser(person).http, person.sub, person.email)


def metadata_of(app: Flask, client_id: str) -> Metadata:
    """Return a client's metadata as they are now."""
    with app.app_context():
        client = service.find(client_id)
        assert client is not None
        return client.metadata


def typed(page: str) -> dict[str, Any]:
    """Return what a browser would send of the settings form as it stands on a page."""
    read = Page("client", page)
    (button,) = [element for element in read.elements if element["id"] == "client-submit"]
    form = button.within("form")
    assert form is not None
    fields: dict[str, Any] = {}
    for element in form.walk():
        value = element["value"]
        if element.tag == "textarea":
            value = "".join(element.texts).strip()
        elif element.tag == "select":
            options = [option for option in element.walk() if option.tag == "option"]
            value = next((option for option in options if "selected" in option.attributes), options[0])["value"]
        elif element.tag != "input" or (element["type"] == "checkbox" and "checked" not in element.attributes):
            continue
        fields.setdefault(element["name"], []).append(value)
    return fields


def test_every_member_is_kept_as_typed(app: Flask, admin: Visitor) -> None:
    """What is typed under Advanced is registered, shown again, and stays through an edit of nothing."""
    client_id = register(admin, **EVERYTHING)
    made = metadata_of(app, client_id)
    assert made.jwks == {"keys": [JWK]}
    assert made.token_endpoint_auth_method == "private_key_jwt"
    assert made.token_endpoint_auth_signing_alg == "EdDSA"
    assert (made.userinfo_signed_response_alg, made.request_object_signing_alg) == ("PS256", "ES256")
    assert made.request_uris == ["https://shop.example.com/a", "https://shop.example.com/b#hash"]
    assert (made.subject_type, made.default_max_age, made.require_auth_time) == ("pairwise", 3600, True)
    assert made.initiate_login_uri == "https://shop.example.com/start"
    assert made.backchannel_logout_uri == "https://shop.example.com/logout"
    assert made.backchannel_logout_session_required
    assert made.contacts == ["ann@example.org", "bea@example.org"]
    path = f"/admin/clients/{client_id}"
    assert admin.client.post(path, data=typed(admin.text(path))).status_code == 303
    assert metadata_of(app, client_id) == made


def test_the_quick_start_of_an_app_that_signs(admin: Visitor) -> None:
    """An app that proves itself with a key gets its settings, and no snippet with a secret or with none."""
    page = admin.text(f"/admin/clients/{register(admin, **EVERYTHING)}")
    assert "token_endpoint_auth_method=private_key_jwt" in page
    assert "quickstart-flask" not in page


def test_what_the_form_does_not_show_stays(app: Flask, admin: Visitor, provider: Provider) -> None:
    """An edit changes one thing of a client that registered itself, and no member that the form does not show."""
    client = provider.client(
        application_type="native", software_id="shop", software_version="7", default_acr_values=["2"],
        response_types=["code"], request_uris=["https://shop.example.com/a"], contacts=["ann@example.org"],
    )  # fmt: skip
    path = f"/admin/clients/{client.client_id}"
    before = metadata_of(app, client.client_id)
    answer = admin.client.post(path, data=typed(admin.text(path)) | {"client_name": "Shop & Co"})
    assert answer.status_code == 303, answer.text
    assert metadata_of(app, client.client_id) == replace(before, client_name="Shop & Co")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("jwks", "no JSON"),
        ("jwks", "[" * 5000),
        ("jwks", '["keys"]'),
        ("jwks", json.dumps({"keys": [JWK | {"d": "secret"}]})),
        ("jwks", json.dumps({"keys": "one"})),
        ("jwks", '{"keys": [], "x": NaN}'),
        ("jwks", '{"keys": [], "x": 1e999}'),
        ("jwks", '{"keys": [], "x": "\\ud800"}'),
        ("jwks", '{"keys": [], "x": "\\u0000"}'),
        ("jwks", '{"keys": [], "keys": []}'),
        ("jwks", '{"keys": [], "x": ' + "[" * 900 + "]" * 900 + "}"),
        ("jwks_uri", "http://shop.example.com/keys"),
        ("default_max_age", "soon"),
        ("default_max_age", "-1"),
        ("default_max_age", "9" * 5000),
        ("subject_type", "other"),
        ("initiate_login_uri", "javascript:alert(1)"),
        ("backchannel_logout_uri", "http://shop.example.com/logout"),
        ("request_uris", "ftp://shop.example.com"),
        ("userinfo_signed_response_alg", "none"),
        ("request_object_signing_alg", "none"),
        ("token_endpoint_auth_signing_alg", "RS256"),
    ],
)
def test_the_rules_are_those_of_every_registration(admin: Visitor, member: str, value: str) -> None:
    """What may not be registered is refused at its field, with what was typed, and the folded section opens."""
    values = {"client_name": "Shop", "redirect_uris": CALLBACK, "kind": "web", "id_token_signed_response_alg": "RS256"}
    answer = admin.send("/admin/clients/new", **values | {member: value})
    assert answer.status_code == 400
    page = Page("new", answer.text)
    assert [element for element in page.elements if element["id"] == f"{member}-error"]
    (folded,) = [element for element in page.elements if element["id"] == "advanced"]
    assert "open" in folded.attributes


def test_a_sector_is_looked_at(admin: Visitor) -> None:
    """The document of a sector is fetched before a client is registered with it (Core, 8.1)."""
    values = {"client_name": "Shop", "redirect_uris": CALLBACK, "kind": "web", "id_token_signed_response_alg": "RS256"}
    values |= {"subject_type": "pairwise", "sector_identifier_uri": "https://127.0.0.1:9/sector.json"}
    answer = admin.send("/admin/clients/new", **values)
    assert answer.status_code == 400
    assert "The document could not be fetched." in answer.text


def test_a_sector_is_not_looked_at_again(app: Flask, admin: Visitor, provider: Provider) -> None:
    """A client whose sector stays is changed also while its document cannot be fetched."""
    client = provider.client(subject_type="pairwise", sector_identifier_uri="https://127.0.0.1:9/sector.json")
    path = f"/admin/clients/{client.client_id}"
    fields = typed(admin.text(path))
    assert admin.client.post(path, data=fields | {"client_name": "Shop & Co"}).status_code == 303
    answer = admin.client.post(path, data=typed(admin.text(path)) | {"redirect_uris": f"{CALLBACK}/2"})
    assert (answer.status_code, "could not be fetched" in answer.text) == (400, True)
    assert metadata_of(app, client.client_id).redirect_uris == client.metadata.redirect_uris


def test_response_types_are_hidden_where_there_is_one(app: Flask, admin: Visitor, provider: Provider) -> None:
    """A server with `code` alone asks for none; a client of before keeps what it can still use."""
    client = provider.client()
    with provider.registration(client) as row:
        row.response_types, row.grant_types = ["code", "id_token"], ["authorization_code", "implicit"]
    path = f"/admin/clients/{client.client_id}"
    page = admin.text(path)
    assert 'name="response_types"' not in page
    assert 'value="implicit"' not in page
    assert admin.client.post(path, data=typed(page)).status_code == 303
    made = metadata_of(app, client.client_id)
    assert (made.response_types, made.grant_types) == (["code"], ["authorization_code"])


def test_response_types_of_old_apps(legacy_app: Flask) -> None:
    """With the legacy response types the form offers them, under the rules of every registration."""
    admin = enter(legacy_app)
    refused = admin.send(
        "/admin/clients/new", client_name="Old", redirect_uris=CALLBACK, kind="web", response_types=["code id_token"]
    )
    assert "needs the grant implicit" in refused.text
    grants = ["authorization_code", "implicit"]
    client_id = register(admin, response_types=["code", "code id_token"], grant_types=grants)
    assert metadata_of(legacy_app, client_id).allowed_response_types == ["code", "code id_token"]
    path = f"/admin/clients/{client_id}"
    before = metadata_of(legacy_app, client_id)
    assert admin.client.post(path, data=typed(admin.text(path))).status_code == 303
    assert metadata_of(legacy_app, client_id) == before


@pytest.mark.parametrize("member", ["subject_type", "kind", "grant_types", "application_type"])
def test_what_is_not_offered(admin: Visitor, member: str) -> None:
    """A choice that stands on no page is refused in the house's own words."""
    answer = admin.send("/admin/clients/new", **{"client_name": "Shop", "redirect_uris": CALLBACK, member: "other"})
    assert answer.status_code == 400
    (told,) = [element for element in Page("new", answer.text).elements if element["id"] == f"{member}-error"]
    assert told.text == "Error: Choose from what is offered."


def test_unsigned_request_objects_are_offered_where_they_are_allowed(admin: Visitor, legacy_app: Flask) -> None:
    """The form offers `none` for request objects only where the rules take it (RFC 9101, section 4)."""
    for visitor, is_there in ((admin, False), (enter(legacy_app), True)):
        page = Page("new", visitor.text("/admin/clients/new"))
        (select,) = [element for element in page.elements if element["id"] == "request_object_signing_alg"]
        assert ("none" in [option["value"] for option in select.walk()]) == is_there
