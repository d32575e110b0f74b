"""The snippets of the quick start: well-formed in their language, with the client's values, and harmless whatever the client is called."""

import ast
import json
import re
import shlex
import subprocess
import sys

import pytest
import yaml
from flask import Flask

from idp.admin.quickstart import WITH_SECRET, WITHOUT_SECRET, Snippet, snippets
from tests.factories import Provider

NASTY = "https://app.example/cb?a=$(id)&b='x'&c=%22%60id%60"


def of(provider: Provider, *, public: bool = False, **members: object) -> dict[str, Snippet]:
    """Return the snippets of a new client, by their names."""
    client = provider.client(public=public, **members)
    with provider.registration(client) as row, provider.app.test_request_context():
        return {snippet.id.removeprefix("quickstart-"): snippet for snippet in snippets(row)}


def test_every_framework_has_its_snippet(provider: Provider) -> None:
    """A client with a secret gets those that can keep one, one without gets the browser's; no snippet has a secret in it."""
    confidential, public = of(provider), of(provider, public=True)
    assert {framework.id for framework in WITH_SECRET} <= set(confidential)
    assert {framework.id for framework in WITHOUT_SECRET} <= set(public)
    assert not {framework.id for framework in WITH_SECRET} & set(public)
    for name in ("authjs", "express", "django", "fastapi", "spring", "go", "oauth2-proxy", "grafana"):
        assert "CLIENT_SECRET" in confidential[name].text
        assert provider.issuer in confidential[name].text


def test_snippets_are_well_formed(provider: Provider) -> None:
    """The Python ones compile, the YAML is read with the client's values, the shells' lines are words."""
    made = of(provider, client_name="Shop")
    for name in ("flask", "fastapi", "django"):
        ast.parse(made[name].text)
    registration = yaml.safe_load(made["spring"].text)["spring"]["security"]["oauth2"]["client"]
    assert registration["provider"]["gatehouse"]["issuer-uri"] == provider.issuer
    assert registration["registration"]["gatehouse"]["scope"] == ["openid", "profile", "email"]
    assert registration["registration"]["gatehouse"]["client-secret"] == "${CLIENT_SECRET}"
    assert "--redirect-url=https://rp.example/oauth2/callback" in shlex.split(made["oauth2-proxy"].text)
    assert "GF_AUTH_GENERIC_OAUTH_USE_PKCE=true" in shlex.split(made["grafana"].text)
    for name in ("authjs", "express", "go"):
        assert made[name].text.count("{") == made[name].text.count("}")


def test_a_device_gets_a_program(provider: Provider) -> None:
    """A client with the device grant gets a program that compiles, with its secret from the environment, if it has one; no other does."""
    grants = {"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"], "redirect_uris": []}
    for public in (True, False):
        text = of(provider, public=public, **grants)["device"].text
        ast.parse(text)
        assert provider.issuer in text
        assert ('os.environ["CLIENT_SECRET"]' in text) is not public
    assert "device" not in of(provider)


def test_the_redirect_uri_that_a_library_needs_is_told(provider: Provider) -> None:
    """A library that always answers at one path says so while the client has no such redirect URI, and no longer once it has."""
    made = of(provider)
    assert made["grafana"].missing_uri == "https://rp.example/login/generic_oauth"
    assert made["fastapi"].missing_uri is None
    uris = ["https://rp.example/callback", "https://rp.example/login/generic_oauth"]
    assert of(provider, redirect_uris=uris)["grafana"].missing_uri is None


def test_a_nasty_redirect_uri_runs_nothing(provider: Provider) -> None:
    """What a stranger's app is registered with stays one literal in every language that has it."""
    made = of(provider, redirect_uris=[NASTY])
    literals = [node.value for node in ast.walk(ast.parse(made["fastapi"].text)) if isinstance(node, ast.Constant)]
    assert NASTY in literals
    assert json.dumps(NASTY) in made["go"].text
    for name in ("oauth2-proxy", "grafana"):
        assert "$(id)" not in made[name].text


@pytest.mark.parametrize("name", ["express", "authjs", "oidc-client-ts"])
def test_scripts_are_read_by_node(provider: Provider, name: str) -> None:
    """Node finds no fault in the syntax of the snippets for JavaScript."""
    text = of(provider, public=name == "oidc-client-ts", redirect_uris=[NASTY])[name].text
    check = ["node", "--input-type=module", "--check", "-"]
    done = subprocess.run(check, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_folds_frameworks_away(app: Flask, provider: Provider) -> None:
    """Each framework is under a heading of its own on the client's page, with what has to be registered first."""
    root = provider.person("root@example.org", is_admin=True)
    client = provider.client()
    page = provider.browser(root).http.get(f"/admin/clients/{client.client_id}").text
    folded = re.findall(r"<details>\s*<summary>([^<]+)</summary>", page)
    assert folded == [framework.label for framework in WITH_SECRET]
    assert "https://rp.example/login/generic_oauth" in page


@pytest.mark.slow
def test_the_django_settings_are_taken(provider: Provider) -> None:
    """Django with django-allauth starts with the settings of the snippet."""
    program = f"""
import os
os.environ["CLIENT_SECRET"] = "s"
{of(provider)["django"].text}
import django
from django.conf import settings
memory = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
settings.configure(SECRET_KEY="x", DATABASES=memory, SOCIALACCOUNT_PROVIDERS=SOCIALACCOUNT_PROVIDERS, INSTALLED_APPS=[
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "allauth", "allauth.account",
    "allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"],
    MIDDLEWARE=["allauth.account.middleware.AccountMiddleware"])
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from allauth.socialaccount.adapter import get_adapter
app = get_adapter().list_apps(None, provider="gatehouse")[0]
print(app.settings["server_url"])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == provider.issuer, done.stderr
