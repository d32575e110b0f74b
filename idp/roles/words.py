"""The words by which roles are found: those of name and client's identifier, each in the plain form of `base.writing`."""

from typing import Any

from idp.base import finding
from idp.base.finding import WordIndex
from idp.roles.models import Role, RoleWord


def of(role: Any) -> set[str]:
    """Return the words by which a role, or a row with its columns, is found."""
    return {*finding.split(role.name), *finding.split(role.client_id or "")}


index = WordIndex(
    key=Role.id, owner=RoleWord.role_id, value=RoleWord.word, newest=Role.id, sources=("name", "client_id"), of=of
)
