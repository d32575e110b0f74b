"""What may stand in a file, and reading it: every entry with its place, or all that is wrong at once."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from idp.applying import document, members, token_members
from idp.applying.document import Place, Trouble, Unreadable
from idp.applying.kinds import At, Kind, Many, Text
from idp.applying.references import Reference, Sources
from idp.applying.shapes import Filled, Member, Members
from idp.base import writing
from idp.groups import naming
from idp.groups.models import DEEPEST

LONGEST_NAME = 64
SCHEMA = "$schema"
SECRETS = ("client_secret", "token")  # members that refer to one; of an entry one at most


@dataclass(frozen=True)
class Section:
    """A list of entries: what each may say, and by which of its members it is known, the first compared as `fold` has it."""

    name: str
    about: str
    entry: Kind
    named_by: tuple[str, ...]
    fold: Callable[[str], str] = str

    def key_of(self, values: dict[str, Any]) -> str:
        """Return what an entry is known by; where that is two members, a space parts them, which neither of them has."""
        first, *others = self.named_by
        return " ".join([self.fold(values[first]), *(values[name] for name in others if values.get(name))])


SECTIONS = (
    Section("attributes", "What is known of people beside the standard fields.", Members(members.ATTRIBUTE), ("name",)),
    Section("groups", "Groups of people.", Members(members.GROUP), ("path",), naming.fold_path),
    Section("resources", "APIs that access tokens are for.", Members(token_members.RESOURCE), ("resource",)),
    Section(
        "authorization_details_types",
        "Types of authorization details (RFC 9396).",
        Members(token_members.DETAILS_TYPE),
        ("type",),
    ),
    Section("clients", "Applications that may ask for tokens.", Members(members.CLIENT), ("client_id",)),
    Section("scopes", "Claims that go with a scope.", Members(members.SCOPE), ("scope",)),
    Section(
        "roles",
        "Roles that applications are told of.",
        Members(members.ROLE),
        ("name", "client_id"),
        lambda text: writing.fold(text.strip()),
    ),
    Section(
        "provisioning",
        "Applications that people are brought to by SCIM.",
        Members(members.PROVISIONING),
        ("client_id",),
    ),
    Section("providers", "Upstream providers, by which people sign in here.", Members(members.PROVIDER), ("key",)),
    Section("issuers", "Other servers whose tokens count here (RFC 7523).", Members(token_members.ISSUER), ("issuer",)),
    Section("policies", "What is decided for the whole server.", members.POLICY, ("name",)),
)
ABSENT = {
    "branding": "The brand is set by settings, for the whole server; leave the member away.",
}
FILE = Members(
    (
        Member(SCHEMA, Text(), "Where this schema is, for editors; it is not read."),
        Member(
            "name", Text(), "What tells this file from others: --prune deletes what files of the same name made before."
        ),
        *(Member(section.name, Many(section.entry), section.about) for section in SECTIONS),
    ),
    ABSENT,
)


@dataclass(frozen=True)
class Entry:
    """One entry of a section, with its place, that of each member, and what its references led to."""

    section: str
    key: str
    values: dict[str, Any]
    path: str = ""
    place: Place = Place()
    places: dict[str, Place] = field(default_factory=dict)
    secret: str | None = None
    picture: bytes | None = None
    is_implied: bool = False  # a group that stands above another one, and is not described itself

    def trouble(self, member: str | None, sentence: str) -> Trouble:
        """Return what is wrong with a member, or with the whole entry."""
        known = member if member in self.places else None
        return Trouble(
            self.places.get(member or "", self.place), f"{self.path}.{known}" if known else self.path, sentence
        )


@dataclass(frozen=True)
class File:
    """What a file says: entries by section, those of a section in order. Without a name it is no file, and marks nothing as its own."""

    name: str | None
    entries: dict[str, list[Entry]]


def read(content: bytes, sources: Sources) -> tuple[File, list[Trouble]]:
    """Return what a file says, and all that is wrong with it, in the order of its lines. With troubles it says nothing."""
    nothing = File("", {})
    try:
        node, troubles = document.read(content)
    except Unreadable as error:
        return nothing, [error.trouble]
    at = At(troubles)
    filled = FILE.read(node, at)
    if not isinstance(filled, Filled):
        return nothing, sorted(set(troubles))
    name = filled.values.get("name") or ""
    if len(name) > LONGEST_NAME or not name.isprintable():
        at.member("name").refuse(filled.places["name"], f"Use up to {LONGEST_NAME} characters.")
    entries = {
        section.name: _read_section(section, filled.values.get(section.name) or [], at.member(section.name), sources)
        for section in SECTIONS
    }
    entries["groups"] = _with_those_above(entries["groups"])
    return File(name, entries), sorted(set(troubles))


def _read_section(section: Section, rows: list[Any], at: At, sources: Sources) -> list[Entry]:
    """Return the entries of a section; of two with one name the second is refused."""
    found: dict[str, Entry] = {}
    for number, row in enumerate(rows):
        here = at.item(number)
        if not isinstance(row, Filled) or not isinstance(row.values.get(section.named_by[0]), str):
            continue
        key = section.key_of(row.values)
        if key in found:
            shown = document.shorten(key)
            sentence = f"{section.name} has “{shown}” twice; the first is on line {found[key].place.line}."
            here.refuse(row.places.get(section.named_by[0], row.place), sentence)
            continue
        entry = Entry(section.name, key, row.values, here.path, row.place, row.places)
        found[key] = _resolve(entry, here, sources)
    return list(found.values())


def _resolve(entry: Entry, at: At, sources: Sources) -> Entry:
    """Return an entry with what its references lead to."""
    member = next((name for name in SECRETS if name in entry.values), SECRETS[0])
    secret, picture = entry.values.get(member), entry.values.get("icon_file")
    return replace(
        entry,
        secret=sources.secret(secret, at.member(member)) if isinstance(secret, Reference) else None,
        picture=sources.picture(picture, at.member("icon_file")) if isinstance(picture, Reference) else None,
    )


def _with_those_above(groups: list[Entry]) -> list[Entry]:
    """Return groups with those above them, which are made where they are not there, each before those below it."""
    found = {entry.key: entry for entry in groups}
    for entry in groups:
        parts = naming.split(entry.values["path"])
        for level in range(1, min(len(parts), DEEPEST)):
            path = "/" + "/".join(parts[:level])
            key = naming.fold_path(path)
            found.setdefault(
                key, Entry("groups", key, {"path": path}, entry.path, entry.place, entry.places, is_implied=True)
            )
    return sorted(found.values(), key=lambda entry: entry.key.count("/"))
