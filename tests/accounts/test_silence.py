"""What the pages tell of who has an account: nothing, also to somebody who tries what a sign-up has left."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from idp import throttle
from idp.accounts import credentials, homes, pending, service, signup
from idp.accounts.admission import service as admission
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.attributes import known as attributes
from idp.base import generation
from idp.base.database import engine
from idp.base.outcome import Reason, Refused
from tests.accounts.guessing import ELSEWHERE, HOME, PASSWORD, enter, preset, refusal
from tests.factories import Provider

CHOSEN = "just chosen by somebody"


@pytest.mark.parametrize("name", ["{0}@example.com", "{0}"])
def test_a_password_just_chosen_tells_nothing(provider: Provider, name: str) -> None:
    """Signing in with a sign-up's name and password leads to the proof of the address, taken or free; a wrong one is refused."""
    provider.person("taken@example.com")
    seen = []
    for whose in ("taken", "free"):
        address = f"{whose}@example.com"
        provider.browser().submit("/signup", email=address, username=whose, password=CHOSEN)
        stranger = provider.browser()
        steps = [stranger.submit("/signin", username=name.format(whose), password=word) for word in ("wrong", CHOSEN)]
        steps += [stranger.submit("/verify", code="000000")]
        told = [(step.status_code, step.text.replace(whose, "?"), step.headers.get("Location")) for step in steps]
        seen.append([(status, _plain(text), where) for status, text, where in told])
        assert (steps[0].status_code, steps[1].headers["Location"]) == (400, "/verify")
        assert stranger.get("/account").status_code == 303
    assert seen[0] == seen[1]


def _plain(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrf_token" not in line)


@pytest.fixture
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.mark.usefixtures("_in_app")
def test_the_owner_signs_in_beside_a_sign_up_with_the_address() -> None:
    """A sign-up by somebody else leaves the owner's own password as it was, and its tries."""
    owner = service.add("ann@example.com", username="ann", password=PASSWORD, verified=True)
    pending.start(signup.Application("ann@example.com", CHOSEN), next_path=None, source=ELSEWHERE)
    for _ in range(3):
        assert pending.recognise("ann@example.com", PASSWORD, source=HOME) is None
    assert credentials.check("ann@example.com", PASSWORD, source=HOME) is owner


@pytest.mark.usefixtures("_in_app")
def test_waits_of_a_username_are_not_those_of_its_address() -> None:
    """Five wrong passwords under a username, from one place or many, make its address wait no second, and the other way round."""
    ann = service.add("ann@example.com", username="ann", password=PASSWORD, verified=True)
    assert isinstance(ann, Account)
    for tried, other in (("ann", "ann@example.com"), ("ann@example.com", "ann")):
        for _ in range(6):
            last = refusal(tried)
        assert last[0] is Reason.TOO_MANY_TRIES
        preset(f"password/typed/{tried}", 40)
        refusal(tried, source="203.0.113.1")
        assert refusal(tried, source="203.0.113.2")[0] is Reason.TOO_MANY_TRIES
        assert refusal(other) == (Reason.BAD_CREDENTIALS, None)
        assert enter(other, source=ELSEWHERE) is None
        throttle.release(f"account/{ann.id}")


@pytest.mark.usefixtures("_in_app")
def test_failures_under_both_names_make_one_hundred() -> None:
    """Two names of an account are not two hundred guesses: the hold counts what is wrong under either (item 9)."""
    ann = service.add("ann@example.com", username="ann", password=PASSWORD, verified=True)
    assert isinstance(ann, Account)
    refusal("ann")
    preset(f"password/{ann.id}", 98)
    assert refusal("ann@example.com")[0] is Reason.BAD_CREDENTIALS
    assert refusal("ann")[0] is Reason.BAD_CREDENTIALS
    for name in ("ann", "ann@example.com"):
        assert enter(name, source=HOME) is Reason.ACCOUNT_HELD


@contextmanager
def _statements() -> Iterator[list[str]]:
    """Collect the statements that are sent meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine(), "before_cursor_execute", note)


@pytest.mark.usefixtures("_in_app")
def test_a_sign_up_makes_the_same_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """A taken and a free address cost the same statements, in the same order, and as many rows."""
    service.add("taken@example.com", username="taken", password=None, verified=True)
    monkeypatch.setattr(generation, "MAX_AGE", 1e9)
    assert homes.find("first@example.com") is None  # what a process reads once
    assert admission.refuse("first@example.com") is None
    assert attributes.demanded() == ()
    made = []
    for address in ("taken@example.com", "free@example.com", "taken@example.com", "free@example.com"):
        profile = Profile(username=f"u{len(made)}")
        with _statements() as seen:
            secret = pending.start(signup.Application(address, CHOSEN, profile), next_path=None, source=HOME)
            row = pending.find(str(secret))
            assert row is not None
            pending.resend(row)
            assert not isinstance(pending.change_address(row, address), Refused)
        made.append(seen)
    assert made[0] == made[1]
    assert made[2] == made[3]
