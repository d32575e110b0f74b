"""`idp attribute`, and attributes in `idp user`."""

import json
from collections.abc import Callable

Command = Callable[..., str]


def test_attributes_by_command(command: Command) -> None:
    """Defined, listed, shown, changed and deleted by command; what is wrong names the member, and loss is asked for."""
    assert command("attribute", "list") == ""
    made = json.loads(
        command(
            "attribute", "create", "department", "--kind", "choice", "--choice", "Sales", "--choice", "IT", "--required"
        )
    )
    assert (made["name"], made["choices"], made["required"], made["seen_by"]) == (
        "department",
        ["Sales", "IT"],
        True,
        "person",
    )
    assert "already" in command("attribute", "create", "department", fails=True)
    assert "minimum: Enter a number" in command(
        "attribute", "create", "n", "--kind", "number", "--minimum", "x", fails=True
    )
    command("attribute", "create", "birthdate", "--kind", "standard", "--at-sign-up", "--position", "-1")
    rows = [json.loads(line) for line in command("attribute", "list").splitlines()]
    assert [row["name"] for row in rows] == ["birthdate", "department"]
    changed = json.loads(
        command("attribute", "update", "department", "--not-required", "--choice", "Law", "--label", "Unit")
    )
    assert (changed["required"], changed["choices"], changed["label"]) == (False, ["Law"], "Unit")
    assert "at least one" in command("attribute", "update", "department", fails=True)
    assert json.loads(command("attribute", "show", "department")) == changed
    assert "--yes" in command("attribute", "delete", "department", fails=True)
    command("attribute", "delete", "department", "--yes")
    command("attribute", "delete", "birthdate")
    assert command("attribute", "list") == ""
    assert "name:" in command("attribute", "show", "department", fails=True)


def test_what_somebody_has_by_command(command: Command) -> None:
    """An account is made and changed with attributes, all or nothing, and shown with them."""
    command("attribute", "create", "shoe", "--kind", "number", "--edited-by", "administrators")
    assert "shoe: Enter a number" in command(
        "user", "create", "--email", "ann@example.org", "--attribute", "shoe=big", fails=True
    )
    command("user", "create", "--email", "ann@example.org", "--attribute", "shoe=42")
    assert json.loads(command("user", "show", "ann@example.org"))["attributes"] == {"shoe": 42}
    assert "There is no such attribute" in command(
        "user", "update", "ann@example.org", "--attribute", "hat=1", fails=True
    )
    assert "shoe:" in command(
        "user", "update", "ann@example.org", "--username", "ann", "--attribute", "shoe=big", fails=True
    )
    assert json.loads(command("user", "show", "ann@example.org"))["username"] is None
    shown = json.loads(command("user", "update", "ann@example.org", "--attribute", "shoe=42.5"))
    assert shown["attributes"] == {"shoe": 42.5}
    assert json.loads(command("user", "update", "ann@example.org", "--attribute", "shoe="))["attributes"] == {}
