"""What a resource is, and which there may be: pure, so that pages, commands and files judge alike."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _

from idp import keys
from idp.base import writing
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.clients.metadata import RESERVED_SCOPES, SCOPES, STANDING_SCOPES
from idp.clients.metadata.members import ADMIN_READ_SCOPE, ADMIN_SCOPE, PROVISIONING_SCOPE, VOUCHING_SCOPE
from idp.clients.metadata.rules import SCOPE_TOKEN
from idp.lifetimes import LIFETIMES

JWT, OPAQUE = FORMATS = ("jwt", "opaque")
SHORTEST_LIFE, LONGEST_LIFE = 60, 86400  # seconds
USUAL_LIFE = int(LIFETIMES.access_token.total_seconds())
LONGEST_IDENTIFIER, LONGEST_NAME, LONGEST_SCOPE, LONGEST_TITLE, LONGEST_ABOUT = 500, 100, 100, 100, 300
MOST, MOST_SCOPES = 200, 50
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")  # RFC 3986, section 4.3: no fragment
# What means something to this server itself, and belongs to no other API.
OWN_SCOPES = frozenset({
    *SCOPES, *STANDING_SCOPES, *RESERVED_SCOPES, PROVISIONING_SCOPE, VOUCHING_SCOPE, ADMIN_SCOPE, ADMIN_READ_SCOPE,
})  # fmt: skip
# Before what stands among the scopes that somebody has allowed, and is none.
RESERVED_BEGINNINGS = ("claim:", "resource:", "details:")

Problem = tuple[str, str]  # a member, and a sentence


@dataclass(frozen=True)
class Scope:
    """A scope of an API: its name, and what the consent page says of it."""

    scope: str
    title: str = ""
    about: str = ""


@dataclass(frozen=True)
class Definition:
    """One API. `resource` is its identifier, an absolute URI that is compared exactly (RFC 8707, section 2); it need lead nowhere.

    `access_token_life` is in seconds. `self_registration` gives its scopes to clients that register themselves, too.
    """

    resource: str
    resource_name: str = ""
    scopes: tuple[Scope, ...] = ()
    access_token_signing_alg: str = keys.ACCESS_TOKEN_ALGORITHM
    access_token_format: str = JWT
    access_token_life: int = USUAL_LIFE
    self_registration: bool = False

    @property
    def scope_names(self) -> frozenset[str]:
        """The names of its scopes."""
        return frozenset(scope.scope for scope in self.scopes)

    @property
    def is_opaque(self) -> bool:
        """Whether its tokens say nothing by themselves, and are asked about (RFC 7662)."""
        return self.access_token_format == OPAQUE

    def keep(self, scopes: Iterable[str]) -> list[str]:
        """Return those of some scopes that are its own, in their order."""
        return [scope for scope in scopes if scope in self.scope_names]


MEMBERS = tuple(field.name for field in fields(Definition))
CHANGEABLE = tuple(name for name in MEMBERS if name != "resource")


def of(row: Any) -> Definition:
    """Return the definition of a row."""
    values = {name: getattr(row, name) for name in MEMBERS}
    return Definition(**values | {"scopes": read_scopes(row.scopes)})


def read_scopes(rows: Iterable[Mapping[str, Any]]) -> tuple[Scope, ...]:
    """Return scopes as they are kept or written in a file; what a later version may keep beside them is left out."""
    return tuple(Scope(row["scope"], row.get("title") or "", row.get("about") or "") for row in rows)


def tidy(definition: Definition) -> Definition:
    """Return a definition as it is kept; a name that is left out is that of the host, a title that of the scope."""
    scopes = tuple(
        Scope(
            scope.scope.strip(),
            writing.tidy(scope.title).strip() or scope.scope.strip(),
            writing.tidy(scope.about).strip(),
        )
        for scope in definition.scopes
    )
    identifier = definition.resource.strip()
    name = writing.tidy(definition.resource_name).strip() or (host_of(identifier) or identifier)[:LONGEST_NAME]
    return replace(definition, resource=identifier, resource_name=name, scopes=scopes)


def tell(definition: Definition) -> dict[str, Any]:
    """Return the members of a definition, as JSON has them."""
    scopes = [{name: text for name, text in asdict(scope).items() if text} for scope in definition.scopes]
    return {name: getattr(definition, name) for name in MEMBERS} | {"scopes": scopes}


def read_line(line: str) -> Scope:
    """Return the scope of a line: its name, a space, what the consent page says, and behind a bar a second sentence."""
    name, _space, words = line.strip().partition(" ")
    title, _bar, about = words.partition("|")
    return Scope(name, title.strip(), about.strip())


def write_line(scope: Scope) -> str:
    """Return the line of a scope."""
    return f"{scope.scope} {scope.title}" + (f" | {scope.about}" if scope.about else "")


def host_of(identifier: str) -> str | None:
    """Return the host of an identifier, if it has one."""
    try:
        return urlsplit(identifier).hostname
    except ValueError:
        return None


def is_identifier(text: str) -> bool:
    """Return whether a text is an absolute URI without a fragment (RFC 8707, section 2)."""
    if len(text) > LONGEST_IDENTIFIER or not URI.fullmatch(text):
        return False
    return bool(host_of(text)) or not text.lower().startswith(("http:", "https:"))


def check(definition: Definition) -> list[Refused]:
    """Return everything that is wrong with a definition by itself: CLIENT_INVALID, with the member and a sentence."""
    problems = [problem for rule in CHECKS for problem in rule(definition)]
    return [refuse(member, sentence) for member, sentence in problems]


def refuse(member: str, sentence: str) -> Refused:
    """Return the refusal of a member."""
    return Refused(Reason.CLIENT_INVALID, member, detail=sentence)


def _check_identifier(definition: Definition) -> Iterable[Problem]:
    if not is_identifier(definition.resource):
        yield (
            "resource",
            _(
                "An absolute URI without a fragment is needed, such as https://api.example/, of at most %(most)s characters.",
                most=LONGEST_IDENTIFIER,
            ),
        )
    elif definition.resource.rstrip("/") == settings().issuer:
        yield "resource", _("This is the address of this server itself.")


def _check_words(definition: Definition) -> Iterable[Problem]:
    yield from _text("resource_name", definition.resource_name, LONGEST_NAME)
    for scope in definition.scopes:
        yield from _text("scopes", scope.title, LONGEST_TITLE)
        yield from _text("scopes", scope.about, LONGEST_ABOUT)


def _text(member: str, text: str, most: int) -> Iterable[Problem]:
    if len(text) > most:
        yield member, _("Use at most %(most)s characters.", most=most)
    elif text and writing.find_fault(text) is not None:
        yield member, _("This has a character that cannot be used.")


def _check_scopes(definition: Definition) -> Iterable[Problem]:
    names = [scope.scope for scope in definition.scopes]
    if not names:
        yield "scopes", _("At least one scope is needed: clients may ask for the API that are registered for one.")
    if len(names) > MOST_SCOPES:
        yield "scopes", _("At most %(most)s scopes are kept.", most=MOST_SCOPES)
    for name in names:
        if not SCOPE_TOKEN.fullmatch(name) or len(name) > LONGEST_SCOPE or name.startswith(RESERVED_BEGINNINGS):
            yield (
                "scopes",
                _("A scope has at most 100 characters, without spaces and quotes: “%(name)s”.", name=name[:40]),
            )
        elif name in OWN_SCOPES:
            yield "scopes", _("The scope %(name)s means something to this server. Use another name.", name=name)
        elif names.count(name) > 1:
            yield "scopes", _("The scope %(name)s is there twice.", name=name)


def _check_tokens(definition: Definition) -> Iterable[Problem]:
    if definition.access_token_signing_alg not in keys.offered():
        yield "access_token_signing_alg", _("Use one of: %(words)s.", words=", ".join(keys.offered()))
    if definition.access_token_format not in FORMATS:
        yield "access_token_format", _("Use one of: %(words)s.", words=", ".join(FORMATS))
    if not SHORTEST_LIFE <= definition.access_token_life <= LONGEST_LIFE:
        yield (
            "access_token_life",
            _("Use a whole number of seconds from %(least)s to %(most)s.", least=SHORTEST_LIFE, most=LONGEST_LIFE),
        )


CHECKS = (_check_identifier, _check_words, _check_scopes, _check_tokens)
