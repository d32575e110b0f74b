"""An owner remains, however requests and commands that would take the last one's rights fall together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from idp.accounts import erasure, lookup, service, taking
from idp.accounts.authority import granting, holding
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import clock, database
from idp.base.outcome import Reason, Refused
from tests.factories import Browser, Person, Provider

ROUNDS = 5
Way = Callable[[Account], Refused | None]


def withdraw(account: Account) -> Refused | None:
    """Take the role away."""
    return granting.withdraw(account, "owner", actor=None)


def let_end(account: Account) -> Refused | None:
    """Give the role an end."""
    return granting.grant(account, "owner", actor=None, until=(clock.now() + timedelta(days=1)).date())


def disable(account: Account) -> Refused | None:
    """Disable the account."""
    return service.set_disabled(account, True, actor="command line")


def close(account: Account) -> Refused | None:
    """Close the account, as its owner may."""
    return erasure.schedule(account, source="192.0.2.1")


WAYS: list[Way] = [withdraw, let_end, disable, close]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do things at once, each in a thread of its own; return what came of each."""
    ready = Barrier(len(acts))

    def wait_and_act(act: Callable[[], Any]) -> Any:
        ready.wait(30)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(wait_and_act, acts))


def owners(provider: Provider) -> set[int]:
    """Return who owns the server."""
    with provider.working():
        return {account.id for account in holding.owners(50)}


@pytest.fixture
def two(provider: Provider) -> tuple[Person, Person]:
    """The two owners."""
    return provider.person("one@example.org", is_admin=True), provider.person("two@example.org", is_admin=True)


@pytest.mark.parametrize("first", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("second", WAYS, ids=lambda way: way.__name__)
def test_of_two_who_go_at_once_one_stays(app: Flask, provider: Provider, first: Way, second: Way) -> None:
    """Of the two owners, each taken by a command or a request that the other does not see, one is refused, whichever way each goes."""

    def act(way: Way, person: Person) -> Refused | None:
        with app.test_request_context(method="POST"):
            database.writing.set(True)
            account = taking.take(Authority(person.id))
            assert isinstance(account, Account)
            refused = way(account)
            database.commit()
            return refused

    pair = [provider.person(f"{name}@example.org", is_admin=True) for name in ("one", "two")]
    outcomes = at_once(lambda: act(first, pair[0]), lambda: act(second, pair[1]))
    assert sorted(outcome is None for outcome in outcomes) == [False, True]
    (refused,) = [outcome for outcome in outcomes if outcome is not None]
    assert refused.reason is Reason.LAST_ADMINISTRATOR
    with provider.working():
        accounts = [lookup.find(person.id) for person in pair]
        assert [account is not None and holding.is_last_owner(account) for account in accounts].count(True) == 1


def test_two_who_withdraw_each_other(provider: Provider, two: tuple[Person, Person]) -> None:
    """Of two owners who withdraw each other at once on the pages, one does it, and the other is none any more by then."""
    for _round in range(ROUNDS):
        browsers = [provider.browser(person) for person in two]

        def resign(browser: Browser, other: Person) -> int:
            path = f"/admin/administrators/{other.sub}/owner/withdraw"
            return browser.submit(path).status_code

        pages = [browser.get("/admin/administrators").status_code for browser in browsers]
        assert pages == [200, 200]
        at_once(lambda b=browsers: resign(b[0], two[1]), lambda b=browsers: resign(b[1], two[0]))
        left = owners(provider)
        assert len(left) == 1
        with provider.working():
            for person in two:
                account = taking.take(Authority(person.id))
                assert isinstance(account, Account)
                granting.give(account, "owner", by="the tests")
