"""`idp provider`, run as operators run it: one JSON object a provider, and a sentence with the option for each thing that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.cli.test_commands import environment as environment
from tests.cli.test_commands import idp
from tests.conftest import SECRET_KEY
from tests.federation import stand_in

SECRET = "a secret of the provider's"


@pytest.fixture
def operator(environment: dict[str, str]) -> Any:
    """Run a command on the server in use."""
    values = environment | {"IDP_SECRET_KEY": SECRET_KEY, "IDP_ALLOW_PRIVATE_FETCH": "true"}
    return lambda *arguments, **options: idp(values, "provider", *arguments, **options)


def test_a_provider_is_set_up_shown_and_deleted(operator: Any, tmp_path: Path) -> None:
    """`create` prints the whole provider without its secret, `list` one a line, and `delete` what went with it."""
    icon = tmp_path / "icon.svg"
    icon.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>')
    members = ("--display-name", "Corp", "--issuer", "https://id.corp.example", "--client-id", "us", "--only-domain")
    members += ("corp.example", "--claim", "groups=roles", "--icon-file", str(icon))
    printed = operator("create", "corp", *members, "--client-secret-stdin", given=f"{SECRET}\n")
    made = json.loads(printed)
    assert SECRET not in printed
    assert (made["key"], made["has_client_secret"], made["enabled"]) == ("corp", True, True)
    assert (made["claims"]["groups"], made["claims"]["subject"]) == ("roles", "sub")
    assert made["redirect_uri"].endswith("/signin/upstream/corp/callback")
    assert made["icon"].startswith("own:")
    assert [json.loads(line) for line in operator("list").splitlines()] == [made]
    assert json.loads(operator("delete", "corp")) == {"key": "corp", "deleted_identities": 0}


@pytest.mark.slow
def test_a_provider_is_changed_and_disabled(operator: Any) -> None:
    """`update` changes what is given and nothing else; an empty claim takes one away; `disable` and `enable` say how it is then."""
    members = ("--kind", "oauth2", "--client-id", "us", "--auth-method", "none")
    members += tuple(
        word
        for name in ("authorization", "token", "userinfo")
        for word in (f"--{name}-endpoint", f"https://f.example/{name}")
    )
    made = json.loads(operator("create", "forge", *members, "--disabled"))
    assert (made["enabled"], made["claims"]) == (False, {"subject": "id", "email": "email", "name": "name"})
    changed = json.loads(operator("update", "forge", "--claim", "name=", "--claim", "email=mail", "--position", "-3"))
    assert changed == made | {"claims": {"subject": "id", "email": "mail"}, "position": -3}
    assert "no group /nowhere" in operator("update", "forge", "--group-mapping", "a=/nowhere", fails=True)
    assert json.loads(operator("enable", "forge"))["enabled"] is True
    assert json.loads(operator("disable", "forge"))["enabled"] is False
    assert json.loads(operator("show", "forge")) == changed


@pytest.mark.slow
def test_what_is_wrong_is_told_with_its_option(operator: Any) -> None:
    """Every mistake of one command is told at once; a provider that is none, and a claim that is none, too."""
    told = operator("create", "Corp", "--issuer", "http://id.corp.example", fails=True)
    for member in ("key: Use 1 to 32", "issuer: http", "client_id: Enter", "client_secret: Enter"):
        assert member in told
    assert "claim: Write FIELD=CLAIM" in operator("create", "corp", "--claim", "shoe=size", fails=True)
    assert "key: There is no such entry." in operator("show", "nothing", fails=True)


@pytest.mark.slow
def test_a_provider_is_tried(operator: Any, app: Flask) -> None:
    """`try` prints each step, and ends with 1 where one of them fails."""
    with stand_in.running() as stand:
        members = ("--issuer", stand.url, "--client-id", stand_in.CLIENT_ID, "--client-secret-stdin")
        operator("create", "corp", *members, given=f"{stand_in.CLIENT_SECRET}\n")
        steps = [json.loads(line) for line in operator("try", "corp").splitlines()]
        assert {"step": "Compare the issuer", "outcome": "good", "told": stand.url} in steps
        operator("update", "corp", "--issuer", f"{stand.url}/elsewhere")
        assert operator("try", "corp", fails=True) == ""
