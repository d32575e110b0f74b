"""Attacks on accounts that once worked, or nearly: each stays stopped."""

import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask

from idp import throttle
from idp.accounts import (
    confirmation,
    credentials,
    erasure,
    identity,
    lookup,
    passwords,
    pending,
    recovery,
    service,
    signup,
)
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.base.database import commit
from idp.base.outcome import Reason, Refused
from idp.clients import service as clients
from idp.clients.metadata import Metadata
from idp.oauth import consents
from tests.core import mails

PASSWORD = "correct horse battery"


def sign_up(email: str, password: str = PASSWORD) -> str:
    """Sign up and return the browser's secret."""
    secret = pending.start(signup.Application(email, password, Profile()), next_path=None, source="192.0.2.1")
    assert isinstance(secret, str)
    return secret


def register(email: str, password: str = PASSWORD) -> Account:
    """Sign up as an older interface does."""
    account = signup.register(signup.Application(email, password), source="192.0.2.1")
    assert isinstance(account, Account), account
    return account


def at_once(app: Flask, *actions: Callable[[], object]) -> None:
    """Run actions in parallel, each in a request of its own."""
    barrier = threading.Barrier(len(actions))

    def act(action: Callable[[], object]) -> None:
        with app.app_context():
            barrier.wait()
            action()
            commit()

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.usefixtures("_in_app")
def test_a_deleted_accounts_number_is_never_given_again() -> None:
    """The account after a deleted one gets a number of its own, so that nothing left over can name it; consents go too."""
    number = register("attacker@example.com").id
    consents.remember(number, "app", ("openid",), subject="s", source="192.0.2.1")
    service.add("taken@example.com", username=None, password=None, verified=True)
    highest = lookup.find_by_email("taken@example.com")
    assert highest is not None
    deleted = register("second@example.com")
    assert erasure.schedule(deleted, source="192.0.2.1") is None
    assert register("victim@example.com").id > deleted.id > number


@pytest.mark.usefixtures("_in_app")
def test_a_reset_discards_what_the_first_maker_set_up() -> None:
    """When an unproved address is first proved by a reset, the maker's consents and mailed code are void, and no sign-up counts."""
    secret = sign_up("victim@example.com", "the attacker's own")
    link = mails.newest().token
    account = register("victim@example.com", "the attacker's own")
    code = mails.newest().code
    consents.remember(account.id, "evil", ("openid",), subject=account.sub, source="192.0.2.1")
    recovery.request("victim@example.com", source="192.0.2.7")
    assert isinstance(recovery.finish(mails.newest().token, "the victim's new one", source="192.0.2.7"), Account)
    assert consents.find(account.id, "evil") is None
    row = pending.find(secret)
    late = confirmation.confirm_link(link, sign_up=row, signed_in=None, password=None, source="192.0.2.1")
    assert isinstance(late, Refused)
    assert isinstance(confirmation.confirm_code(code, account=account), Refused)


def test_an_address_changed_meanwhile_is_not_proved_by_an_older_link(app: Flask) -> None:
    """A reset of one address and a change to another, at once, never make a verified account of the second one."""
    for number in range(8):
        mine, theirs = f"mal{number}@example.com", f"ceo{number}@example.com"
        with app.app_context():
            secret = sign_up(mine)
            recovery.request(mine, source="192.0.2.1")
            token = mails.newest().token
            commit()

        def move(secret: str = secret, theirs: str = theirs) -> None:
            row = pending.find(secret)
            if row is not None:
                pending.change_address(row, theirs)

        at_once(app, lambda token=token: recovery.finish(token, "brand new horse", source="s"), move)  # type: ignore[misc]
        with app.app_context():
            account = lookup.find_by_email(theirs)
            assert account is None or not account.is_verified


@pytest.mark.usefixtures("_in_app")
def test_an_old_password_never_overwrites_a_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset that comes while a sign-in upgrades the old hash wins, and the old password signs nobody in."""
    import bcrypt

    account = service.add("ann@example.com", username="ann", password=PASSWORD, verified=True)
    assert isinstance(account, Account)
    newest = passwords.hash_password("the newest one")
    account.password_hash = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    commit()
    original = passwords.hash_password

    def interrupted(password: str) -> str:
        hashed = original(password)
        credentials.replace_password(account, newest, source="192.0.2.7")
        commit()
        return hashed

    monkeypatch.setattr(passwords, "hash_password", interrupted)
    refused = credentials.check("ann", PASSWORD, source="192.0.2.1")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.BAD_CREDENTIALS
    assert account.password_hash == newest
    monkeypatch.setattr(passwords, "hash_password", original)
    assert isinstance(credentials.check("ann", "the newest one", source="192.0.2.1"), Account)


@pytest.mark.usefixtures("_in_app")
def test_combining_marks_cost_no_time() -> None:
    """Long runs of combining marks are measured before they are normalised."""
    marks = "a" + "\u0301\u0316" * 50_000
    started = time.process_time()
    assert isinstance(identity.read_email(marks + "@example.com"), Refused)
    assert isinstance(passwords.check_policy(marks, personal=[]), Refused)
    assert isinstance(credentials.check(marks + "@example.com", marks, source="192.0.2.1"), Refused)
    assert time.process_time() - started < 2


def test_parallel_guesses_do_not_slip_through_together(app: Flask) -> None:
    """Of many tries at once only as many are made as one after the other would have been."""
    allowed: list[int] = []

    def guess() -> None:
        allowed.append(throttle.attempt(["password/7/192.0.2.1"]))

    at_once(app, *[guess for _ in range(12)])
    assert sum(1 for seconds in allowed if seconds == 0) == throttle.FREE_FAILURES


def test_an_ipv6_customer_is_one_source() -> None:
    """All addresses of one /64 count as the same source."""
    assert throttle.block_of("2001:db8::1") == throttle.block_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert throttle.block_of("192.0.2.1") == "192.0.2.1"


@pytest.mark.usefixtures("_in_app", "_still_clock")
def test_spellings_of_an_unknown_address_count_together() -> None:
    """Two spellings of one address share a counter whether or not it has an account, so that waiting tells nothing."""
    for _ in range(5):
        credentials.check("ghost@example.org", "wrong", source="192.0.2.1")
    refused = credentials.check("ghost@\uff45xample.org", "wrong", source="192.0.2.1")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.TOO_MANY_TRIES


def test_parallel_resets_leave_one_code_that_works(app: Flask) -> None:
    """Asking for several resets at once leaves one proof, and its code works."""
    with app.app_context():
        service.add("ann@example.com", username=None, password=PASSWORD, verified=True)
        commit()
    at_once(app, *[lambda: recovery.request("ann@example.com", source="s") for _ in range(4)])
    with app.app_context():
        codes = [mail.code for mail in mails.waiting()]
        assert any(isinstance(recovery.trade_code("ann@example.com", code), str) for code in codes)


@pytest.mark.usefixtures("_in_app")
def test_the_longest_addresses_can_be_reset() -> None:
    """An address of the greatest length asks for a reset like any other."""
    email = "a" * 64 + "@" + ".".join(["b" * 58] * 3) + ".example"
    assert recovery.request(email, source="192.0.2.1") == email


@pytest.mark.usefixtures("_in_app")
def test_a_client_identifier_registered_anew_inherits_nothing() -> None:
    """Deleting a client forgets the consents given to it, so that the next one of that identifier starts from nothing."""
    metadata = Metadata(client_name="App", redirect_uris=["https://app.example/cb"])
    registered = clients.register(metadata, client_id="app")
    assert isinstance(registered, tuple)
    consents.remember(7, "app", ("openid",), subject="s", source="192.0.2.1")
    clients.remove(registered[0])
    assert isinstance(clients.register(metadata, client_id="app"), tuple)
    assert consents.find(7, "app") is None
