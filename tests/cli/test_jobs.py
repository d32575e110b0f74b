"""`idp user many` and its sisters."""

import csv
import io
import json
from collections.abc import Callable

Command = Callable[..., str]


def test_many_by_command(command: Command) -> None:
    """Many are disabled, put into a group and exported by command; the jobs are listed; it has to be said whom it is about."""
    for name in ("ann", "bob"):
        command("user", "create", "--email", f"{name}@crowd.example", "--claim", "given_name==SUM(A1)")
    command("user", "create", "--email", "eve@example.org")
    job = json.loads(command("user", "many", "disable", "--search", "crowd"))
    assert (job["state"], job["total"], job["done"], job["failures"], job["actor"]) == (
        "done",
        2,
        2,
        {},
        "command line",
    )
    command("group", "create", "/eng")
    job = json.loads(command("user", "many", "add-to-group", "--group", "/eng", "--who", "eve@example.org"))
    assert (job["done"], job["group"]) == (1, "/eng")
    rows = list(csv.DictReader(io.StringIO(command("user", "export", "--everybody"))))
    assert [(row["email"], row["state"], row["given_name"]) for row in rows] == [
        ("ann@crowd.example", "disabled", "'=SUM(A1)"), ("bob@crowd.example", "disabled", "'=SUM(A1)"), ("eve@example.org", "active", ""),
    ]  # fmt: skip
    assert len(list(csv.DictReader(io.StringIO(command("user", "export", "--search", "eve"))))) == 1
    waiting = json.loads(command("user", "many", "enable", "--everybody", "--no-wait"))
    assert json.loads(command("user", "stop-job", str(waiting["id"])))["state"] == "stopped"
    assert [json.loads(line)["state"] for line in command("user", "jobs").splitlines()] == ["stopped", "done", "done"]
    assert "say whom" in command("user", "many", "disable", fails=True)
    assert "say whom" in command("user", "export", "--search", "a", "--everybody", fails=True)
    assert "group:" in command("user", "many", "add-to-group", "--everybody", "--group", "/none", fails=True)
    assert "number:" in command("user", "stop-job", "99", fails=True)
