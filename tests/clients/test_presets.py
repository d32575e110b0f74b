"""Presets: what a client of a usual kind gets by page and by command where nothing else is said, the same at both."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from idp.cli.clients import create_client
from idp.clients import service
from idp.clients.metadata import Metadata, check
from idp.clients.presets import LOOPBACK, PRESETS
from tests.admin.conftest import register
from tests.admin.test_clients_protocol import enter
from tests.cli.conftest import command as command
from tests.keys.strangers import jwk

CALLBACK = "https://app.example/callback"
OFFERED = next(option for option in create_client.params if option.name == "preset")


def test_the_command_offers_every_preset() -> None:
    """`idp client create --preset` knows each, and no other."""
    assert list(OFFERED.type.choices) == list(PRESETS)  # type: ignore[attr-defined] # a choice


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_page_and_command_agree(app: Flask, command: Callable[..., str], tmp_path: Path, preset: str) -> None:
    """A client made by page and one made by command with one preset are alike, and as good as the rules want it."""
    uris: dict[str, Any] = {} if preset in ("service", "mcp", "device") else {"redirect_uris": CALLBACK}
    more = {"jwks": json.dumps({"keys": [jwk("ES256")]})} if preset == "fapi" else {}
    typed = register(enter(app), client_name="App", kind=preset, **({"redirect_uris": ""} | uris | more))
    options = ("--redirect-uri", CALLBACK) if uris else ()
    if preset == "fapi":
        keys = {"keys": [jwk("ES256")]}
        (tmp_path / "keys.json").write_text(json.dumps(keys))
        options += ("--jwks-file", str(tmp_path / "keys.json"))
    made = json.loads(command("client", "create", "--name", "App", "--preset", preset, *options))
    with app.app_context():
        rows = [service.find(client_id) for client_id in (typed, made["client_id"])]
        by_page, by_command = (row.metadata for row in rows if row is not None)
        assert asdict(by_page) == asdict(by_command)
        assert check(by_page) is None
        assert ("client_secret" in made) == (preset in ("web", "service"))
        assert {name: getattr(by_page, name) for name in PRESETS[preset]} == PRESETS[preset] | (
            {} if uris or preset in ("service", "device") else {"redirect_uris": [LOOPBACK]}
        )


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_is_said_counts_before_the_preset(app: Flask, command: Callable[..., str]) -> None:
    """An option of its own wins over the preset; without one a client is as it always was."""
    options = ("--redirect-uri", CALLBACK, "--scope", "openid", "--application-type", "web")
    made = json.loads(command("client", "create", "--name", "App", "--preset", "native", *options))
    assert (made["scope"], made["application_type"], made["redirect_uris"]) == ("openid", "web", [CALLBACK])
    plain = json.loads(command("client", "create", "--name", "App", "--redirect-uri", CALLBACK))
    usual = asdict(Metadata(client_name="App", redirect_uris=[CALLBACK]))
    assert {name: plain[name] for name in ("grant_types", "scope", "token_endpoint_auth_method")} == {
        name: usual[name] for name in ("grant_types", "scope", "token_endpoint_auth_method")
    }
