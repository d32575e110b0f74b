"""`idp invitation`: inviting by command."""

import json
from collections.abc import Callable

Command = Callable[..., str]


def rows(text: str) -> list[dict[str, object]]:
    """Return the objects of an answer."""
    return [json.loads(line) for line in text.splitlines()]


def test_invitations_by_command(command: Command) -> None:
    """A list from standard input is invited into a group, listed, sent again and revoked; what is wrong is named, and nobody invited."""
    command("group", "create", "/eng")
    command("user", "create", "--email", "known@example.com", "--verified")
    assert "Line 2: “x”" in command("invitation", "create", "a@example.com", "x", fails=True)
    assert "group" in command("invitation", "create", "a@example.com", "--group", "/nowhere", fails=True)
    assert command("invitation", "list") == ""
    given = "email,name\na@example.com,A\nknown@example.com,K\n"
    made = rows(command("invitation", "create", "--file", "-", "--group", "/eng", "--days", "30", given=given))
    assert made == [
        {"id": 1, "email": "a@example.com", "outcome": "sent"},
        {"id": 2, "email": "known@example.com", "outcome": "given"},
    ]
    known, waiting = rows(command("invitation", "list"))
    assert (known["state"], known["had_account"], bool(known["sub"])) == ("came", True, True)
    assert (waiting["state"], waiting["groups"], waiting["sub"]) == ("waiting", ["/eng"], None)
    assert waiting["invited_by"] == "command line"
    assert [row["id"] for row in rows(command("invitation", "list", "--state", "waiting"))] == [1]
    assert [row["id"] for row in rows(command("invitation", "list", "--search", "KNOWN@"))] == [2]
    (again,) = rows(command("invitation", "resend", "A@example.com"))
    assert (again["id"], again["outcome"]) == (1, "sent")
    (revoked,) = rows(command("invitation", "revoke", "1"))
    assert (revoked["state"], bool(revoked["revoked_at"])) == ("revoked", True)
    for which, said in (("1", "over"), ("a@example.com", "invitation"), ("nobody", "e-mail"), ("9", "invitation")):
        assert said in command("invitation", "resend", which, fails=True)
    command("sign-up", "set", "--mode", "closed")
    assert "cannot be made" in command("invitation", "create", "b@example.com", fails=True)
