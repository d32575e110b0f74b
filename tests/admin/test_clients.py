"""Changing, disabling and deleting clients, renewing secrets, the quick start, and the list."""

import re
import shlex

import pytest
from flask import Flask

from idp.admin.quickstart import flask_commands, flask_program
from tests.admin.conftest import CALLBACK, Visitor, hidden_fields, register, shown


def settings_of(admin: Visitor, client_id: str) -> dict[str, object]:
    """Return what the edit form of a client would send."""
    from idp.clients import service

    with admin.client.application.app_context():
        row = service.get(client_id)
        assert row is not None
        return {
            "client_name": row.client_name,
            "redirect_uris": "\n".join(row.redirect_uris),
            "scope": row.scope,
            "grant_types": row.grant_types,
            "token_endpoint_auth_method": row.token_endpoint_auth_method,
            "id_token_signed_response_alg": row.id_token_signed_response_alg,
            "require_pkce": "y" if row.require_pkce else "",
        }


def test_settings_are_changed(app: Flask, admin: Visitor) -> None:
    """The edit form changes what it shows, and the audit log names the administrator."""
    from sqlalchemy import select

    from idp.audit import AuditEvent
    from idp.base.database import session
    from idp.clients import service

    client_id = register(admin)
    path = f"/admin/clients/{client_id}"
    changed = settings_of(admin, client_id) | {"client_name": "Shop & Co", "redirect_uris": f"{CALLBACK}2"}
    answer = admin.send(path, **changed)
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert "Shop &amp; Co" in admin.text(path)
    with app.app_context():
        client = service.find(client_id)
        assert client is not None
        assert client.metadata.redirect_uris == [f"{CALLBACK}2"]
        event = session().scalars(select(AuditEvent).where(AuditEvent.event == "client.changed")).first()
        assert event is not None
        assert event.actor == admin.sub


def test_a_client_keeps_its_kind(admin: Visitor) -> None:
    """A confidential client cannot be made public; the folded section opens at the error."""
    client_id = register(admin)
    answer = admin.send(
        f"/admin/clients/{client_id}", **settings_of(admin, client_id) | {"token_endpoint_auth_method": "none"}
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert 'id="token_endpoint_auth_method-error"' in page
    assert re.search(r'<details id="advanced"\s+open', page)


def test_disabling_and_enabling(app: Flask, admin: Visitor) -> None:
    """A disabled client is unknown to the protocol until it is enabled again."""
    from idp.clients import service

    client_id = register(admin)
    path = f"/admin/clients/{client_id}"
    assert admin.send(path, f"{path}/disable").status_code == 303
    with app.app_context():
        assert service.find(client_id) is None
    assert "client-enable" in admin.text(path)
    assert admin.send(path, f"{path}/enable").status_code == 303
    with app.app_context():
        assert service.find(client_id) is not None


def test_deleting_asks_first(app: Flask, admin: Visitor) -> None:
    """The delete page deletes only when its form is sent."""
    from idp.clients import service

    client_id = register(admin)
    path = f"/admin/clients/{client_id}/delete"
    assert "client-delete-confirm" in admin.text(path)
    with app.app_context():
        assert service.find(client_id) is not None
    answer = admin.send(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/clients")
    with app.app_context():
        assert service.find(client_id) is None
    assert admin.get(f"/admin/clients/{client_id}").status_code == 404


def test_a_renewed_secret_is_shown_once(app: Flask, admin: Visitor) -> None:
    """Renewing shows a new secret that replaces the old one; the same form sent again renews nothing."""
    from idp.clients import service

    client_id = register(admin)
    path = f"/admin/clients/{client_id}/secret"
    fields = hidden_fields(admin.text(path))
    answer = admin.client.post(path, data=fields)
    secret = shown(answer.get_data(as_text=True), "client-secret")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    again = admin.client.post(path, data=fields)
    assert (again.status_code, again.headers["Location"]) == (303, f"/admin/clients/{client_id}")
    with app.app_context():
        client = service.find(client_id)
        assert client is not None
        assert client.check_client_secret(secret)


def test_a_public_client_has_no_secret_to_renew(admin: Visitor) -> None:
    """There is no renewal page for a client without a secret."""
    client_id = register(admin, kind="native")
    assert admin.get(f"/admin/clients/{client_id}/secret").status_code == 404
    assert "client-renew" not in admin.text(f"/admin/clients/{client_id}")


def test_the_quick_start_has_the_real_values(app: Flask, admin: Visitor) -> None:
    """The snippets name this client, and the Flask one is valid Python without a secret."""
    client_id = register(admin)
    page = admin.text(f"/admin/clients/{client_id}")
    settings, flask = shown(page, "quickstart-settings"), shown(page, "quickstart-flask")
    issuer = app.extensions["idp.settings"].issuer
    assert f"discovery={issuer}/.well-known/openid-configuration" in settings
    assert f"client_id={client_id}" in settings
    assert "client_secret=$CLIENT_SECRET" in settings
    assert flask == flask_program(issuer, CALLBACK, "openid profile email")
    assert shown(page, "quickstart-shell") == flask_commands(client_id, CALLBACK)
    public = admin.text(f"/admin/clients/{register(admin, kind='native')}")
    assert "SECRET" not in shown(public, "quickstart-flask") + shown(public, "quickstart-shell")
    service_id = register(admin, kind="service", redirect_uris="")
    assert f'"{service_id}:$CLIENT_SECRET"' in shown(admin.text(f"/admin/clients/{service_id}"), "quickstart-curl")


def test_settings_run_nothing(admin: Visitor) -> None:
    """A redirect URI that a stranger chose stays one word to a shell that reads the settings."""
    uri = "https://app.example/cb?a=$(id)&b='x';c=1"
    client_id = register(admin, redirect_uris=uri)
    settings = shown(admin.text(f"/admin/clients/{client_id}"), "quickstart-settings")
    assert f"redirect_uri={uri}" in shlex.split(settings)


def test_searching_and_paging(app: Flask, admin: Visitor) -> None:
    """Thirty clients fill two pages of 25; a search keeps its term from page to page."""
    from idp.base.database import commit
    from idp.clients import service
    from idp.clients.metadata import Metadata

    with app.app_context():
        for number in range(30):
            service.register(Metadata(f"App {number:02}", redirect_uris=[CALLBACK]), client_id=f"app-{number:02}")
        commit()
    first, second = admin.text("/admin/clients?q=app"), admin.text("/admin/clients?q=app&page=2")
    assert "30 clients" in first
    assert "/admin/clients?q=app&amp;page=2" in first
    assert "App 24" in first
    assert "App 25" not in first
    assert "App 25" in second
    found = admin.text("/admin/clients?q=APP-07")
    assert "App 07" in found
    assert "App 08" not in found
    assert "No client matches" in admin.text("/admin/clients?q=nothing-like-it")


@pytest.mark.parametrize("verb", ["disable", "enable"])
def test_disabling_a_client_is_asked_first(app: Flask, admin: Visitor, verb: str) -> None:
    """The button leads to a question that changes nothing; its own button acts."""
    from idp.base.database import commit
    from idp.clients import service

    client_id = register(admin)
    with app.app_context():
        row = service.get(client_id)
        assert row is not None
        service.set_disabled(row, verb == "enable")
        commit()
    path = f"/admin/clients/{client_id}"
    assert f'href="{path}/{verb}"' in admin.text(path)
    assert f'action="{path}/{verb}"' not in admin.text(path)

    def is_disabled() -> bool:
        with app.app_context():
            row = service.get(client_id)
            assert row is not None
            return row.disabled_at is not None

    assert "Shop" in admin.text(f"{path}/{verb}")
    assert is_disabled() == (verb == "enable")
    assert admin.send(f"{path}/{verb}").status_code == 303
    assert is_disabled() == (verb == "disable")


def test_the_quick_start_says_what_auth_js_needs(admin: Visitor) -> None:
    """The provider for Auth.js comes with the word on claims in the ID token: to switch them on, or that they are there."""
    without, having = register(admin), register(admin, client_name="Tea", claims_in_id_token="y")
    told = [shown(admin.text(f"/admin/clients/{client_id}"), "quickstart-authjs") for client_id in (without, having)]
    assert "Switch on" in told[0]
    assert "Switch on" not in told[1]
    assert f'clientId: "{having}"' in told[1]
    assert "clientSecret: process.env.CLIENT_SECRET" in told[1]
    assert "quickstart-authjs" not in admin.text(f"/admin/clients/{register(admin, kind='native')}")
