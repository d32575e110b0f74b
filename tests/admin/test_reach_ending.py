"""How the reach of a role for one group's people ends: with the membership, the role, the group, also while an act is on its way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest
from flask import Flask

from idp.accounts import lookup
from idp.accounts.authority import granting, limited
from idp.accounts.authority.limited import Limit
from idp.accounts.models import Account
from idp.base import clock
from idp.groups import members, service
from tests.admin.conftest import Making, Visitor
from tests.admin.reaching import boss as boss
from tests.admin.reaching import desk as desk
from tests.admin.reaching import eve as eve
from tests.admin.reaching import is_disabled, person, post, put
from tests.factories import Provider
from tests.groups.making import group

SignIn = Callable[..., Visitor]


def test_an_ended_membership_ends_the_reach(app: Flask, desk: Visitor, add_account: Making) -> None:
    """Somebody whose membership is over is out of reach at that instant, before the row goes."""
    ann = add_account("ann@example.com")
    put(app, ann, ends_in=timedelta(minutes=1))
    assert desk.get(f"/admin/people/{ann.sub}").status_code == 200
    with clock.moved(timedelta(minutes=2)):
        assert desk.get(f"/admin/people/{ann.sub}").status_code == 404
        assert ann.email not in desk.text("/admin/people")
        assert post(desk, ann, "unlock") == 404


def test_an_ended_role_opens_nothing(app: Flask, add_account: Making, sign_in: SignIn, eve: Account) -> None:
    """A role is over after its last day, also before it is purged; and then the account administers nothing."""
    ann = add_account("ann@example.com")
    day = clock.now().date()
    with person(app, ann.sub) as found:
        assert limited.grant(found, "people", Limit(group("/eng").id, "/eng"), actor=None, until=day) is None
    with clock.moved(timedelta(days=1)):
        visitor = sign_in(ann)
        assert visitor.get("/admin/people").status_code == 403
        assert visitor.get(f"/admin/people/{eve.sub}").status_code == 403
        with Provider(app).working():
            assert limited.purge(10) == 1
        with person(app, ann.sub) as found:
            assert not found.is_admin


def test_a_deleted_group_withdraws_the_role(app: Flask, admin: Visitor, desk: Visitor, eve: Account) -> None:
    """With the group above it the group goes, and its roles: told before, audited, and nothing is open any more."""
    with Provider(app).working():
        number = group("/eng").id
    path = f"/admin/groups/{number}/delete"
    assert "1 role of an administrator for its people is withdrawn." in admin.text(path)
    assert admin.send(path).status_code == 303
    assert desk.get("/admin/people").status_code == 403
    assert "administrator.withdrawn" in admin.text(f"/admin/people/{desk.sub}")
    with person(app, desk.sub) as found:
        assert not found.is_admin


@pytest.mark.parametrize("loss", ["membership", "role"])
def test_what_is_withdrawn_meanwhile_permits_nothing(app: Flask, boss: Visitor, eve: Account, loss: str) -> None:
    """An act that comes while the membership, or the role, is being withdrawn waits for that, and is refused then."""
    token = boss.fields("/account/delete")

    def disable() -> int:
        return boss.client.post(f"/admin/people/{eve.sub}/disable", data=token).status_code

    with ThreadPoolExecutor(1) as threads:
        with person(app, eve.sub if loss == "membership" else boss.sub) as found:
            held = lookup.lock(found.id)
            assert held is not None
            if loss == "membership":
                assert members.remove(group("/eng/backend"), held, actor="test")
            else:
                assert limited.withdraw(held, "people", Limit(group("/eng").id, "/eng"), actor=None) is None
            answer = threads.submit(disable)
            sleep(0.3)
            assert not answer.done()
        assert answer.result() == (404 if loss == "membership" else 403)
    assert not is_disabled(app, eve)


def test_a_group_that_is_moved_away_is_out_of_reach(app: Flask, desk: Visitor, eve: Account) -> None:
    """The reach follows the tree: a group that lies below it no more takes its people along."""
    assert desk.get(f"/admin/people/{eve.sub}").status_code == 200
    with Provider(app).working():
        moved = service.change(group("/eng/backend"), name="backend", description="", parent=None, actor="test")
        assert moved
    assert desk.get(f"/admin/people/{eve.sub}").status_code == 404


def test_a_disabled_administrator_reaches_nobody(app: Flask, desk: Visitor, eve: Account) -> None:
    """A role counts only on an enabled account with a confirmed address."""
    with person(app, desk.sub) as found:
        found.email_verified_at = None
    assert desk.get(f"/admin/people/{eve.sub}").status_code == 403
    with person(app, desk.sub) as found:
        assert granting.judge(found, "reader", actor=None) is not None
