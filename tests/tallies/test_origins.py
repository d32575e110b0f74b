"""Accounts are counted by how they came."""

from types import SimpleNamespace
from typing import Any

from idp.audit import SUCCESS
from idp.base import clock
from idp.tallies import counting
from idp.tallies.counting import IMPORTED, NEW_ACCOUNT, PROVISIONED


def event(name: str, actor: str | None = None) -> Any:
    """Return an event as the log has it."""
    return SimpleNamespace(at=clock.now(), event=name, outcome=SUCCESS, actor=actor, subject="somebody", detail={})


def test_imports_and_directories_count_apart() -> None:
    """Whoever signed up or was made by hand is one number; those who came in an import, and by a directory, are others."""
    events = [event("account.signed_up"), event("account.created", "command line"), event("account.created", "a sub")]
    events += [event("account.imported", "command line")] * 5 + [event("account.created", "client hr")] * 3
    counts = counting.count(events)
    found = {mark.key: number for mark, number in counts.items() if (mark.span, mark.what) == ("hour", NEW_ACCOUNT)}
    assert found == {"": 3, IMPORTED: 5, PROVISIONED: 3}
