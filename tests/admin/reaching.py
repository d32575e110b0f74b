"""People with roles for one group's people, and people in and out of their reach."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask

from idp.accounts import lookup
from idp.accounts.authority import limited
from idp.accounts.authority.limited import Limit
from idp.accounts.models import Account
from idp.base import clock
from idp.groups import members
from tests.admin.conftest import Making, Visitor
from tests.factories import Provider
from tests.groups.making import group

SignIn = Callable[..., Visitor]


@contextmanager
def person(app: Flask, sub: str) -> Iterator[Account]:
    """Give somebody's account to change, and commit."""
    with Provider(app).working():
        found = lookup.find_by_sub(sub)
        assert found is not None
        yield found


def put(app: Flask, account: Account, path: str = "/eng", *, ends_in: timedelta | None = None) -> None:
    """Make somebody a member of a group."""
    with person(app, account.sub) as found:
        ends_at = clock.now() + ends_in if ends_in is not None else None
        assert members.add(group(path), found, ends_at=ends_at, actor="test") is None


def give(app: Flask, account: Account, role: str = "help-desk", path: str = "/eng") -> None:
    """Give somebody a role for a group's people."""
    with person(app, account.sub) as found:
        limit = Limit(group(path).id, path)
        assert limited.grant(found, role, limit, actor=None) is None


@pytest.fixture
def desk(app: Flask, add_account: Making, sign_in: SignIn) -> Visitor:
    """The help desk of /eng."""
    account = add_account("desk@example.com")
    give(app, account)
    return sign_in(account)


@pytest.fixture
def boss(app: Flask, add_account: Making, sign_in: SignIn) -> Visitor:
    """The people administrator of /eng."""
    account = add_account("boss@example.com")
    give(app, account, "people")
    return sign_in(account)


@pytest.fixture
def eve(app: Flask, add_account: Making) -> Account:
    """Somebody in a group below /eng, with a second factor."""
    account = add_account("eve@example.com", given_name="Eve", second_factor_since=clock.now())
    put(app, account, "/eng/backend")
    return account


@pytest.fixture
def mallory(app: Flask, add_account: Making) -> Account:
    """Somebody in another group."""
    account = add_account("mallory@example.com", given_name="Eve")
    put(app, account, "/sales")
    return account


def post(visitor: Visitor, target: Account, act: str) -> int:
    """Send an act upon somebody, with a token of a page that is open, and return the status."""
    return visitor.client.post(f"/admin/people/{target.sub}/{act}", data=visitor.fields("/account/delete")).status_code


def is_disabled(app: Flask, account: Account) -> bool:
    """Return whether an account is disabled."""
    with person(app, account.sub) as found:
        return found.disabled_at is not None
