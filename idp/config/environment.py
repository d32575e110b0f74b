"""Reading the environment: the names of variables, and what is said of those that are wrong."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


class SettingsError(Exception):
    """A setting is unknown, malformed or weak; the message names the variable."""


def read_secret(path: Path) -> str:
    """Return the generated secret of a file.

    Raises:
        SettingsError: the file holds no secret.
    """
    secret = path.read_text().strip()
    if len(secret) < 32:
        raise SettingsError(f"IDP_SECRET_KEY is weak: {path} holds fewer than 32 characters")
    return secret


def read_digit_names(environment: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the fields of variables whose name starts with a digit after the prefix."""
    return {
        f"f{name[4:].lower()}": value for name, value in environment.items() if name.startswith("IDP_42_") and value
    }


def refuse_unknown(environment: Mapping[str, str | None], fields: Iterable[str]) -> None:
    """Refuse variables that no field reads.

    Raises:
        SettingsError: naming them.
    """
    known = {f"IDP_{name.upper()}".replace("IDP_F42_", "IDP_42_") for name in fields}
    unknown = sorted(name for name in environment if name.startswith("IDP_") and name not in known)
    if unknown:
        raise SettingsError(f"unknown setting: {', '.join(unknown)}")


def describe(problem: Any) -> str:
    """Return what is wrong with a variable, by its name."""
    message = str(problem["msg"]).removeprefix("Value error, ")
    location = ".".join(str(part) for part in problem["loc"])
    if not location:
        return message
    return f"{f'IDP_{location.upper()}'.replace('IDP_F42_', 'IDP_42_')}: {message}"
