"""`idp resource`."""

import json
from collections.abc import Callable

Command = Callable[..., str]
API = "https://api.example/"


def test_resources_by_command(command: Command) -> None:
    """Registered, listed, shown, changed and deleted by command; what is wrong names the member, and the end is asked for."""
    assert command("resource", "list") == ""
    scope = "orders.read See your orders | Which ones."
    made = json.loads(command("resource", "create", API, "--scope", scope, "--format", "opaque", "--life", "300"))
    assert made["scopes"] == [{"scope": "orders.read", "title": "See your orders", "about": "Which ones."}]
    assert (made["resource_name"], made["access_token_format"], made["access_token_life"]) == (
        "api.example",
        "opaque",
        300,
    )
    assert "already" in command("resource", "create", API, "--scope", "a", fails=True)
    assert "scopes:" in command("resource", "create", "urn:x:y", fails=True)
    assert "resource:" in command("resource", "create", "api", "--scope", "a", fails=True)
    assert json.loads(command("resource", "list")) == made
    changed = json.loads(command("resource", "update", API, "--name", "Orders", "--self-registration", "--scope", "b"))
    assert changed == made | {
        "resource_name": "Orders",
        "self_registration": True,
        "scopes": [{"scope": "b", "title": "b"}],
    }
    assert "at least one" in command("resource", "update", API, fails=True)
    assert json.loads(command("resource", "show", API)) == changed
    assert "--yes" in command("resource", "delete", API, fails=True)
    command("resource", "delete", API, "--yes")
    assert "resource:" in command("resource", "show", API, fails=True)
