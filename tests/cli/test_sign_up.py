"""`idp sign-up`: the sign-up policy by command."""

import json
from collections.abc import Callable


def test_the_policy_by_command(command: Callable[..., str]) -> None:
    """What is named changes and nothing else, an empty text empties a list, and what makes no sense is named and changes nothing."""
    assert json.loads(command("sign-up", "show")) == {
        "mode": "open",
        "allow": [],
        "deny": [],
        "refuse_disposable": False,
    }
    assert "allow: Enter at least one domain" in command("sign-up", "set", "--mode", "domains", fails=True)
    assert "deny: “x_y”" in command("sign-up", "set", "--deny", "x_y", fails=True)
    made = command("sign-up", "set", "--mode", "domains", "--allow", "b.example", "--allow", "*.a.example")
    assert json.loads(made)["allow"] == ["*.a.example", "b.example"]
    command("sign-up", "set", "--refuse-disposable", "--deny", "c.example")
    command("sign-up", "set", "--mode", "closed", "--deny", "")
    assert json.loads(command("sign-up", "show")) == {
        "mode": "closed",
        "allow": ["*.a.example", "b.example"],
        "deny": [],
        "refuse_disposable": True,
    }
