"""`idp client list`, `show`, `update`, `disable`, `enable` and `delete`: what they print, change and refuse."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from idp.base import clock
from tests.cli.test_user_commands import acts
from tests.factories import Provider

Run = Callable[..., str]


def test_clients_are_listed_and_shown_without_secrets(provider: Provider, command: Run) -> None:
    """One JSON object a line, searched by words; a client's own has its members and its state, and nothing of its secret."""
    shop, club = provider.client(client_name="Paper Shop"), provider.client(client_name="Rowing Club")
    listed = [json.loads(line) for line in command("client", "list").splitlines()]
    assert [client["client_name"] for client in listed] == ["Paper Shop", "Rowing Club"]
    assert json.loads(command("client", "list", "--search", "row"))["client_id"] == club.client_id
    shown = command("client", "show", shop.client_id)
    assert json.loads(shown) == listed[0] | {"owners": []}
    assert json.loads(shown)["disabled_at"] is None
    assert "secret" not in shown.replace("client_secret_basic", "").replace("client_secret_post", "")


def test_what_is_named_of_a_client_changes_and_nothing_else(provider: Provider, command: Run, tmp_path: Path) -> None:
    """Members that are given take the place of those before, an empty one is taken away, and the rest stays; the log names who did it."""
    client_id = provider.client(client_name="Shop").client_id
    before = json.loads(command("client", "show", client_id))
    uris = ("--redirect-uri", "https://a.example/cb", "--redirect-uri", "https://b.example/cb")
    after = json.loads(command("client", "update", client_id, "--name", "Store", *uris, "--default-max-age", "60"))
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed <= {"client_name", "redirect_uris", "default_max_age", "updated_at"}
    assert after["redirect_uris"] == ["https://a.example/cb", "https://b.example/cb"]
    assert after["default_max_age"] == 60
    again = json.loads(command("client", "update", client_id, "--default-max-age", "", "--first-party", "--no-pkce"))
    assert "default_max_age" not in again
    assert (again["first_party"], again["require_pkce"]) == (True, False)
    assert acts(provider) == ["client.changed"] * 2
    jwks = tmp_path / "keys.json"
    jwks.write_text("no keys")
    assert "jwks" in command("client", "update", client_id, "--jwks-file", str(jwks), fails=True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Name at least one member"),
        (("--redirect-uri", "http://x.example/cb"), "redirect_uris: http://x.example/cb must be https"),
        (("--auth-method", "none"), "token_endpoint_auth_method: A client stays public or confidential"),
        (("--grant", "magic"), "grant_types"),
        (("--name", ""), "client_name"),
    ],
)
def test_a_bad_change_of_a_client_is_refused(
    provider: Provider, command: Run, options: tuple[str, ...], said: str
) -> None:
    """What is wrong is named with its member, and nothing has changed."""
    client_id = provider.client().client_id
    before = command("client", "show", client_id)
    assert said in command("client", "update", client_id, *options, fails=True)
    assert command("client", "show", client_id) == before


def test_a_client_is_disabled_enabled_and_deleted(provider: Provider, command: Run) -> None:
    """Each prints the client; a deleted one is gone, and every command says that there is none."""
    client_id = provider.client().client_id
    assert json.loads(command("client", "disable", client_id))["disabled_at"]
    assert json.loads(command("client", "enable", client_id))["disabled_at"] is None
    assert json.loads(command("client", "delete", client_id))["client_id"] == client_id
    for verb in ("show", "update", "disable", "enable", "delete"):
        more = ("--name", "x") if verb == "update" else ()
        assert "client_id: There is no such entry" in command("client", verb, client_id, *more, fails=True)
    assert acts(provider) == ["client.disabled", "client.enabled", "client.deleted"]


def test_owners_by_command(provider: Provider, command: Run) -> None:
    """Somebody is named and removed by address, twice as well as once, and shown with the client; nobody is an owner who is not there."""
    provider.person("ann@example.org")
    client_id = provider.client().client_id
    for _twice in range(2):
        assert json.loads(command("client", "add-owner", client_id, "--email", "ann@example.org"))["owners"] == [
            "ann@example.org"
        ]
    assert json.loads(command("client", "show", client_id))["owners"] == ["ann@example.org"]
    for _twice in range(2):
        assert json.loads(command("client", "remove-owner", client_id, "--email", "ann@example.org"))["owners"] == []
    assert "email" in command("client", "add-owner", client_id, "--email", "nobody@example.org", fails=True)
    provider.person("eve@example.org", verified=False)
    assert "email: Only an enabled account" in command(
        "client", "add-owner", client_id, "--email", "eve@example.org", fails=True
    )
    assert "client_id" in command("client", "add-owner", "nothing", "--email", "ann@example.org", fails=True)


def test_rules_by_command(provider: Provider, command: Run) -> None:
    """A rule is set and taken away, twice as well as once; what is wrong is named."""
    api, shop = provider.client().client_id, provider.client().client_id
    pair = ("--subject", shop, "--audience", api)
    for _twice in range(2):
        told = json.loads(command("client", "allow-exchange", api, *pair, "--scope", "read", "--once"))
        rule = {"subject": shop, "audience": api, "scope": "read", "manner": "delegation", "once": True}
        assert told == {"client_id": api, "token_exchanges": [rule]}
    assert json.loads(command("client", "exchanges", api)) == told
    assert "There is no client nobody" in command("client", "allow-exchange", api, "--subject", "nobody", fails=True)
    orders = ("--subject", shop, "--audience", "https://api.example/orders")
    assert "There is no API https://api.example/orders" in command("client", "allow-exchange", api, *orders, fails=True)
    command("resource", "create", orders[3], "--scope", "orders.read See your orders")
    allowed = json.loads(command("client", "allow-exchange", api, *orders))["token_exchanges"]
    assert {rule["audience"] for rule in allowed} == {api, orders[3]}
    command("resource", "delete", orders[3], "--yes")
    for _twice in range(2):
        assert json.loads(command("client", "forbid-exchange", api, *pair))["token_exchanges"] == []


def test_assertions_by_command(provider: Provider, command: Run) -> None:
    """A rule for another server is set and taken away, twice as well as once; what is wrong is named."""
    wiki, chat = provider.client().client_id, "https://auth.chat.example/"
    command("group", "create", "eng")
    more = ("--client-id-there", "there", "--scope", "chat.read", "--group", "/eng", "--sso-client-id", wiki, "--email")
    rule = {"audience": chat, "client_id": "there", "scope": "chat.read", "resources": ["https://api.chat.example/"]}
    rule |= {"groups": ["/eng"], "sso_client_id": wiki, "email": True}
    for _twice in range(2):
        named = ("--audience", chat, "--resource", "https://api.chat.example/")
        told = json.loads(command("client", "allow-id-jag", wiki, *named, *more))
        assert told == {"client_id": wiki, "id_jags": [rule]}
    assert json.loads(command("client", "id-jags", wiki)) == told
    assert "audience: Enter the issuer" in command("client", "allow-id-jag", wiki, "--audience", "chat", fails=True)
    for _twice in range(2):
        assert json.loads(command("client", "forbid-id-jag", wiki, "--audience", chat))["id_jags"] == []


def test_unused_clients_are_listed(provider: Provider, command: Run) -> None:
    """Those that got no token for so many days, the longest first, with the day; a number of days that makes no sense is refused."""
    old = provider.client(client_name="Old")
    provider.client(client_name="New")
    with provider.registration(old) as row:
        row.unused_since = clock.now().date() - timedelta(days=40)
    (listed,) = [json.loads(line) for line in command("client", "list", "--unused-for", "40").splitlines()]
    assert (listed["client_id"], listed["last_used_on"]) == (old.client_id, None)
    assert listed["unused_since"] == (clock.now().date() - timedelta(days=40)).isoformat()
    assert (
        command("client", "list", "--unused-for", "41")
        == command("client", "list", "--unused-for", "30", "--search", "new")
        == ""
    )
    assert "--unused-for" in command("client", "list", "--unused-for", "0", fails=True)
