"""Registering clients through the form: what it takes, what follows from the kind, and what it refuses."""

import pytest
from flask import Flask

from tests.admin.conftest import CALLBACK, Visitor, hidden_fields, register, shown


def test_a_web_application_gets_a_secret_that_is_shown_once(app: Flask, admin: Visitor) -> None:
    """The answer to the form shows the secret, which works, and no later page shows it."""
    from idp.clients import service

    answer = admin.send(
        "/admin/clients/new",
        client_name="Shop",
        redirect_uris=f"{CALLBACK}\r\nhttp://127.0.0.1:8000/callback",
        kind="web",
        require_pkce="y",
        id_token_signed_response_alg="ES256",
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    client_id, secret = shown(page, "client-id"), shown(page, "client-secret")
    with app.app_context():
        client = service.find(client_id)
        assert client is not None
        assert client.check_client_secret(secret)
        assert client.metadata.redirect_uris == [CALLBACK, "http://127.0.0.1:8000/callback"]
        assert client.metadata.grant_types == ["authorization_code", "refresh_token"]
        assert client.metadata.scope == "openid profile email offline_access"
        assert client.metadata.id_token_signed_response_alg == "ES256"
    assert secret not in admin.text(f"/admin/clients/{client_id}")
    assert secret not in admin.text("/admin/clients")


def test_a_form_sent_twice_makes_one_client(admin: Visitor) -> None:
    """A reload of the answer leads to the client, without its secret, and makes no second one."""
    fields = hidden_fields(admin.text("/admin/clients/new")) | {
        "client_name": "Shop",
        "redirect_uris": CALLBACK,
        "kind": "web",
        "id_token_signed_response_alg": "RS256",
    }
    first = admin.client.post("/admin/clients/new", data=fields)
    again = admin.client.post("/admin/clients/new", data=fields)
    client_id = shown(first.get_data(as_text=True), "client-id")
    assert again.status_code == 303
    assert again.headers["Location"] == f"/admin/clients/{client_id}"
    assert "1 client" in admin.text("/admin/clients")


def test_a_forged_ticket_makes_no_client(admin: Visitor) -> None:
    """The client identifier of a form cannot be chosen from outside."""
    answer = admin.send(
        "/admin/clients/new", client_name="Shop", redirect_uris=CALLBACK, kind="web", ticket="chosen.by.me"
    )
    assert answer.status_code == 400
    assert "This form had expired" in answer.get_data(as_text=True)


def test_the_kind_decides_what_is_left_empty(app: Flask, admin: Visitor) -> None:
    """A native app becomes public with PKCE; a service gets client_credentials alone, without scopes."""
    from idp.clients import service

    native = register(admin, kind="native", redirect_uris="com.example.shop:/callback", require_pkce="")
    backend = register(admin, kind="service", redirect_uris="")
    with app.app_context():
        public, machine = service.find(native), service.find(backend)
        assert public is not None
        assert public.metadata.is_public
        assert public.metadata.require_pkce
        assert machine is not None
        assert machine.metadata.grant_types == ["client_credentials"]
        assert machine.metadata.scope == ""
        assert not machine.metadata.is_public


def test_what_is_chosen_under_advanced_wins(app: Flask, admin: Visitor) -> None:
    """Explicit settings override those of the kind."""
    from idp.clients import service

    client_id = register(
        admin,
        kind="web",
        token_endpoint_auth_method="client_secret_post",
        grant_types=["authorization_code", "client_credentials"],
        scope="openid  email openid",
        post_logout_redirect_uris="https://shop.example.com/bye",
        first_party="y",
        require_second_factor="y",
        require_pkce="",
        policy_uri="https://shop.example.com/privacy",
    )
    with app.app_context():
        client = service.find(client_id)
        assert client is not None
        asked = client.metadata
        assert asked.token_endpoint_auth_method == "client_secret_post"
        assert asked.grant_types == ["authorization_code", "client_credentials"]
        assert asked.scope == "openid email"
        assert asked.post_logout_redirect_uris == ["https://shop.example.com/bye"]
        assert asked.first_party
        assert asked.require_second_factor
        assert not asked.require_pkce
        assert asked.policy_uri == "https://shop.example.com/privacy"
        assert asked.logo_uri is None


def test_a_refusal_stands_at_its_field(admin: Visitor) -> None:
    """What the rules of registration refuse is shown above the form and at the field, and the input is kept."""
    answer = admin.send(
        "/admin/clients/new",
        client_name="Shop",
        redirect_uris="http://shop.example.com/callback",
        kind="web",
        id_token_signed_response_alg="RS256",
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'href="#redirect_uris"' in page
    assert 'id="redirect_uris-error"' in page
    assert "must be https" in page
    assert 'value="Shop"' in page
    assert "<title>Error: " in page


def test_a_client_without_a_name_is_refused(admin: Visitor) -> None:
    """An empty form says what is missing."""
    answer = admin.send("/admin/clients/new", kind="web", id_token_signed_response_alg="RS256")
    assert answer.status_code == 400
    assert 'href="#client_name"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_name", "a\0b"),
        ("client_name", "a" * 201),
        ("redirect_uris", "https://shop.example.com/\0"),
        ("redirect_uris", "javascript:alert(1)"),
        ("redirect_uris", f"{CALLBACK}\n{CALLBACK}"),
        ("redirect_uris", "https://[bad/callback"),
        ("scope", "openid caf\u00e9"),
        ("scope", "account"),
        ("grant_types", "password"),
        ("token_endpoint_auth_method", "magic"),
        ("id_token_signed_response_alg", "none"),
        ("post_logout_redirect_uris", "http://shop.example.com/bye"),
        ("logo_uri", "javascript:alert(1)"),
        ("client_uri", "https://[bad"),
        ("kind", "toaster"),
    ],
)
def test_bad_input_is_refused_at_its_field(app: Flask, admin: Visitor, field: str, value: str) -> None:
    """Malformed settings give 400 and a message at their field, and register nothing."""
    from sqlalchemy import select

    from idp.base.database import session
    from idp.clients.models import Client

    values = {"client_name": "Shop", "redirect_uris": CALLBACK, "kind": "web", "id_token_signed_response_alg": "RS256"}
    answer = admin.send("/admin/clients/new", **(values | {field: value}))
    assert answer.status_code == 400
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    with app.app_context():
        assert session().scalar(select(Client.client_id)) is None
