"""What a provider says of somebody, read with care: it is a stranger's text until it has passed here. Nothing here knows accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.accounts import details, identity
from idp.base import writing
from idp.federation.errors import UpstreamError

LONGEST = 255  # characters of a subject, a name or a group
MOST_GROUPS = 500
DEEPEST = 8  # members on the way to a value


@dataclass(frozen=True)
class Identity:
    """Who somebody is at a provider: an unchanging subject, what the person is called there, and the address, if it tells one.

    `groups` of none means that nobody asked for them.
    """

    subject: str
    name: str = ""
    email: str | None = None
    email_verified: bool = False
    given_name: str = ""
    family_name: str = ""
    username: str | None = None
    picture: str | None = None
    locale: str | None = None
    groups: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Endpoints:
    """Where a provider is; `metadata` is what one of OpenID Connect says of itself."""

    authorize: str
    token: str
    metadata: dict[str, Any] | None = None


def take_object(answer: Any) -> dict[str, Any]:
    """Return an answer that is an object.

    Raises:
        UpstreamError: it is none.
    """
    if not isinstance(answer, dict):
        raise UpstreamError("the answer is no object")
    return answer


def read_subject(value: Any) -> str:
    """Return what names somebody for good: a number, or a text that can be kept as it is.

    Raises:
        UpstreamError: it names nobody.
    """
    subject = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not 0 < len(subject) <= LONGEST or not subject.isprintable():
        raise UpstreamError("the answer names nobody")
    return subject


def read_text(value: Any, longest: int) -> str:
    """Return a name as it can be shown, or nothing."""
    text = writing.tidy(value.strip()[:longest]).strip() if isinstance(value, str) else ""
    return text if writing.find_fault(text) is None else ""


def read_email(value: Any) -> str | None:
    """Return the canonical form of an address, or None."""
    email = identity.read_email(value) if isinstance(value, str) else None
    return email if isinstance(email, str) else None


def find(claims: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path: a member by its whole name, which may have dots in it, or members within members."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split(".")[:DEEPEST]:
        if isinstance(found, list) and name.isascii() and name.isdigit():
            found = found[int(name)] if len(name) < 5 and int(name) < len(found) else None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


def read(claims: Mapping[str, Any], paths: Mapping[str, str]) -> Identity:
    """Return who some claims speak of; `paths` say where each field of `Identity` stands.

    Raises:
        UpstreamError: they name nobody.
    """
    told = {field: find(claims, path) for field, path in paths.items()}
    email, name = read_email(told.get("email")), read_text(told.get("name"), LONGEST)
    given, family = (read_text(told.get(field), identity.LONGEST_NAME) for field in ("given_name", "family_name"))
    if not given and not family:
        given, _, family = (part[: identity.LONGEST_NAME] for part in name.partition(" "))
    return Identity(
        subject=read_subject(told.get("subject")),
        name=read_text(told.get("username"), LONGEST) or email or name,
        email=email,
        email_verified=_is_yes(told.get("email_verified")),
        given_name=given,
        family_name=family.strip(),
        username=_username(told.get("username")),
        picture=_picture(told.get("picture")),
        locale=_locale(told.get("locale")),
        groups=_groups(told["groups"]) if "groups" in paths else None,
    )


def _is_yes(value: Any) -> bool:
    """Return whether something is true, as JSON has it or as some providers write it."""
    return isinstance(value, bool | int | str) and str(value).lower() in {"true", "1"}


def _username(value: Any) -> str | None:
    return value if isinstance(value, str) and identity.USERNAME.fullmatch(value) else None


def _picture(value: Any) -> str | None:
    return value if isinstance(value, str) and value and identity.check_picture(value) is None else None


def _locale(value: Any) -> str | None:
    found = details.read({"locale": value}) if isinstance(value, str) else {}
    return found.get("locale") if isinstance(found, dict) else None


def _groups(value: Any) -> tuple[str, ...]:
    """Return groups by name; of one that is an object, its name. What cannot be kept is left out."""
    listed = value if isinstance(value, list) else [value]
    names = (member.get("name") if isinstance(member, dict) else member for member in listed)
    good = (text for name in names if isinstance(name, str) and (text := read_text(name, LONGEST)))
    return tuple(dict.fromkeys(good))[:MOST_GROUPS]
