"""What the exports have in common that are one file."""

from pathlib import Path

from idp.importing.entries import Counted
from idp.importing.sources import files
from idp.importing.sources.leftovers import Leftovers


class OneFile:
    """An export that is one file: where it is, what it is called, and what of it could not come yet."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name = path, name
        self._left = Leftovers()

    def digest(self) -> bytes:
        """Return the digest of the file."""
        return files.digest(self.path)

    def uncounted(self) -> list[Counted]:
        """Return what could not come yet."""
        return self._left.counted()
