"""Secrets and pictures by reference: in the environment, or in a file of their own. A secret never stands in the configuration itself.

What a reference leads to is in no message, no answer and no log.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idp.applying.document import Mapped, Node, Place, shorten
from idp.applying.kinds import At, Flag, Schema, Text
from idp.applying.shapes import Member, Members

VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
OURS = "IDP_"
LARGEST = 64 * 1024  # bytes of a file
LONGEST = 1000  # characters of a secret
HOW = "A secret does not stand in this file. Write {env: NAME} for a variable of the environment, or {file: PATH} for a file that has it."
MEMBERS = Members(
    (
        Member("env", Text(), "The name of a variable of the environment that has the secret."),
        Member(
            "file", Text(), "A file that has the secret, and a line break at most; from the directory of this file."
        ),
        Member("optional", Flag(), "Where it is not there, the secret that the entry has already stays."),
    )
)


@dataclass(frozen=True)
class Reference:
    """Where something is found that does not stand in the file; of an optional one, nothing may be there."""

    place: Place
    variable: str | None = None
    file: str | None = None
    is_optional: bool = False

    def told(self) -> dict[str, Any]:
        """Return the reference as it stands in a file."""
        named = {"env": self.variable} if self.variable is not None else {"file": self.file}
        return named | ({"optional": True} if self.is_optional else {})


@dataclass(frozen=True)
class Secret:
    """A secret by reference."""

    def read(self, node: Node, at: At) -> Any:
        """Return the reference."""
        if not isinstance(node, Mapped):
            return at.refuse(node.place, HOW)
        filled = MEMBERS.read(node, at)
        variable, file = filled.values.get("env"), filled.values.get("file")
        if (variable is None) == (file is None):
            return at.refuse(node.place, "Name either env or file.")
        if variable is not None and (not VARIABLE.fullmatch(variable) or variable.startswith(OURS)):
            sentence = f"The name of a variable has letters, digits and underscores, and does not begin with {OURS}."
            return at.member("env").refuse(filled.places["env"], sentence)
        return Reference(node.place, variable, file, bool(filled.values.get("optional")))

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return MEMBERS.schema() | {"oneOf": [{"required": ["env"]}, {"required": ["file"]}]}


@dataclass(frozen=True)
class Picture:
    """A picture by the path of its file."""

    def read(self, node: Node, at: At) -> Any:
        """Return the reference."""
        path = Text().read(node, at)
        return Reference(node.place, file=path) if path is not None else None

    def schema(self) -> Schema:
        """Return it as JSON Schema has it."""
        return {"type": "string"}


@dataclass(frozen=True)
class Sources:
    """Where references lead from: the environment, and the directory of the file; without a directory no file is read, wherever it is."""

    environment: Mapping[str, str]
    directory: Path | None

    def secret(self, reference: Reference, at: At) -> str | None:
        """Return a secret, None for an optional one that is not there; or note what is wrong."""
        if reference.variable is not None:
            found = self.environment.get(reference.variable)
            if not found:
                self._miss(reference, at, f"The variable {reference.variable} is not set.")
                return None
            return _check(found, reference, at)
        content = self._read(reference, at)
        if content is None:
            return None
        try:
            text = content.decode()
        except UnicodeDecodeError:
            at.refuse(reference.place, "The file with the secret is no text in UTF-8.")
            return None
        return _check(text.removesuffix("\n").removesuffix("\r"), reference, at)

    def picture(self, reference: Reference, at: At) -> bytes | None:
        """Return a picture, or note what is wrong."""
        return self._read(reference, at)

    def _read(self, reference: Reference, at: At) -> bytes | None:
        if self.directory is None:
            at.refuse(reference.place, "No file of the server is read here.")
            return None
        path = self.directory / (reference.file or "")
        try:
            with path.open("rb") as file:
                content = file.read(LARGEST + 1)
        except FileNotFoundError:
            self._miss(reference, at, f"There is no file {shorten(str(path))}.")
            return None
        except (OSError, ValueError):  # ValueError: a NUL in its name
            at.refuse(reference.place, f"The file {shorten(str(path))} cannot be read.")
            return None
        if len(content) > LARGEST:
            at.refuse(reference.place, f"The file {shorten(str(path))} is larger than {LARGEST // 1024} KiB.")
            return None
        return content

    def _miss(self, reference: Reference, at: At, sentence: str) -> None:
        if not reference.is_optional:
            at.refuse(reference.place, sentence)


def _check(secret: str, reference: Reference, at: At) -> str | None:
    if not secret or len(secret) > LONGEST or not secret.isprintable():
        sentence = f"The secret has 1 to {LONGEST} characters on one line."
        at.refuse(reference.place, f"What this refers to is no secret. {sentence}")
        return None
    return secret


def surroundings(directory: Path) -> Sources:
    """Return the environment of this process, and a directory."""
    return Sources(os.environ, directory)
