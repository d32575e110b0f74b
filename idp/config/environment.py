"""Reading the environment: the names of variables, and what is said of those that are wrong."""

import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from dotenv import dotenv_values


class SettingsError(Exception):
    """A setting is unknown, malformed or weak; the message names the variable."""


def keep_secret(path: Path) -> str:
    """Return the generated secret of a file, which is made where there is none, for its owner alone.

    The file appears with everything in it: of processes that start at once the first one's secret is everybody's, and a power cut
    leaves no half of one.

    Raises:
        SettingsError: the file holds no secret.
        OSError: it can be neither read nor made.
    """
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(prefix=".secret_key-", dir=path.parent)  # with mode 600
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(draft, path)  # unlike a renaming, it overwrites nothing
        finally:
            os.unlink(draft)
    secret = path.read_text().strip()
    if len(secret) < 32:
        raise SettingsError(f"IDP_SECRET_KEY is weak: {path} holds fewer than 32 characters")
    return secret


def read_file(path: Path) -> dict[str, str | None]:
    """Return the variables of a file, none where there is no file.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        return dict(dotenv_values(path))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(reason(error, path)) from None


def reason(error: OSError | UnicodeDecodeError, path: Path) -> str:
    """Return why a file or directory could not be used, with its name."""
    if isinstance(error, UnicodeDecodeError):
        return f"{path} is no text in UTF-8"
    return f"{error.filename or path}: {error.strerror}"


def read_digit_names(environment: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the fields of variables whose name starts with a digit after the prefix."""
    return {
        f"f{name[4:].lower()}": value for name, value in environment.items() if name.startswith("IDP_42_") and value
    }


def refuse_unknown(names: Iterable[str], fields: Iterable[str]) -> None:
    """Refuse variables that no field reads.

    Raises:
        SettingsError: naming them.
    """
    known = {variable(field) for field in fields}
    unknown = sorted(name for name in names if name.startswith("IDP_") and name not in known)
    if unknown:
        raise SettingsError(f"unknown setting: {', '.join(unknown)}")


def read_by(fields: Iterable[str], names: set[str]) -> list[tuple[str, str]]:
    """Return those of the variables that a field reads, each with its field."""
    return [(variable(field), field) for field in fields if variable(field) in names]


def variable(field: str) -> str:
    """Return the name of the variable that a field reads."""
    return f"IDP_{field.upper()}".replace("IDP_F42_", "IDP_42_")


def describe(problem: Any) -> str:
    """Return what is wrong with a variable, by its name."""
    message = str(problem["msg"]).removeprefix("Value error, ")
    location = ".".join(str(part) for part in problem["loc"])
    if not location:
        return message
    return f"{variable(location)}: {message}"
