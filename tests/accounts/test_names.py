"""Usernames that were left are held for a year, reserved ones are nobody's, and no door is without these rules."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from idp import purging
from idp.accounts import changes, erasure, identity, lookup, names, pending, reserved, service, signup
from idp.accounts.changes import Changes
from idp.accounts.models import Account, HeldName
from idp.accounts.service import Profile
from idp.base import clock
from idp.base.database import commit, session
from idp.base.outcome import Reason, Refused
from tests.factories import PASSWORD

YEAR = timedelta(days=365, minutes=1)


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def add(username: str | None, email: str | None = None, *, verified: bool = True) -> Account:
    """Add an account."""
    account = service.create(
        email or f"{username}@example.org", password_hash=None, profile=Profile(username=username), verified=verified
    )
    assert isinstance(account, Account), account
    commit()
    return account


def rename(account: Account, username: str | None) -> list[Reason]:
    """Give an account another username as the profile page does; return why not."""
    refusals = service.change_profile(account, Profile(username=username))
    commit()
    return [refused.reason for refused in refusals]


def apply(username: str) -> Reason | None:
    """Try to sign up with a username; return why not."""
    outcome = pending.start(
        signup.Application("mallory@example.org", PASSWORD, Profile(username=username)),
        next_path=None,
        source="192.0.2.9",
    )
    return outcome[0].reason if isinstance(outcome, list) else None


def test_a_name_that_was_left_is_held_for_its_owner() -> None:
    """Alice renames; nobody else gets "alice" within a year, in any case, at sign-up or by a change, but Alice herself."""
    alice, bob = add("alice"), add("bob")
    assert rename(alice, "wonder") == []
    assert apply("Alice") is Reason.USERNAME_TAKEN
    assert rename(bob, "ALICE") == [Reason.USERNAME_TAKEN]
    assert [refused.reason for refused in changes.check(bob, Changes(username="alice"))] == [Reason.USERNAME_TAKEN]
    created = service.add("carl@example.org", username="alice", password=None, verified=True)
    assert isinstance(created, Refused)
    assert created.reason is Reason.USERNAME_TAKEN
    assert rename(alice, "Alice") == []
    assert not names.is_held("alice")
    assert names.is_held("wonder", but=bob.id)


def test_it_is_free_again_after_a_year() -> None:
    """A year later the name is anybody's, and the purge has removed the row."""
    alice = add("alice")
    rename(alice, "wonder")
    with clock.moved(YEAR):
        purging.run()
        assert session().scalars(select(HeldName)).all() == []
        assert identity.check_username("alice") is None


def test_another_case_is_no_other_name() -> None:
    """Who only changes capitals leaves no name."""
    alice = add("alice")
    assert rename(alice, "ALICE") == []
    assert session().scalars(select(HeldName)).all() == []


def test_an_emptied_name_is_held_too() -> None:
    """Somebody who empties the username has left it, and may take it back."""
    alice = add("alice")
    assert rename(alice, None) == []
    assert apply("alice") is Reason.USERNAME_TAKEN
    assert rename(alice, "alice") == []


def test_an_erased_name_is_held_for_nobody() -> None:
    """After an erasure the present and the former names are held by rows that say neither who nor which."""
    alice = add("alice")
    rename(alice, "wonder")
    erasure.remove(alice)
    commit()
    rows = session().scalars(select(HeldName)).all()
    assert len(rows) == 2
    assert {row.account_id for row in rows} == {None}
    assert all(b"alice" not in row.digest for row in rows)
    assert apply("alice") is Reason.USERNAME_TAKEN
    assert apply("wonder") is Reason.USERNAME_TAKEN


def test_a_name_that_no_application_saw_is_free_at_once() -> None:
    """An account that was never proved and never signed in to holds nothing when it goes; one that was signed in to does."""
    unused, used = add("unused", verified=False), add("used", verified=False)
    used.last_sign_in_at = clock.now()
    for account in (unused, used):
        erasure.remove(account)
    commit()
    assert identity.check_username("unused") is None
    assert identity.check_username("used") is not None


def test_nobody_hoards_names() -> None:
    """After ten names within a year a change is refused with its reason, but going back to an earlier one is not."""
    alice = add("alice")
    for number in range(10):
        assert rename(alice, f"a{number}") == []
    assert rename(alice, "one-more") == [Reason.USERNAME_CHANGES]
    assert alice.username == "a9"
    assert rename(alice, "alice") == []
    with clock.moved(YEAR):
        assert rename(alice, "one-more") == []


def test_a_name_that_is_held_between_check_and_write_is_not_given() -> None:
    """What was free when a sign-up was checked, and is held when it is written after the hash, is refused."""
    alice = add("alice")
    rename(alice, "wonder")
    created = service.create("m@example.org", password_hash="-", profile=Profile(username="alice"))
    assert isinstance(created, Refused)
    assert created.reason is Reason.USERNAME_TAKEN


def test_an_operator_frees_a_name_before_its_time() -> None:
    """By command a held name is anybody's; one that is not held is said not to be."""
    alice = add("alice")
    rename(alice, "wonder")
    assert names.release("ALICE", actor="command line")
    assert not names.release("alice", actor="command line")
    assert apply("alice") is None


@pytest.mark.parametrize(
    "username",
    ["admin", "Admin", "ad-min", "a.d.m.i.n", "adm1n", "root", "R00T", "security", "support", "5upport", "postmaster", "abuse",
     "webmaster", "hostmaster", "help", "info", "no-reply", "noreply", "mailer-daemon", "administrator", "gatehouse", "idp"],
)  # fmt: skip
def test_reserved_names_are_nobodys(username: str) -> None:
    """A name that speaks for the house, or looks as if, is taken at every door where people choose for themselves."""
    assert reserved.is_reserved(username)
    assert apply(username) is Reason.USERNAME_TAKEN
    bob = add("bob")
    assert rename(bob, username) == [Reason.USERNAME_TAKEN]


@pytest.mark.parametrize(
    "username", ["adam", "adminton", "supporter", "ann", "Aurel", "rooty", "infoman", "user", "new_user"]
)
def test_other_names_are_free(username: str) -> None:
    """Only whole names are reserved."""
    assert not reserved.is_reserved(username)
    assert apply(username) is None


def test_lookalikes_outside_ascii_are_malformed() -> None:
    """Fullwidth and Cyrillic look-alikes never were usernames."""
    for username in ("ａdmin", "аdmin", "admin\u200b"):
        assert apply(username) is Reason.USERNAME_INVALID


def test_who_has_a_reserved_name_keeps_it() -> None:
    """An account from before keeps its name, changes its case, and may take it back after having left it."""
    root = add("root")
    assert rename(root, "Root") == []
    assert rename(root, "ann") == []
    assert rename(root, "root") == []


def test_an_operator_gives_reserved_names() -> None:
    """`idp user create` may make the account called support."""
    account = service.add("support@example.org", username="support", password=None, verified=True)
    assert isinstance(account, Account)


def test_names_are_found_in_every_form() -> None:
    """A username is found in any case and width; the column that finds it follows every change."""
    alice = add("Alice")
    for typed in ("alice", "ALICE", " Alice ", "ＡＬＩＣＥ"):
        assert lookup.find_by_identifier(typed) is alice
    rename(alice, "Wonder")
    assert alice.username_folded == "wonder"
    assert lookup.find_by_identifier("alice") is None


def test_a_name_that_is_handed_on_is_not_held() -> None:
    """A name that goes to another account in the same transaction is free for it."""
    alice = add("alice")
    assert names.hand_on(alice) == "alice"
    assert alice.username is None
    heir = service.create("heir@example.org", password_hash=None, profile=Profile(username="alice"))
    assert isinstance(heir, Account)
