"""The groups of authentik as a tree, gathered before people are read. What gives rights over authentik itself never comes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from idp.importing.entries import Team
from idp.importing.sources import values
from idp.importing.sources.records import Record, read_json

GROUP = "authentik_core.group"
PARENTAGE = "authentik_core.groupparentagenode"  # where a group may lie below several, since 2025.12
NO_PLACE = "They have no place here."
NO_PERMISSION = "Whoever administers authentik by it administers nothing here."
NO_TREE = "The group above it is not in the export, or lies below it; it stands at the first level."
MANY_ABOVE = "It lies below several groups there, and here below the first of them."


@dataclass
class _Group:
    at: str
    name: str
    parents: list[str]
    lost: dict[str, str] = field(default_factory=dict)


class Groups:
    """The groups that were gathered, by their keys."""

    def __init__(self) -> None:
        self._groups: dict[str, _Group] = {}
        self._parents: dict[str, list[str]] = {}

    def gather(self, record: Record) -> None:
        """Take up a record that is a group, says which lies below which, or has groups beside a user, as the API tells them."""
        if record.model == GROUP:
            self._add(record.at, record.pk, record.fields)
        elif record.model == PARENTAGE:
            child, parent = values.text(record.fields, "child"), values.text(record.fields, "parent")
            self._parents.setdefault(child, []).append(parent)
        else:
            for group in values.objects(record.fields, "groups_obj"):
                if values.text(group, "pk") not in self._groups:
                    self._add(record.at, values.text(group, "pk"), group)

    def teams(self) -> Iterator[Team]:
        """Yield the groups, those of the first level first."""
        found = [(self.path(pk), pk, group) for pk, group in self._groups.items()]
        for path, pk, group in sorted(found, key=lambda one: len(one[0])):
            lost, above = dict(group.lost), self._above(pk)
            if above and len(path) == 1:
                lost["parent"] = NO_TREE
            elif len(above) > 1:
                lost["parent"] = MANY_ABOVE
            yield Team(group.at, pk, path, lost=lost)

    def path(self, pk: str) -> tuple[str, ...]:
        """Return the names of a group's path; of one that is not in the export what is none."""
        if pk not in self._groups:
            return ("", pk)
        names: list[str] = []
        passed: dict[str, None] = {}
        here: str | None = pk
        while here in self._groups:
            if here in passed:  # a circle, in which each stands for itself
                return (self._groups[pk].name,)
            passed[here] = None
            names.insert(0, self._groups[here].name)
            here = next(iter(self._above(here)), None)
        return tuple(names)

    def _above(self, pk: str) -> list[str]:
        return self._groups[pk].parents or self._parents.get(pk, [])

    def _add(self, at: str, pk: str, fields: Any) -> None:
        one = values.text(fields, "parent")
        lost = {"attributes": NO_PLACE} if read_json(fields.get("attributes")) else {}
        if values.flag(fields, "is_superuser") or fields.get("roles"):
            lost["permissions"] = NO_PERMISSION
        parents = [one] if one else values.texts(fields, "parents")
        self._groups[pk] = _Group(at, values.text(fields, "name"), parents, lost)
