"""The words by which groups are found: those of the whole path, each in the plain form of `base.writing`."""

from typing import Any

from sqlalchemy import delete, select

from idp.base import finding
from idp.base.database import connection
from idp.base.finding import WordIndex
from idp.groups.models import Group, GroupAncestor, GroupWord


def of(group: Any) -> set[str]:
    """Return the words by which a group, or a row with its columns, is found."""
    return set(finding.split(group.path))


index = WordIndex(
    key=Group.id, owner=GroupWord.group_id, value=GroupWord.word, newest=Group.id, sources=("path",), of=of
)


def write_below(group_id: int) -> None:
    """Write the words of a group that was moved anew, and of every group below it; whoever asks is alone with the tree."""
    below = select(GroupAncestor.group_id).where(GroupAncestor.ancestor_id == group_id)
    connection().execute(delete(GroupWord).where(GroupWord.group_id.in_(below)))
    groups = connection().execute(select(Group.id, Group.path).where(Group.id.in_(below))).all()
    index.write_new((row.id, {"path": row.path}) for row in groups)
