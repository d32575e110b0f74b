"""Names and words under parallel changes: what one request has read may be old by the time that it writes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import select

from idp.accounts import lookup, names, service
from idp.accounts.models import Account, HeldName
from idp.accounts.service import Profile
from idp.base.database import commit, rollback, session
from idp.base.outcome import Reason, Refused

PARALLEL = 6


def add(username: str) -> Account:
    """Add somebody."""
    account = service.create(
        f"{username}@example.org", password_hash=None, profile=Profile("Alice", "Miller", username), verified=True
    )
    assert isinstance(account, Account)
    commit()
    return account


def rename(account_id: int, username: str) -> None:
    """Rename an account in a session of its own."""
    account = lookup.find(account_id)
    assert account is not None
    assert service.change_profile(account, Profile("Alice", "Smith", username)) == []
    commit()


def aside(app: Flask, action: Callable[[], None]) -> None:
    """Do something in another thread, with a session of its own, and wait for its commit."""

    def work() -> None:
        with app.app_context():
            action()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result(60)


def test_every_name_that_was_left_is_held(app: Flask) -> None:
    """Two renames, the second by a request that read the account before the first: both names are held, each once."""
    with app.app_context():
        alice = add("alice")
        aside(app, lambda: rename(alice.id, "second"))
        assert alice.username == "alice"  # as this request has read it
        assert service.change_profile(alice, Profile("Alice", "Miller", "third")) == []
        commit()
        assert names.is_held("alice")
        assert names.is_held("second")
        assert not names.is_held("third")
        assert len(session().scalars(select(HeldName)).all()) == 2


def test_words_are_those_of_the_row(app: Flask) -> None:
    """A change of the address by a request that read the account before another changed the name leaves both findable."""
    with app.app_context():
        alice = add("alice")
        aside(app, lambda: rename(alice.id, "alice"))
        alice.email = "new@example.org"
        commit()
        assert lookup.search("smith new", 100).rows() == [alice]
        assert lookup.search("miller", 100).rows() == []


def test_a_name_that_is_left_goes_to_nobody_who_waits_for_it(app: Flask) -> None:
    """While its owner leaves a name, sign-ups that ask for it at the same instant all hear that it is taken."""
    ready = Barrier(PARALLEL + 1)
    with app.app_context():
        alice = add("alice").id
        rollback()

    def leave() -> list[Reason]:
        with app.app_context():
            ready.wait(60)
            rename(alice, "wonder")
            return []

    def take(number: int) -> Reason | None:
        with app.app_context():
            ready.wait(60)
            made = service.create(f"m{number}@example.org", password_hash="-", profile=Profile(username="Alice"))
            commit()
            return made.reason if isinstance(made, Refused) else None

    with ThreadPoolExecutor(PARALLEL + 1) as pool:
        left = pool.submit(leave)
        taken = [pool.submit(take, number) for number in range(PARALLEL)]
        assert left.result(60) == []
        assert [one.result(60) for one in taken] == [Reason.USERNAME_TAKEN] * PARALLEL
