"""How groups and roles of elsewhere are named: compared as those of this server are, and shown in reports."""

from idp.base import writing
from idp.groups import naming
from idp.importing.entries import RoleName


def fold_path(path: tuple[str, ...]) -> str | None:
    """Return what a group of this path is found by; None where a name could not be one, and might be taken for another group."""
    names = [naming.fold(" ".join(writing.tidy(name).split())) for name in path]
    if not names or any(not name or "/" in name for name in names):
        return None
    return "".join(f"/{name}" for name in names)


def show_path(path: tuple[str, ...]) -> str:
    """Return a path for a report."""
    return "".join(f"/{name}" for name in path if name)


def show_role(role: RoleName) -> str:
    """Return a role for a report, with its client."""
    return role.name if role.client_id is None else f"{role.name} ({role.client_id})"
