"""What of an export could not come yet: groups, roles and who has them. They are counted here, and here alone they would be brought.

A source hands over whatever it meets (`groups`, `roles`, `memberships`), in any order.
"""

from collections import Counter

from idp.importing.entries import Counted


class Leftovers:
    """The counts of one reading of an export."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def groups(self, number: int = 1) -> None:
        """Note groups, nested ones as well."""
        self._counts["groups"] += number

    def roles(self, number: int = 1) -> None:
        """Note roles, of the whole server or of one client, and flags that give the rights of one."""
        self._counts["roles"] += number

    def memberships(self, *, groups: int = 0, roles: int = 0) -> None:
        """Note in how many groups a person is, and how many roles the person has."""
        self._counts["group memberships"] += groups
        self._counts["role assignments"] += roles

    def other(self, kind: str, number: int = 1) -> None:
        """Note what else has no place here."""
        self._counts[kind] += number

    def counted(self) -> list[Counted]:
        """Return what there was."""
        return [Counted(kind, count) for kind, count in sorted(self._counts.items()) if count]
