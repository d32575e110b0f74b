"""A table of people as CSV: the one format that everything can write. The head names the columns."""

from collections.abc import Iterator
from pathlib import Path

from idp.accounts import details, foreign_hashes
from idp.attributes import known as attributes
from idp.groups import naming
from idp.groups.models import DEEPEST
from idp.importing.entries import Duty, Entry, Left, Person, RoleName, Seed, Team, Unreadable
from idp.importing.sources import files, values
from idp.importing.sources.django import NO_PERMISSION
from idp.importing.sources.one_file import OneFile
from idp.importing.sources.seeds import read_base32

CLAIMS = frozenset({"picture", *(rule.name for rule in details.RULES)})
KNOWN = {
    *(
        "id",
        "email",
        "email_verified",
        "username",
        "given_name",
        "family_name",
        "password_hash",
        "disabled",
        "created_at",
    ),
    *("totp_secret", "recovery_codes", "sub", "groups", "roles"),
    *CLAIMS,
}
ATTRIBUTE = "attribute."  # before the name of one that is defined here, as in the file that `idp user export` writes
# What Django's auth_user, and tables of other frameworks, call the same.
ALIASES = {
    "first_name": "given_name",
    "last_name": "family_name",
    "password": "password_hash",
    "date_joined": "created_at",
}
IGNORED = frozenset({"last_login", "is_staff", "is_superuser", "is_active"})


class Table(OneFile):
    """A file of CSV: a row a person, also Django's auth_user as a database writes it."""

    def entries(self) -> Iterator[Entry]:
        """Yield roles and groups, each at the first row that names it, then a person a row.

        Raises:
            Unreadable: also for a column that nobody knows, before anything is read.
        """
        yield from self._gather()
        for number, row in files.rows(self.path):
            yield _read(f"line {number}", {ALIASES.get(name, name): cell for name, cell in row.items()})

    def _gather(self) -> Iterator[Entry]:
        groups: dict[tuple[str, ...], str] = {}
        roles: dict[str, str] = {}
        for count, (number, row) in enumerate(files.rows(self.path)):
            if not count:
                _check(row, self.path)
                if not {"groups", "roles"} & row.keys():
                    return
            for path in _read_paths(row):
                for level in range(1, min(len(path), DEEPEST + 1) + 1):
                    groups.setdefault(path[:level], f"line {number}")
            for name in _read_names(row, "roles"):
                roles.setdefault(name, f"line {number}")
        for name, at in roles.items():
            yield Duty(at, name, RoleName(name))
        for path, at in groups.items():
            yield Team(at, "/".join(("", *path)), path)


def _read(at: str, row: dict[str, str]) -> Entry:
    number = values.text(row, "id") or values.text(row, "email").strip().lower()
    if not number:
        return Left(at, "account", "", "It has neither id nor email.")
    lost: dict[str, str] = {}
    flags = [name for name in ("is_staff", "is_superuser") if values.flag(row, name)]
    if flags:
        lost["permissions"] = NO_PERMISSION.format(" and ".join(flags))
    hashed, seed_text = values.text(row, "password_hash").strip(), values.text(row, "totp_secret")
    seed = read_base32(seed_text) if seed_text else None
    if seed_text and seed is None:
        lost["authenticator"] = "totp_secret is no Base32."
    return Person(
        at=at,
        foreign_id=number,
        email=values.text(row, "email"),
        verified=values.flag(row, "email_verified"),
        username=values.text(row, "username"),
        given_name=values.text(row, "given_name"),
        family_name=values.text(row, "family_name"),
        claims={name: row[name] for name in row if name in CLAIMS and row[name].strip()},
        attributes={name.removeprefix(ATTRIBUTE): row[name] for name in row if name.startswith(ATTRIBUTE)},
        password=foreign_hashes.read(hashed) if hashed and not hashed.startswith("!") else None,
        disabled=values.flag(row, "disabled") or not values.flag(row, "is_active", True),
        created_at=values.instant(row.get("created_at")),
        seeds=(Seed("", seed),) if seed is not None else (),
        codes=tuple(values.text(row, "recovery_codes").split()),
        groups=tuple(_read_paths(row)),
        roles=tuple(RoleName(name) for name in _read_names(row, "roles")),
        lost=lost,
        subject=values.text(row, "sub") or None,
    )


def _check(row: dict[str, str], path: Path) -> None:
    own = [f"{ATTRIBUTE}{definition.name}" for definition in attributes.custom()]
    strange = sorted(name for name in row if ALIASES.get(name, name) not in KNOWN | IGNORED | set(own))
    if strange:
        known = ", ".join([*sorted(KNOWN), *own])
        raise Unreadable(f"{path.name} has columns that are not known: {', '.join(strange)[:300]}. Known are: {known}")
    if "email" not in row:
        raise Unreadable(f"{path.name} has no column email")


def _read_names(row: dict[str, str], column: str) -> list[str]:
    """Return the names of a cell, parted by commas or semicolons."""
    parts = (part.strip() for part in values.text(row, column).replace(";", ",").split(","))
    return list(dict.fromkeys(part for part in parts if part))


def _read_paths(row: dict[str, str]) -> list[tuple[str, ...]]:
    """Return the paths of groups in a row, such as /eng/backend; a name alone is of the first level."""
    return [tuple(naming.split(told)) for told in _read_names(row, "groups")]
