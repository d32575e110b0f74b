"""What groups may be called, and how a path is read: names between slashes, compared as `base.writing` folds them."""

from idp.base import writing
from idp.base.outcome import Reason, Refused
from idp.groups.models import LONGEST_DESCRIPTION, LONGEST_NAME

FAULTS = {
    writing.Fault.CONTROL: Reason.TEXT_CONTROL,
    writing.Fault.TURNING: Reason.TEXT_TURNING,
    writing.Fault.INVISIBLE: Reason.TEXT_INVISIBLE,
}


def read_name(text: str) -> str | Refused:
    """Return a group's name as it is kept. Refusals, all of `name`: GROUP_NAME and those of `writing.find_fault`."""
    name = " ".join(writing.tidy(text).split())
    if not name or "/" in name or max(len(name), len(fold(name))) > LONGEST_NAME or "/" in fold(name):
        return Refused(Reason.GROUP_NAME, "name")
    fault = writing.find_fault(name)
    return name if fault is None else Refused(FAULTS[fault], "name")


def read_description(text: str) -> str | Refused:
    """Return a description as it is kept. Refusals, all of `description`: DESCRIPTION_TOO_LONG and as for a name."""
    told = writing.tidy(text).strip()
    if len(told) > LONGEST_DESCRIPTION:
        return Refused(Reason.DESCRIPTION_TOO_LONG, "description")
    fault = writing.find_fault(told)
    return told if fault is None else Refused(FAULTS[fault], "description")


def fold(path: str) -> str:
    """Return the form in which names and paths are compared."""
    return writing.fold(path)


def split(path: str) -> list[str]:
    """Return the names of a path, the first level first; the slash before it, and one behind it, may be missing."""
    return [part.strip() for part in path.strip().strip("/").split("/")]


def fold_path(path: str) -> str:
    """Return what a path that somebody typed is found by."""
    return fold("".join(f"/{' '.join(writing.tidy(part).split())}" for part in split(path)))
