"""`idp authorization-details-type`."""

import json
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., str]
NAME = ("authorization-details-type",)


def test_types_by_command(command: Command, tmp_path: Path) -> None:
    """Registered, listed, shown, changed and deleted by command; what is wrong names the member, and the end is asked for."""
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object"}')
    assert command(*NAME, "list") == ""
    made = json.loads(command(*NAME, "create", "payment", "--words", "{amount}", "--schema-file", str(schema)))
    assert made == {"type": "payment", "title": "payment", "words": "{amount}", "json_schema": {"type": "object"}}
    assert "already" in command(*NAME, "create", "payment", "--schema-file", str(schema), fails=True)
    assert "json_schema:" in command(*NAME, "create", "other", fails=True)
    assert json.loads(command(*NAME, "list")) == made
    changed = json.loads(command(*NAME, "update", "payment", "--title", "A payment"))
    assert changed == made | {"title": "A payment"}
    assert "at least one" in command(*NAME, "update", "payment", fails=True)
    schema.write_text("[]")
    assert "no JSON object" in command(*NAME, "update", "payment", "--schema-file", str(schema), fails=True)
    assert json.loads(command(*NAME, "show", "payment")) == changed
    assert "--yes" in command(*NAME, "delete", "payment", fails=True)
    command(*NAME, "delete", "payment", "--yes")
    assert "type:" in command(*NAME, "show", "payment", fails=True)
