"""The other standard claims of a person (OpenID Connect Core, section 5.1): what they may be, and how they are kept.

One table of rules serves the profile page, the command line and the documents. Everything is optional, and what is empty is not
kept. Names and picture are columns of the account; whether a telephone number is right, nobody here proves.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from idp.accounts import identity
from idp.base import clock, writing
from idp.base.outcome import Reason, Refused

LONGEST_LINE, LONGEST_STREET, LONGEST_URL = 100, 300, 2000
MOST_LINES = 5  # of a street address
ADDRESS = "address"
BIRTHDATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2}))?", re.ASCII)
PHONE = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)  # E.164
PHONE_PUNCTUATION = re.compile(r"\(0\)|[\s().\-/]")
ZONE = re.compile(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+)+|UTC", re.ASCII)
# BCP 47, section 2.1: language, script, region, variants; private and grandfathered tags are nobody's language.
LOCALE = re.compile(
    r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?((?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)", re.I | re.A
)
LEAP_YEAR = 2000  # stands for an unknown year, so that 29 February is a day

Reader = Callable[[str], str | None]


@dataclass(frozen=True)
class Rule:
    """One claim: `read` tidies a text that is not empty, or returns None for one that is refused with `reason`."""

    name: str
    reason: Reason
    read: Reader

    @property
    def field(self) -> str:
        """The name of its field in a form: that of the claim, or of the address's member."""
        return self.name.rpartition(".")[2]


def read(texts: Mapping[str, str]) -> dict[str, Any] | list[Refused]:
    """Return details as they are kept, from texts by name (`address.locality` for a member), or everything that is wrong.

    Refusals name the field; UNKNOWN is for a name that is no claim of this table.
    """
    rules = {rule.name: rule for rule in RULES}
    known = ", ".join(rules)
    refusals = [
        Refused(Reason.UNKNOWN, name, detail=f"There is no such claim. Known are: {known}.")
        for name in texts
        if name not in rules
    ]
    found: dict[str, Any] = {}
    for name, rule in rules.items():
        text = texts.get(name, "").strip()
        wrong = _find_fault(rule, text)
        value = rule.read(text) if text and wrong is None else ""
        if wrong is not None:
            refusals.append(wrong)
        elif value is None:
            refusals.append(Refused(rule.reason, rule.field))
        elif value and name == f"{ADDRESS}.{rule.field}":
            found.setdefault(ADDRESS, {})[rule.field] = value
        elif value:
            found[name] = value
    return refusals or found


def texts(details: Mapping[str, Any]) -> dict[str, str]:
    """Return kept details by the fields of a form, empty for what is not there."""
    flat = {**details, **details.get(ADDRESS, {})}
    return {rule.field: flat.get(rule.field, "") for rule in RULES}


def named_texts(details: Mapping[str, Any]) -> dict[str, str]:
    """Return kept details by the names that `read` takes, empty for what is not there."""
    kept = texts(details)
    return {rule.name: kept[rule.field] for rule in RULES}


def tell(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return details as claims: an address also has its members in one text (section 5.1.1)."""
    address = details.get(ADDRESS)
    return {**details, ADDRESS: {"formatted": _format(address), **address}} if address else dict(details)


def _format(address: Mapping[str, str]) -> str:
    place = " ".join(address[name] for name in ("postal_code", "locality") if name in address)
    lines = [address.get("street_address"), place, address.get("region"), address.get("country")]
    return "\n".join(line for line in lines if line)


def _find_fault(rule: Rule, text: str) -> Refused | None:
    """Refuse the characters of free text: those of all its lines, where it may have several."""
    if rule.read not in (_line, _lines) or len(text) > LONGEST_STREET:
        return None
    lines = text.splitlines() if rule.read is _lines else [text]
    refusals = (identity.check_characters(writing.tidy(line), rule.field) for line in lines)
    return next((refused for refused in refusals if refused is not None), None)


def _line(text: str) -> str | None:
    kept = writing.tidy(text)
    return kept if len(kept) <= LONGEST_LINE else None


def _lines(text: str) -> str | None:
    lines = [line for line in (writing.tidy(line).strip() for line in text.splitlines()) if line]
    kept = "\n".join(lines)
    return kept if len(kept) <= LONGEST_STREET and len(lines) <= MOST_LINES else None


def _page(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        is_page = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return None
    return text if is_page and len(text) <= LONGEST_URL and text.isprintable() and " " not in text else None


def _birthdate(text: str) -> str | None:
    """Return a day, a year alone, or a day with the year 0000, that of somebody who does not say it."""
    text = writing.ascii_digits(text) if len(text) <= LONGEST_LINE else ""
    found = BIRTHDATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(part or 0) for part in found.groups())
    try:
        born = date(year or LEAP_YEAR, month, day) if found[2] else date(year, 1, 1)
    except ValueError:
        return None
    return text if year == 0 or born <= clock.now().date() else None


def _zone(text: str) -> str | None:
    name = text.replace(" ", "_")
    zones = _zones()
    if not zones:  # a system without the database of time zones
        return name if ZONE.fullmatch(name) and len(name) <= LONGEST_LINE else None
    return zones.get(name.casefold())


@cache
def _zones() -> dict[str, str]:
    """Return the names of the IANA database, without those from before it had regions, by their case-folded form."""
    return {name.casefold(): name for name in available_timezones() if ZONE.fullmatch(name)}


def _locale(text: str) -> str | None:
    found = LOCALE.fullmatch(text.replace("_", "-")) if len(text) <= LONGEST_LINE else None
    if found is None:
        return None
    language, script, region, variants = found.groups()
    parts = [language.lower(), (script or "").title(), (region or "").upper(), variants.strip("-").lower()]
    return "-".join(part for part in parts if part)


def _phone(text: str) -> str | None:
    digits = PHONE_PUNCTUATION.sub("", writing.ascii_digits(text)) if len(text) <= LONGEST_LINE else ""
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    return digits if PHONE.fullmatch(digits) else None


RULES = (
    Rule("middle_name", Reason.DETAIL_TOO_LONG, _line),
    Rule("nickname", Reason.DETAIL_TOO_LONG, _line),
    Rule("profile", Reason.PAGE_INVALID, _page),
    Rule("website", Reason.PAGE_INVALID, _page),
    Rule("gender", Reason.DETAIL_TOO_LONG, _line),
    Rule("birthdate", Reason.BIRTHDATE_INVALID, _birthdate),
    Rule("zoneinfo", Reason.ZONE_INVALID, _zone),
    Rule("locale", Reason.LOCALE_INVALID, _locale),
    Rule("phone_number", Reason.PHONE_INVALID, _phone),
    Rule("address.street_address", Reason.STREET_INVALID, _lines),
    Rule("address.postal_code", Reason.DETAIL_TOO_LONG, _line),
    Rule("address.locality", Reason.DETAIL_TOO_LONG, _line),
    Rule("address.region", Reason.DETAIL_TOO_LONG, _line),
    Rule("address.country", Reason.DETAIL_TOO_LONG, _line),
)
