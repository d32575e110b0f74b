"""`idp apply` and `idp export`, called as operators do: status, what goes to standard output, and what to standard error."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp.applying import schema
from idp.cli import main
from tests.applying.bringing import ENVIRONMENT, SECRET, WHOLE
from tests.cli.conftest import command as command

SMALL = "groups:\n- path: /eng\n  description: Engineers\n"


@pytest.fixture
def idp(command: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command whatever its status."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, given: str = "") -> Result:
        done = CliRunner().invoke(main, arguments, input=given)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        return done

    return run


def test_a_file_is_applied_once(idp: Any, tmp_path: Path) -> None:
    """The first run says what it made, the second that there is nothing to do; neither prints a secret."""
    path = tmp_path / "config.yaml"
    path.write_text(WHOLE)
    first, second = idp("apply", str(path)), idp("apply", str(path))
    assert (first.exit_code, first.stdout.splitlines()[0]) == (0, "created groups/eng")
    assert first.stderr == "Done: 12 created, 0 changed, 0 deleted, 0 as they were.\n"
    assert (second.exit_code, second.stdout) == (0, "")
    assert second.stderr == "Nothing to do: all 12 entries are as the file says.\n"
    assert SECRET not in first.output + second.output


def test_a_dry_run_prints_a_diff(idp: Any) -> None:
    """A dry run prints a unified diff, a file for each entry, says of a secret only that it is another one, and has a status if asked."""
    would = idp("apply", "-", "--dry-run", given=SMALL)
    assert (would.exit_code, would.stdout) == (
        0,
        "--- /dev/null\n+++ b/groups/eng\n@@ -0,0 +1,2 @@\n+path: /eng\n+description: Engineers\n",
    )
    assert would.stderr == "Nothing was written. It would be: 1 created, 0 changed, 0 deleted, 0 as they were.\n"
    assert idp("apply", "-", "--dry-run", "--exit-code", given=SMALL).exit_code == 3
    assert idp("apply", "-", "--exit-code", given=SMALL).exit_code == 0
    assert idp("apply", "-", "--dry-run", "--exit-code", given=SMALL).exit_code == 0
    idp("apply", "-", given=WHOLE)
    changed = WHOLE.replace("Paper Shop", "Book Shop").replace("SHOP_SECRET", "CORP_SECRET")
    lines = idp("apply", "-", "--dry-run", given=changed).stdout.splitlines()
    assert lines[:2] == ["--- a/clients/shop", "+++ b/clients/shop"]
    assert {"-client_name: Paper Shop", "+client_name: Book Shop"} <= set(lines)
    assert {"-client_secret: (the one before)", "+client_secret: (another one)"} <= set(lines)
    pruned = idp("apply", "-", "--dry-run", "--prune", "--yes", given="groups: [{path: /eng}]\n").stdout
    assert "--- a/clients/shop\n+++ /dev/null\n" in pruned


def test_what_would_change_is_json_too(idp: Any) -> None:
    """With --json there is one object: each change with section, key, action, line, and its members before and after."""
    idp("apply", "-", given=SMALL)
    done = idp("apply", "-", "--json", "--dry-run", given=SMALL.replace("Engineers", "Makers"))
    assert json.loads(done.stdout) == {
        "dry_run": True,
        "changes": [
            {
                "section": "groups",
                "key": "/eng",
                "action": "changed",
                "line": 2,
                "before": {"path": "/eng", "description": "Engineers"},
                "after": {"path": "/eng", "description": "Makers"},
                "not_shown": [],
            }
        ],
        "unchanged": 0,
    }


def test_a_bad_file_is_refused(idp: Any, tmp_path: Path) -> None:
    """A file that is wrong ends with 2, each trouble as file:line:column on standard error, or all as JSON; nothing is done."""
    path = tmp_path / "config.yaml"
    path.write_text("groups:\n- path: /eng\n  colour: red\n- path: 1\n")
    done = idp("apply", str(path))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == f"{path}:3:3: groups[0].colour: There is no member of this name."
    assert done.stderr.splitlines()[1].startswith(f"{path}:4:9: groups[1].path: A text is needed here")
    assert done.stderr.splitlines()[-1] == "idp: nothing was done."
    told = json.loads(idp("apply", str(path), "--json").stdout)
    assert told["errors"][0] == {
        "line": 3,
        "column": 3,
        "path": "groups[0].colour",
        "message": "There is no member of this name.",
    }
    refused = idp("apply", "-", given="groups: [{path: /eng}]\nroles: [{name: two words}]\n")
    assert (refused.exit_code, "-:2:10: roles[0].name: Use 1 to 64 characters" in refused.stderr) == (2, True)
    assert "clients: []" in idp("export").stdout


def test_an_export_is_applied(idp: Any, tmp_path: Path) -> None:
    """`idp export | idp apply -` has nothing to do; what --output writes is the same and for nobody else's eyes."""
    idp("apply", "-", given=WHOLE)
    printed = idp("export").stdout
    assert idp("apply", "-", given=printed).stderr == "Nothing to do: all 12 entries are as the file says.\n"
    idp("export", "--output", str(tmp_path / "out.yaml"))
    assert (tmp_path / "out.yaml").read_text() == printed
    assert (tmp_path / "out.yaml").stat().st_mode & 0o077 == 0


def test_the_schema_is_printed(idp: Any) -> None:
    """--schema prints the schema; without it a file has to be named."""
    assert idp("apply", "--schema").stdout == schema.write()
    assert (idp("apply").exit_code, "Name a file" in idp("apply").stderr) == (2, True)
    assert idp("apply", "/nowhere.yaml").exit_code == 2
