"""`idp group` and `idp role`, called in this process: JSON, an object a line, and refusals that name what is wrong."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from idp.cli import standing
from tests.conftest import make_settings
from tests.factories import Person, Provider

Run = Callable[..., Any]


@pytest.fixture
def idp(app: Flask, provider: Provider, ann: Person, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the application's database; return its lines as objects, or what it complained about."""
    own = app.extensions["idp.settings"]
    settings = make_settings(own.data_dir, own.database_url)
    monkeypatch.setattr("idp.config.Settings", lambda: settings)

    def run(*words: str, fails: bool = False) -> Any:
        group = {"group": standing.group, "role": standing.role}[words[0]]
        done = CliRunner().invoke(group, list(words[1:]))
        assert (done.exit_code != 0) == fails, done.output
        return done.stderr if fails else [json.loads(line) for line in done.stdout.splitlines()]

    return run


def test_groups(idp: Run) -> None:
    """A group is made with those above it, filled, listed, emptied and deleted."""
    (made,) = idp("group", "create", "/eng/backend", "--description", "Servers")
    assert (made["path"], made["name"], made["description"]) == ("/eng/backend", "backend", "Servers")
    assert [row["path"] for row in idp("group", "list")] == ["/eng", "/eng/backend"]
    assert [row["path"] for row in idp("group", "list", "--search", "back")] == ["/eng/backend"]
    assert "already" in idp("group", "create", "/ENG/Backend", fails=True)
    (added,) = idp("group", "add", "/eng/backend", "ann@example.org", "--until", "2099-12-31")
    assert added == {"group": "/eng/backend", "email": "ann@example.org", "owner": False, "until": "2099-12-31"}
    idp("group", "add", "/eng/backend", "ann@example.org", "--owner")
    (row,) = idp("group", "list", "--members", "/eng/backend")
    assert (row["email"], row["member"], row["owner"], row["until"]) == ("ann@example.org", True, True, "2099-12-31")
    assert "until" in idp("group", "add", "/eng", "ann@example.org", "--until", "never", fails=True)
    assert "person" in idp("group", "add", "/eng", "nobody@example.org", fails=True)
    assert "group" in idp("group", "add", "/nowhere", "ann@example.org", fails=True)
    assert "1 members" in idp("group", "delete", "/eng", fails=True)
    assert idp("group", "remove", "/eng/backend", "ann@example.org") == []
    assert "no member" in idp("group", "remove", "/eng/backend", "ann@example.org", fails=True)
    assert idp("group", "list", "--members", "/eng/backend")[0]["member"] is False
    assert idp("group", "remove", "/eng/backend", "ann@example.org", "--owner") == []
    assert idp("group", "delete", "/eng", "--yes") == []
    assert idp("group", "list") == []


def test_roles(idp: Run, provider: Provider) -> None:
    """A role is made of the server or of a client, given to people and groups, listed with its reasons, taken and deleted."""
    provider.client(client_id="wiki")
    (made,) = idp("role", "create", "editor", "--client", "wiki")
    assert (made["name"], made["client_id"], made["default"]) == ("editor", "wiki", "nobody")
    idp("role", "create", "reader", "--default", "everybody")
    idp("group", "create", "/eng")
    idp("group", "add", "/eng", "ann@example.org")
    idp("role", "add", "editor", "ann@example.org", "--client", "wiki", "--until", "2099-12-31")
    idp("role", "add", "editor", "--group", "/eng", "--client", "wiki")
    told = [(row["name"], row["by"], row["until"]) for row in idp("role", "list", "--person", "ann@example.org")]
    assert told == [("editor", "/eng", None), ("editor", "given", "2099-12-31"), ("reader", "default", None)]
    assert [row["name"] for row in idp("role", "list", "--client", "wiki")] == ["editor"]
    assert "role" in idp("role", "add", "editor", "ann@example.org", fails=True)
    assert "not both" in idp("role", "add", "editor", "--client", "wiki", fails=True)
    assert "1 people, 1 groups" in idp("role", "delete", "editor", "--client", "wiki", fails=True)
    assert idp("role", "remove", "editor", "ann@example.org", "--client", "wiki") == []
    assert "not given" in idp("role", "remove", "editor", "ann@example.org", "--client", "wiki", fails=True)
    assert idp("role", "remove", "editor", "--group", "/eng", "--client", "wiki") == []
    assert idp("role", "delete", "editor", "--client", "wiki") == []
    assert [row["name"] for row in idp("role", "list")] == ["reader"]
