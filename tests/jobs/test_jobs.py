"""Acts upon many people: done in batches, once for each, within what whoever began them may, and stopped, resumed and counted."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from idp.accounts import lookup
from idp.accounts.authority import granting
from idp.accounts.models import Account
from idp.base import clock, database
from idp.base.database import session
from idp.base.outcome import Refused
from idp.groups import lookup as groups
from idp.groups import members
from idp.jobs import actions, running, service
from idp.jobs.models import PeopleJob
from idp.jobs.selection import Selection
from tests.factories import Person, Provider
from tests.federation.traveller import events
from tests.groups.making import group


def administrator(provider: Provider, role: str = "people", email: str = "root@example.org") -> Person:
    """Return an administrator with a role."""
    person = provider.person(email)
    with provider.account(person) as account:
        granting.give(account, role, by="the tests")
    return person


def crowd(provider: Provider, count: int) -> list[Person]:
    """Return so many people."""
    return [provider.person(f"p{number}@crowd.example") for number in range(count)]


def begin(
    provider: Provider, action: str, meant: Selection, actor: Person | None = None, path: str | None = None
) -> int:
    """Begin a job and return its number."""
    with provider.working():
        account = lookup.find(actor.id) if actor is not None else None
        made = service.begin(action, meant, actor=account, group=group(path) if path else None)
        assert isinstance(made, PeopleJob), made
        return made.id


def job_of(provider: Provider, number: int) -> PeopleJob:
    """Return a job as it is."""
    with provider.working():
        job = service.find(number)
        assert job is not None
        return job


def work(provider: Provider) -> None:
    """Do everything that is open."""
    with provider.app.app_context():
        while running.work_off():
            pass


def disabled(provider: Provider) -> set[str]:
    """Return the addresses of disabled accounts."""
    with provider.working():
        return {account.email for account in session().query(Account).filter(Account.disabled_at.is_not(None))}


def test_whom_a_search_finds(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody whom the search finds is disabled, in several batches, and nobody else; who is so already is counted apart."""
    monkeypatch.setattr(running, "FIRST", 3)
    monkeypatch.setattr(running, "MOST", 3)
    people, root = crowd(provider, 8), administrator(provider)
    with provider.account(people[0]) as account:
        assert service_set_disabled(account) is None
    number = begin(provider, actions.DISABLE, Selection(term="crowd"), root)
    late = provider.person("late@crowd.example")
    work(provider)
    job = job_of(provider, number)
    assert (job.state, job.total, job.done, job.unchanged, job.failed) == (service.DONE, 8, 7, 1, 0)
    assert disabled(provider) == {person.email for person in people}
    assert late.email not in disabled(provider)
    assert len(events(provider, "account.disabled")) == 8
    (ended,) = events(provider, "people_job.finished")
    assert (ended["done"], ended["unchanged"], ended["failed"]) == (7, 1, 0)
    begin(provider, actions.ENABLE, Selection(term="crowd"), root)
    work(provider)
    assert disabled(provider) == set()


def service_set_disabled(account: Account) -> Refused | None:
    """Disable an account by itself."""
    from idp.accounts import service as accounts

    return accounts.set_disabled(account, True, actor="the tests")


def test_who_may_what(provider: Provider) -> None:
    """Who began it is left out, and whoever administers more, and the last owner; without the permission the job fails at once."""
    owner, root = provider.person("owner@example.org", is_admin=True), administrator(provider)
    ann = provider.person()
    meant = Selection((owner.sub, root.sub, ann.sub))
    job = job_of(provider, begin(provider, actions.DISABLE, meant, root))
    work(provider)
    job = job_of(provider, job.id)
    assert job.failures == {actions.OWN: 1, actions.NOT_PERMITTED: 1}
    assert (job.examples[actions.OWN], disabled(provider)) == ([root.sub], {ann.email})
    number = begin(provider, actions.DISABLE, Selection((owner.sub,)))
    work(provider)
    assert job_of(provider, number).failures == {actions.LAST_OWNER: 1}
    number = begin(provider, actions.ENABLE, Selection(), administrator(provider, "help-desk", "help@example.org"))
    work(provider)
    job = job_of(provider, number)
    assert (job.state, job.why, job.seen) == (service.FAILED, "no_permission", 0)
    assert disabled(provider) == {ann.email}


def test_sessions_end(provider: Provider) -> None:
    """People are signed out everywhere and told, whoever began it stays signed in."""
    ann, root = provider.person(), administrator(provider, "help-desk")
    browsers = [provider.browser(ann), provider.browser(root)]
    begin(provider, actions.SIGN_OUT, Selection(), root)
    work(provider)
    assert [browser.get("/account").status_code for browser in browsers] == [303, 200]


def test_groups(provider: Provider) -> None:
    """Members are added and removed once each; where the group is deleted meanwhile the job says so and ends."""
    people = crowd(provider, 4)
    with provider.account(people[0]) as account:
        members.add(group("/eng"), account, actor="the tests")
    number = begin(provider, actions.ADD, Selection(term="crowd"), path="/eng")
    work(provider)
    job = job_of(provider, number)
    assert (job.done, job.unchanged) == (3, 1)
    number = begin(provider, actions.REMOVE, Selection(tuple(person.sub for person in people[:2])), path="/eng")
    work(provider)
    assert job_of(provider, number).done == 2
    number = begin(provider, actions.ADD, Selection(term="crowd"), path="/eng")
    with provider.working():
        from idp.groups import service as groups

        groups.remove(group("/eng"), actor="the tests")
    work(provider)
    job = job_of(provider, number)
    assert (job.state, job.why) == (service.FAILED, "no_group")


def test_whoever_was_a_member_once_is_added_anew(provider: Provider) -> None:
    """A membership that is over, and shown still, is none: the person belongs to the group again, for good."""
    ann, bob = crowd(provider, 2)
    until = clock.now() + timedelta(hours=1)
    with provider.working():
        for person, ends_at in ((ann, until), (bob, None)):
            account = lookup.find(person.id)
            assert account is not None
            assert members.add(group("/staff"), account, ends_at=ends_at, actor="root") is None
    with clock.moved(timedelta(hours=2)):
        number = begin(provider, actions.ADD, Selection(term="crowd"), path="/staff")
        work(provider)
        job = job_of(provider, number)
        assert (job.done, job.unchanged) == (1, 1)
        with provider.working():
            found = groups.everybody(group("/staff").id)
            assert set(session().scalars(found)) == {ann.id, bob.id}


def test_what_is_no_job(provider: Provider) -> None:
    """Each fault is told with its member: an unknown act, nobody, too many, no group, too many jobs."""
    cases: list[tuple[str, Selection, str]] = [
        ("erase", Selection(), "action"),
        (actions.DISABLE, Selection(()), "who"),
        (actions.DISABLE, Selection(tuple(map(str, range(1001)))), "who"),
        (actions.DISABLE, Selection(term="x" * 201), "search"),
        (actions.ADD, Selection(), "group"),
    ]
    with provider.working():
        found = [service.begin(action, meant, actor=None) for action, meant, _member in cases]
    assert [refused.field for refused in found if isinstance(refused, Refused)] == [member for *_case, member in cases]
    for _number in range(service.MOST_OPEN):
        begin(provider, actions.ENABLE, Selection())
    with provider.working():
        assert isinstance(service.begin(actions.ENABLE, Selection(), actor=None), Refused)


def test_a_job_is_stopped(provider: Provider) -> None:
    """What is done stays done, whoever was not reached stays as they are, and a job that is over stays so."""
    crowd(provider, 5)
    number = begin(provider, actions.DISABLE, Selection(term="crowd"))
    with provider.app.app_context():
        running._advance(number, 2)
    with provider.working():
        assert service.stop(number, actor="the tests") is not None
    work(provider)
    job = job_of(provider, number)
    assert (job.state, job.done, len(disabled(provider))) == (service.STOPPED, 2, 2)
    with provider.working():
        assert service.stop(number, actor="the tests") is not None
        assert service.stop(99, actor="the tests") is None
    assert len(events(provider, "people_job.stopped")) == 1


def test_one_for_whom_it_goes_wrong(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it fails for one person, the others are done, and the job says for whom it went wrong."""
    people = crowd(provider, 5)
    whole = actions.ACTIONS[actions.DISABLE]

    def act(account: Account, *rest: Any) -> bool | str:
        if account.id == people[2].id:
            raise RuntimeError("no")
        return whole.act(account, *rest)

    monkeypatch.setitem(actions.ACTIONS, actions.DISABLE, actions.Action("people.write", act))  # type: ignore[arg-type] # a dict
    number = begin(provider, actions.DISABLE, Selection(term="crowd"))
    work(provider)
    job = job_of(provider, number)
    assert (job.state, job.done, job.failures, job.examples) == (
        service.DONE, 4, {actions.ERROR: 1}, {actions.ERROR: [people[2].sub]},
    )  # fmt: skip


def test_it_goes_on_where_it_was(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends before its commit leaves nothing behind; the next one goes on there, and nobody is done twice."""
    monkeypatch.setattr(running, "FIRST", 2)
    monkeypatch.setattr(running, "MOST", 2)
    crowd(provider, 5)
    number = begin(provider, actions.SIGN_OUT, Selection(term="crowd"))
    with provider.app.app_context():
        running._do(number, 2)
        database.commit()
        running._do(number, 2)
        database.rollback()  # as the database does with what a killed process had not committed
    assert len(events(provider, "account.signed_out")) == 2
    work(provider)
    subjects = [event["subject"] for event in events(provider, "account.signed_out")]
    assert (len(subjects), len(set(subjects))) == (5, 5)


def test_two_at_once(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes that work off one job do each person once between them."""
    monkeypatch.setattr(running, "FIRST", 2)
    monkeypatch.setattr(running, "MOST", 2)
    crowd(provider, 12)
    number = begin(provider, actions.SIGN_OUT, Selection(term="crowd"))
    workers = [threading.Thread(target=work, args=(provider,)) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    subjects = [event["subject"] for event in events(provider, "account.signed_out")]
    assert (len(subjects), len(set(subjects)), job_of(provider, number).done) == (12, 12, 12)
