"""What of an export has no place here, and is only counted."""

from collections import Counter

from idp.importing.entries import Counted


class Leftovers:
    """The counts of one reading of an export."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def note(self, kind: str, number: int = 1) -> None:
        """Note what there is, by a word for it in the plural."""
        self._counts[kind] += number

    def counted(self) -> list[Counted]:
        """Return what there was."""
        return [Counted(kind, count) for kind, count in sorted(self._counts.items()) if count]
