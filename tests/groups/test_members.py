"""Members with an end, owners, and what becomes of both, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from idp.accounts import erasure
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from idp.groups import ending, lookup, members, service
from idp.groups.models import GroupMember, GroupOwner
from tests.factories import Person, Provider
from tests.groups.making import account, group, reason


def names(account_ids: list[int]) -> list[str]:
    """Return the addresses of some people."""
    return sorted(found.email for found in lookup.people(account_ids).values())


def test_a_member_belongs_to_every_group_above(provider: Provider, ann: Person) -> None:
    """Whoever is put into a group belongs to those above it and to none below it; once, however many ways there are."""
    bob = provider.person("bob@example.org")
    with provider.working():
        for path in ("/eng/backend", "/eng/frontend"):
            assert members.add(group(path), account(ann), actor="root") is None
        assert members.add(group("/eng"), account(bob), actor="root") is None
        assert names(list(session().scalars(lookup.everybody(group("/eng").id)))) == [ann.email, bob.email]
        assert names(list(session().scalars(lookup.everybody(group("/eng/backend").id)))) == [ann.email]
        assert [found.path for found, _member in lookup.memberships(ann.id)] == ["/eng/backend", "/eng/frontend"]
        found = session().scalars(lookup.members(group("/eng").id, "bob")).all()
        assert [row.account_id for row in found] == [bob.id]


def test_what_is_given_until_a_day_ends_then(provider: Provider, ann: Person) -> None:
    """A membership counts through its last day, by UTC; afterwards for nothing, and a month later it is deleted."""
    day = (clock.now() + timedelta(days=3)).date()
    with provider.working():
        ends_at = ending.read(day.isoformat())
        assert not isinstance(ends_at, type(None))
        assert ending.day_of(ends_at) == day  # type: ignore[arg-type]
        members.add(group("/eng"), account(ann), ends_at=ends_at, actor="root")  # type: ignore[arg-type]
    with provider.working(), clock.moved(timedelta(days=2)):
        assert list(session().scalars(lookup.everybody(group("/eng").id))) == [ann.id]
    with provider.working(), clock.moved(timedelta(days=4)):
        assert list(session().scalars(lookup.everybody(group("/eng").id))) == []
        assert members.purge(10) == 0
    with provider.working(), clock.moved(timedelta(days=40)):
        assert members.purge(10) == 1
        assert session().scalar(select(func.count()).select_from(GroupMember)) == 0


@pytest.mark.parametrize(
    ("text", "why"), [("2001-01-01", "day_past"), ("tomorrow", "day_invalid"), ("2027-02-30", "day_invalid"), ("9999-12-31", "day_invalid")]
)  # fmt: skip
def test_bad_days(text: str, why: str) -> None:
    """A day that is none, or is over, is refused at its field."""
    assert reason(ending.read(text)) == (why, "until")


def test_another_end_is_a_change(provider: Provider, ann: Person) -> None:
    """The end of a membership can be moved and taken away; each change is recorded with what was before, and the same again is none."""
    with provider.working():
        first, later = (ending.read((clock.now() + timedelta(days=days)).date().isoformat()) for days in (3, 9))
        for ends_at in (first, later, later, None):
            members.add(group("/eng"), account(ann), ends_at=ends_at, actor="root")  # type: ignore[arg-type]
        assert members.remove(group("/eng"), account(ann), actor="root") is True
        assert members.remove(group("/eng"), account(ann), actor="root") is False
        told = [
            (event.event, event.detail.get("until"), event.changes)
            for event in session().scalars(
                select(AuditEvent).where(AuditEvent.subject == ann.sub).order_by(AuditEvent.id)
            )
            if event.event.startswith("group.")
        ]
        one, two = ending.tell(first), ending.tell(later)  # type: ignore[arg-type]
        assert told == [
            ("group.member_added", one, None),
            ("group.member_changed", None, {"until": [one, two]}),
            ("group.member_changed", None, {"until": [two, None]}),
            ("group.member_removed", None, None),
        ]


def test_owners_manage_below_and_never_above(provider: Provider, ann: Person) -> None:
    """An owner of a group says who belongs to it and to those below it, not to those above or beside it."""
    with provider.working():
        for path in ("/eng/backend/api", "/eng/frontend"):
            group(path)
        members.add_owner(group("/eng/backend"), account(ann), actor="root")
        may = {
            path: lookup.may_manage(ann.id, group(path).id)
            for path in ("/eng", "/eng/backend", "/eng/backend/api", "/eng/frontend")
        }
        assert may == {"/eng": False, "/eng/backend": True, "/eng/backend/api": True, "/eng/frontend": False}
        assert [found.path for found in lookup.owned(ann.id)] == ["/eng/backend"]
        assert lookup.owners(group("/eng/backend").id) == [account(ann)]


def test_the_last_owner_cannot_leave(provider: Provider, ann: Person) -> None:
    """An owner gives a group up while somebody else who can sign in owns it too; an administrator may take the last one away."""
    bob = provider.person("bob@example.org")
    with provider.working():
        eng = group("/eng")
        for person in (ann, bob):
            members.add_owner(eng, account(person), actor="root")
            members.add_owner(eng, account(person), actor="root")
        account(bob).disabled_at = clock.now()
        session().flush()
        assert reason(members.give_up(eng, account(ann))) == ("last_owner", None)
        account(bob).disabled_at = None
        session().flush()
        assert members.give_up(eng, account(ann)) is None
        assert reason(members.give_up(eng, account(bob))) == ("last_owner", None)
        assert members.remove_owner(eng, account(bob), actor="root") is True
        assert members.remove_owner(eng, account(bob), actor="root") is False
        recorded = session().scalars(
            select(AuditEvent.event).where(AuditEvent.event.like("group.owner%")).order_by(AuditEvent.id)
        )
        assert list(recorded) == ["group.owner_added"] * 2 + ["group.owner_removed"] * 2


def test_who_is_erased_belongs_to_nothing(provider: Provider, ann: Person) -> None:
    """An erased account leaves no membership and no ownership behind."""
    with provider.working():
        members.add(group("/eng"), account(ann), actor="root")
        members.add_owner(group("/eng"), account(ann), actor="root")
        erasure.remove(account(ann))
        for table in (GroupMember, GroupOwner):
            assert session().scalar(select(func.count()).select_from(table)) == 0


def test_nobody_is_put_into_a_group_that_is_gone(provider: Provider, ann: Person) -> None:
    """A group that somebody has deleted meanwhile takes neither members nor owners."""
    with provider.working():
        gone = group("/gone")
        service.remove(gone, actor="root")
        assert reason(members.add(gone, account(ann), actor="root")) == ("unknown", "group")
        assert reason(members.add_owner(gone, account(ann), actor="root")) == ("unknown", "group")
