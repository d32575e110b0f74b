"""Making, renaming, moving and deleting groups, on both databases."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from idp.audit import AuditEvent
from idp.base.database import commit, session
from idp.groups import lookup, service
from idp.groups.models import DEEPEST, Group, GroupAncestor, GroupWord
from tests.groups.making import group, reason


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def paths(term: str = "") -> list[str]:
    """Return the paths of the groups that a search finds."""
    return [found.path for found in lookup.search(term, 100).rows()]


def pairs() -> set[tuple[str, str, int]]:
    """Return the tree as it is kept: who lies below whom, and how deep."""
    names = {row.id: row.path for row in session().execute(select(Group.id, Group.path))}
    return {
        (names[row.group_id], names[row.ancestor_id], row.distance) for row in session().scalars(select(GroupAncestor))
    }


def change(path: str, *, name: str | None = None, parent: str | None = None) -> object:
    """Move or rename a group."""
    found = group(path)
    above = group(parent) if parent is not None else None
    return service.change(found, name=name or found.name, description="", parent=above, actor="root")


def events(name: str) -> list[AuditEvent]:
    """Return what the audit log has of an event."""
    return list(session().scalars(select(AuditEvent).where(AuditEvent.event == name).order_by(AuditEvent.id)))


def test_groups_lie_in_one_another() -> None:
    """A path names the groups above, which are made with it; the list has each behind the one above it."""
    group("/eng/backend/api")
    group("/Design")
    assert paths() == ["/Design", "/eng", "/eng/backend", "/eng/backend/api"]
    assert ("/eng/backend/api", "/eng", 2) in pairs()
    assert [child.path for child in session().scalars(lookup.children(group("/eng").id))] == ["/eng/backend"]
    assert events("group.created")[0].detail == {"group": "/eng"}


@pytest.mark.parametrize(
    ("name", "why"),
    [("", "group_name"), ("  ", "group_name"), ("a/b", "group_name"), ("a" * 65, "group_name"), ("ﷺ" * 10, "group_name"),
     ("a\nb\0", "text_control"), ("a\u202eb", "text_turning"), ("\u2800", "text_invisible")],
)  # fmt: skip
def test_bad_names(name: str, why: str) -> None:
    """A name that cannot stand in a path, or not be seen, is refused at `name`, and nothing is made."""
    assert reason(service.create(name, actor="root")) == (why, "name")
    assert paths() == []


def test_names_are_unique_beside_one_another() -> None:
    """Beside one another names differ in more than case, accents of width and spaces; elsewhere the same name is another group's."""
    group("/eng/backend")
    assert reason(service.create("ＥＮＧ", actor="root")) == ("group_taken", "name")
    assert reason(service.create("Backend ", parent=group("/eng"), actor="root")) == ("group_taken", "name")
    assert isinstance(service.create("Backend", actor="root"), Group)
    assert lookup.find_by_path(" ENG/BackEnd/ ") == group("/eng/backend")
    assert reason(service.create("x", description="d" * 301, actor="root")) == ("description_too_long", "description")


def test_renaming_takes_what_is_below_along() -> None:
    """A renamed group has another path, and so has each below it, also in the search; its name may merely change its case."""
    group("/eng/backend/api")
    renamed = change("/eng", name="Engineering")
    assert isinstance(renamed, Group)
    assert paths() == ["/Engineering", "/Engineering/backend", "/Engineering/backend/api"]
    assert paths("engineering api") == ["/Engineering/backend/api"]
    assert paths("eng backend") == ["/Engineering/backend", "/Engineering/backend/api"]
    assert isinstance(change("/engineering", name="ENGINEERING"), Group)
    (first, last) = events("group.moved")
    assert (first.actor, first.changes) == ("root", {"path": ["/eng", "/Engineering"]})
    assert last.changes == {"path": ["/Engineering", "/ENGINEERING"]}


def test_moving() -> None:
    """A moved group takes along what is below it, and leaves those that it was below."""
    group("/eng/backend/api")
    group("/ops/north")
    assert isinstance(change("/eng/backend", parent="/ops/north"), Group)
    assert paths() == ["/eng", "/ops", "/ops/north", "/ops/north/backend", "/ops/north/backend/api"]
    assert {above for below, above, _far in pairs() if below.endswith("/api")} == {
        "/ops", "/ops/north", "/ops/north/backend", "/ops/north/backend/api",
    }  # fmt: skip
    assert isinstance(change("/ops/north/backend"), Group)
    assert "/backend/api" in paths()
    assert group("/backend/api").depth == 2
    assert ("/backend/api", "/ops", 3) not in pairs()


def test_no_group_lies_below_itself() -> None:
    """A group cannot be moved into itself or below itself, nor where its name is taken."""
    group("/eng/backend/api")
    for parent in ("/eng", "/eng/backend", "/eng/backend/api"):
        assert reason(change("/eng", parent=parent)) == ("group_cycle", "parent")
    group("/ops/eng")
    assert reason(change("/eng", parent="/ops")) == ("group_taken", "name")


def test_depth_is_bounded() -> None:
    """Eight levels there are, whether groups are made or moved to be deeper."""
    deepest = "/" + "/".join(str(number) for number in range(DEEPEST))
    assert reason(service.create("one more", parent=group(deepest), actor="root")) == ("group_depth", "parent")
    group("/a/b")
    seventh = deepest.rpartition("/")[0]
    assert reason(change("/a", parent=seventh)) == ("group_depth", "parent")
    assert isinstance(change("/a/b", parent=seventh), Group)


def test_deleting_takes_everything_below_along() -> None:
    """A deleted group is gone with those below it, their words and places; of two who delete it, the second is told."""
    doomed = group("/eng")
    group("/eng/backend/api")
    group("/ops")
    assert service.hanging_on(doomed).groups == 2
    assert service.remove(doomed, actor="root") is True
    assert paths() == ["/ops"]
    assert pairs() == {("/ops", "/ops", 0)}
    assert {row.word for row in session().scalars(select(GroupWord))} == {"ops"}
    assert service.remove(doomed, actor="root") is False
    assert events("group.deleted")[0].detail == {"group": "/eng", "groups_below": 2, "members": 0}
    commit()
    assert isinstance(service.create("eng", actor="root"), Group)


def test_what_is_gone_is_named() -> None:
    """A parent or a group that somebody else has deleted meanwhile is refused by its member."""
    gone, other = group("/gone"), group("/other")
    service.remove(gone, actor="root")
    assert reason(service.create("child", parent=gone, actor="root")) == ("unknown", "parent")
    assert reason(service.change(other, name="other", description="", parent=gone, actor="root")) == (
        "unknown",
        "parent",
    )
    assert reason(service.change(gone, name="gone", description="", parent=None, actor="root")) == ("unknown", None)
