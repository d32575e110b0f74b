"""People are brought to a strict application: found before they are made, in order, once, as they are by then."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from idp.accounts import lookup
from idp.base import clock
from idp.base.database import session
from idp.clients import service as clients
from idp.groups import access, members
from idp.groups import service as tree
from idp.groups.models import Group
from idp.pushing import carrying, marking, targets
from idp.pushing.models import PushedPerson
from tests.factories import Provider
from tests.pushing.acting import disable, make_group, rename
from tests.pushing.conftest import Pushing
from tests.pushing.stand_in import StandIn


def test_who_is_there_already_is_found_and_not_made_twice(
    pushing: Pushing, provider: Provider, app_there: StandIn, address: str
) -> None:
    """By `externalId`, and else by the name whatever its case; what the application has of its own about them stays."""
    ann, ben = provider.person("ann@example.org"), provider.person("ben@example.org")
    provider.person("cai@example.org")
    app_there.resources["Users"] = {
        "1": {"id": "1", "userName": "old-name", "externalId": ann.sub, "title": "Boss"},
        "2": {"id": "2", "userName": "BEN@example.org"},
    }
    pushing.aim(address)
    pushing.carry()
    people = app_there.people()
    assert set(people) == {"ann@example.org", "ben@example.org", "cai@example.org"}
    assert (people["ann@example.org"]["id"], people["ann@example.org"]["title"]) == ("1", "Boss")
    assert (people["ben@example.org"]["id"], people["ben@example.org"]["externalId"]) == ("2", ben.sub)
    assert app_there.methods().count("POST") == 1
    assert pushing.carry() == 0
    assert pushing.row().failures == 0


def test_many_changes_are_told_once(pushing: Pushing, provider: Provider, app_there: StandIn, address: str) -> None:
    """Whatever happens between two turns is one change, to what is true by then; where nothing is new nothing is asked."""
    ann = provider.person("ann@example.org")
    pushing.aim(address)
    pushing.carry()
    before = len(app_there.asked)
    for name in ("A", "B", "C"):
        rename(provider, ann, name)
    pushing.carry()
    assert app_there.methods()[before:] == ["PATCH"]
    assert app_there.people()["ann@example.org"]["name"]["givenName"] == "C"
    with provider.working():
        row = targets.get("chat", for_change=True)
        assert row is not None
        targets.push_again(row, actor="root")
    pushing.carry()
    assert len(app_there.asked) == before + 1


def test_whoever_may_use_the_app_no_more_is_inactive_there(
    pushing: Pushing, provider: Provider, app_there: StandIn, address: str
) -> None:
    """By the rule of the client, by a membership that ends, and by the group of the target; nobody is deleted for it."""
    ann, ben = provider.person("ann@example.org"), provider.person("ben@example.org")
    staff = make_group(provider, "staff", ann)
    pushing.aim(address)
    pushing.carry()
    assert all(one["active"] for one in app_there.people().values())
    with provider.working():
        client = clients.get("chat", for_change=True)
        assert client is not None
        access.put(client, is_restricted=True, groups=[staff], actor="root")
    pushing.carry()
    assert {name for name, one in app_there.people().items() if one["active"]} == {"ann@example.org"}
    with provider.working():
        account, group = lookup.find(ben.id), session().get(Group, staff.id)
        assert account is not None
        assert group is not None
        members.add(group, account, ends_at=clock.now() + timedelta(hours=1), actor="root")
    pushing.carry()
    assert all(one["active"] for one in app_there.people().values())
    with clock.moved(timedelta(days=2)):  # of an end nobody writes a word: a look at everybody finds it
        pushing.carry()
        assert {name for name, one in app_there.people().items() if one["active"]} == {"ann@example.org"}
    pushing.aim(address, None, is_for_group=True, group=staff)
    with provider.working():
        group = session().get(Group, staff.id)
        assert group is not None
        tree.remove(group, actor="root")
    pushing.carry()
    assert not any(one["active"] for one in app_there.people().values())


def test_groups_have_those_of_their_people_who_are_there(
    pushing: Pushing, provider: Provider, app_there: StandIn, address: str
) -> None:
    """A group has its members as soon as they are there, those of the groups below it too, and is deleted with the group here."""
    ann, ben = provider.person("ann@example.org"), provider.person("ben@example.org")
    eng = make_group(provider, "eng", ann)
    with provider.working():
        web = tree.create_path("/eng/web", actor="root")
        account = lookup.find(ben.id)
        assert isinstance(web, Group)
        assert account is not None
        members.add(web, account, actor="root")
    pushing.aim(address, pushes_groups=True)
    pushing.carry()
    both = {"ann@example.org", "ben@example.org"}
    assert app_there.groups() == {"eng": both, "eng: web": {"ben@example.org"}}
    with provider.working():
        group, account = session().get(Group, web.id), lookup.find(ben.id)
        assert group is not None
        assert account is not None
        members.remove(group, account, actor="root")
    pushing.carry()
    assert app_there.groups() == {"eng": {"ann@example.org"}, "eng: web": set()}
    with provider.working():
        group = session().get(Group, eng.id)
        assert group is not None
        tree.remove(group, actor="root")
    pushing.carry()
    assert app_there.groups() == {}


def test_an_application_without_patch_gets_the_whole(
    pushing: Pushing, provider: Provider, address: str, app_there: StandIn
) -> None:
    """Where changes are not supported the resource is put in the place of the one that is there."""
    app_there.knows_patch = False
    ann = provider.person("ann@example.org", given_name="Ann")
    pushing.aim(address)
    pushing.carry()
    rename(provider, ann, "Anna")
    pushing.carry()
    assert app_there.methods()[-2:] == ["PATCH", "PUT"]
    assert app_there.people()["ann@example.org"]["name"]["givenName"] == "Anna"


def test_who_vanished_there_is_made_again(
    pushing: Pushing, provider: Provider, app_there: StandIn, address: str
) -> None:
    """A 404 for a known identifier: an active person is looked for, and made; one who is to be inactive there is forgotten."""
    ann, ben = provider.person("ann@example.org"), provider.person("ben@example.org")
    pushing.aim(address)
    pushing.carry()
    app_there.resources["Users"].clear()
    rename(provider, ann, "Anna")
    disable(provider, ben)
    pushing.carry()
    assert set(app_there.people()) == {"ann@example.org"}
    assert set(pushing.copies()) == {ann.id}


def test_whoever_is_brought_by_batches_is_brought_once(
    pushing: Pushing, provider: Provider, app_there: StandIn, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first push goes on where the last turn ended, and says how far it is."""
    for number in range(9):
        provider.person(f"person{number}@example.org")
    monkeypatch.setattr(marking, "BATCH", 4)
    monkeypatch.setattr(carrying, "BATCH", 2)
    monkeypatch.setattr(carrying, "SLICE", 0.0)
    pushing.aim(address)
    with provider.app.app_context():
        assert carrying.deliver_due() == 0
    monkeypatch.setattr(carrying, "SLICE", 5.0)
    with provider.app.app_context():
        carrying.deliver_due(lambda: len(app_there.people()) >= 2)
    with provider.working():
        row = targets.get("chat")
        assert row is not None
        assert targets.progress(row).scanned is not None
        assert targets.progress(row).people == 2
    pushing.carry()
    assert len(app_there.people()) == 9
    assert app_there.methods().count("POST") == 9


def test_the_client_goes_with_its_target(
    pushing: Pushing, provider: Provider, app_there: StandIn, address: str
) -> None:
    """A client that is deleted leaves nothing for whoever gets its identifier; a disabled one is brought nobody meanwhile."""
    provider.person("ann@example.org")
    pushing.aim(address)
    provider.disable(pushing.client)
    assert pushing.carry() == 0
    with provider.working():
        client = clients.get("chat", for_change=True)
        assert client is not None
        clients.remove(client)
    with provider.working():
        assert targets.get("chat") is None
        assert session().scalar(select(func.count()).select_from(PushedPerson)) == 0
