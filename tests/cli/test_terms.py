"""`idp terms`: terms of service by command."""

import json
from collections.abc import Callable
from pathlib import Path

Command = Callable[..., str]


def test_terms_by_command(command: Command, tmp_path: Path) -> None:
    """Versions are published from a file or standard input, listed and ended; what is wrong is named."""
    assert command("terms", "list") == ""
    made = json.loads(command("terms", "publish", "--name", "1", "--file", "-", given="Be kind."))
    assert (made["number"], made["name"], made["published_by"], made["is_in_force"]) == (1, "1", "command line", True)
    assert "already" in command("terms", "publish", "--name", "1", "--file", "-", given="x", fails=True)
    assert "text: Enter the terms." in command("terms", "publish", "--name", "2", "--file", "-", given=" ", fails=True)
    wrong, right = tmp_path / "latin.txt", tmp_path / "terms.txt"
    wrong.write_bytes("Größe".encode("latin-1"))
    right.write_text("Größe", encoding="utf-8-sig")
    assert "UTF-8" in command("terms", "publish", "--name", "2", "--file", str(wrong), fails=True)
    command("terms", "publish", "--name", "2", "--summary", "Longer.", "--file", str(right))
    rows = [json.loads(line) for line in command("terms", "list").splitlines()]
    assert [(row["name"], row["is_in_force"], row["summary"]) for row in rows] == [
        ("2", True, "Longer."),
        ("1", False, ""),
    ]
    command("terms", "end")
    assert "no terms in force" in command("terms", "end", fails=True)
