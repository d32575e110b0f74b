"""What tests of imports begin with: an export brought as the command brings it, without a process of its own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from idp.importing import running
from idp.importing.entries import Source
from idp.importing.models import ImportRun
from idp.importing.running import Done
from idp.importing.terms import Terms

EXPORTS = Path(__file__).parent / "exports"
PASSWORD = "Tr0ub4dor & 3 – Ünïcøde"  # noqa: S105 - of everybody in the exports


@dataclass
class Brought:
    """The lines of a report, as operators read them, and the end of the run."""

    done: Done = field(default_factory=Done)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def of(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the lines of a kind by the identifier of the entry."""
        return {line["id"]: line for line in self.lines if line["kind"] == kind}

    def people(self) -> dict[str, dict[str, Any]]:
        """Return the lines of accounts by the part of the address before the host."""
        return {line["email"].partition("@")[0]: line for line in self.lines if line.get("email")}


def bring(
    source: Source,
    *,
    dry_run: bool = False,
    continued: ImportRun | None = None,
    into: Brought | None = None,
    **terms: bool,
) -> Brought:
    """Bring an export, and return what became of it; `into` is what a run that stops has told until then."""
    brought = into or Brought()
    brought.done = running.bring(
        source,
        Terms(source.name, **terms),
        tell=lambda line: brought.lines.append(line.told()),
        progress=lambda _entries: None,
        dry_run=dry_run,
        continued=continued,
    )
    return brought
