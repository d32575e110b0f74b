"""Several change groups at the same instant: no circle, no name twice, and somebody owns a group that had owners."""

from collections.abc import Callable
from threading import Barrier, Event, Thread
from time import sleep

from idp.accounts import taking
from idp.accounts.authority import limited
from idp.accounts.authority.limited import Limit
from idp.accounts.taking import Authority
from idp.base.outcome import Refused
from idp.groups import lookup, members, service
from idp.groups.models import Group
from tests.factories import Person, Provider
from tests.groups.making import account, group


def at_once(provider: Provider, *acts: Callable[[], object]) -> list[object]:
    """Return what comes of acts that begin at the same instant, each in a transaction of its own."""
    ready, outcomes = Barrier(len(acts)), list[object]()

    def run(act: Callable[[], object]) -> None:
        ready.wait(10)
        with provider.working():
            outcomes.append(act())

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(outcomes) == len(acts)
    return outcomes


def reasons(outcomes: list[object]) -> list[str]:
    """Return why some were refused."""
    return sorted(outcome.reason.value for outcome in outcomes if isinstance(outcome, Refused))


def move(group_id: int, parent_id: int) -> Callable[[], object]:
    """Return what moves a group below another."""

    def act() -> object:
        moved, above = lookup.find(group_id), lookup.find(parent_id)
        assert moved is not None
        return service.change(moved, name=moved.name, description="", parent=above, actor="root")

    return act


def test_two_cannot_make_a_circle(provider: Provider) -> None:
    """Of two who move groups into one another one succeeds, and the tree is a tree."""
    for number in range(4):
        a, b = f"/a{number}", f"/b{number}"
        with provider.working():
            first, second = group(a).id, group(b).id
        outcomes = at_once(provider, move(first, second), move(second, first))
        assert reasons(outcomes) == ["group_cycle"]
        with provider.working():
            found = {path for path in (a + b, b + a) if lookup.find_by_path(path) is not None}
            assert len(found) == 1


def test_one_name_is_given_once(provider: Provider) -> None:
    """Of four who make a group of the same name one succeeds, and the others are told so."""
    names = ("Staff", "STAFF", "staff", "Ｓtaff")
    outcomes = at_once(provider, *(lambda name=name: service.create(name, actor="root") for name in names))  # type: ignore[misc]
    assert reasons(outcomes) == ["group_taken"] * 3
    assert sum(isinstance(outcome, Group) for outcome in outcomes) == 1


def test_one_owner_stays(provider: Provider, ann: Person) -> None:
    """Of two owners who give a group up at the same instant one stays."""
    bob = provider.person("bob@example.org")
    for number in range(4):
        with provider.working():
            for person in (ann, bob):
                members.add_owner(group(f"/g{number}"), account(person), actor="root")
        give_up = [
            lambda person=person, path=f"/g{number}": members.give_up(group(path), account(person))
            for person in (ann, bob)
        ]
        assert reasons(at_once(provider, *give_up)) == ["last_owner"]
        with provider.working():
            assert len(lookup.owners(group(f"/g{number}").id)) == 1


def test_a_member_of_what_is_being_deleted(provider: Provider, ann: Person) -> None:
    """Whoever is put into a group while it is deleted is told that it is gone, or goes with it; nothing fails."""
    for number in range(4):
        path = f"/g{number}"
        with provider.working():
            doomed = group(path)
        outcomes = at_once(
            provider,
            lambda doomed=doomed: service.remove(doomed, actor="root"),  # type: ignore[misc]
            lambda doomed=doomed: members.add(doomed, account(ann), actor="root"),  # type: ignore[misc]
        )
        assert True in outcomes
        with provider.working():
            assert lookup.memberships(ann.id) == []


def test_a_deletion_waits_for_an_account_before_the_tree(provider: Provider, ann: Person) -> None:
    """Whoever holds an account that administers a group's people may go on to the tree while the group is being deleted."""
    with provider.working():
        doomed = group("/g")
        assert limited.grant(account(ann), "people", Limit(doomed.id, "/g"), actor=None) is None
    is_held = Event()

    def make_a_group() -> object:
        taking.take(Authority(ann.id))
        is_held.set()
        sleep(0.5)  # the deletion has begun, and waits
        return service.create("other", actor="root")

    def delete() -> object:
        is_held.wait(10)
        return service.remove(doomed, actor="root")

    outcomes = at_once(provider, make_a_group, delete)
    assert True in outcomes
    with provider.working():
        assert [lookup.find_by_path(path) is not None for path in ("/g", "/other")] == [False, True]
        assert not account(ann).is_admin
