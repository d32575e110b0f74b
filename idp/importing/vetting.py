"""What comes of a person: the rules of this house, applied to what another one wrote.

A person without an address that can be one does not come; any other part that does not fit is left behind alone, and told.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from idp.accounts import details, identity
from idp.accounts.foreign_hashes import Unfit
from idp.attributes import known as attributes
from idp.attributes import values
from idp.base import clock, crypto, writing
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.base.writing import fold
from idp.factors import recovery_codes, totp
from idp.importing import known
from idp.importing.belonging import Belonging
from idp.importing.entries import Person, Seed
from idp.importing.terms import Terms

NO_EMAIL = "It has no e-mail address, and every account here has one."
DEFINE_THEM = "Where they are to come, define attributes of these names first."
APP_NAME = "Authenticator app"
SHORTEST_SEED, LONGEST_SEED = 8, 128  # bytes
SUBJECT = re.compile(r"[A-Za-z0-9._~|:@-]{1,64}")  # what is kept of those of elsewhere


@dataclass
class Arrival:
    """A person who may come: the columns of the account, its second factors, and what is left behind, by name."""

    person: Person
    key: known.Key
    columns: dict[str, Any]
    seeds: list[Seed] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    without: dict[str, str] = field(default_factory=dict)
    belonging: Belonging = field(default_factory=Belonging)


def vet(person: Person, terms: Terms) -> Arrival | str:
    """Return what comes of a person, or why nothing does."""
    email = identity.read_email(person.email) if person.email.strip() else NO_EMAIL
    if isinstance(email, Refused):
        return phrase(email)
    if email is NO_EMAIL:
        return NO_EMAIL
    without = dict(person.lost)
    seeds, codes = _read_factors(person, without)
    now = clock.now()
    username = _read_username(person.username, email, without)
    columns = {
        "sub": _read_subject(person, terms, without),
        "email": email,
        "email_verified_at": now if person.verified or terms.trusts_emails else None,
        "username": username,
        "username_folded": fold(username) if username else None,
        **_read_profile(person, without),
        "attributes": _read_attributes(person, without),
        "password_hash": _read_password(person.password, without),
        "is_admin": False,
        "token_epoch": 0,
        "created_at": min(person.created_at or terms.began_at or now, now),
        "updated_at": now,
        "disabled_at": now if person.disabled else None,
        "second_factor_since": now if seeds else None,
        "is_vouched_for": True,
    }
    key = known.key(terms.source, known.ACCOUNT, person.foreign_id, email)
    return Arrival(person, key, columns, seeds, codes, without)


def _read_username(text: str, email: str, without: dict[str, str]) -> str | None:
    username = text.strip()
    if not username or fold(username) == email:  # the address does for signing in
        return None
    if identity.USERNAME.fullmatch(username) is None:
        without["username"] = "Usernames here have 1 to 20 letters, digits, dots, hyphens or underscores."
        return None
    return username


def _read_profile(person: Person, without: dict[str, str]) -> dict[str, Any]:
    """Return names, picture and details, each of them where it may stand here."""
    found: dict[str, Any] = {"picture": None, "details": {}}
    for name, text in (("given_name", person.given_name), ("family_name", person.family_name)):
        kept = writing.tidy(text).strip()
        refused = identity.check_name(kept, name)
        found[name] = "" if refused else kept
        _note(without, name, refused)
    for name, text in person.claims.items():
        if name == "picture":
            refused = identity.check_picture(text)
            found["picture"] = None if refused else text
            _note(without, name, refused)
            continue
        read = details.read({name: text})
        if isinstance(read, list):
            _note(without, name, read[0])
        else:
            _merge(found["details"], read)
    return found


def _read_attributes(person: Person, without: dict[str, str]) -> dict[str, Any] | None:
    """Return what comes of attributes that are defined here, each by its rules."""
    by_name = {definition.name: definition for definition in attributes.custom()}
    kept: dict[str, Any] = {}
    for name, text in person.attributes.items():
        if name in by_name and text.strip():
            value = values.read(by_name[name], text)
            if isinstance(value, values.Wrong):
                without[f"attribute.{name}"] = value.sentence
            else:
                kept[name] = value
    strange = sorted(name for name, text in person.attributes.items() if name not in by_name and text.strip())
    if strange:
        without["attributes"] = f"These have no place here: {', '.join(strange)[:500]}. {DEFINE_THEM}"
    return kept or None


def _merge(kept: dict[str, Any], more: Mapping[str, Any]) -> None:
    address = {**kept.get(details.ADDRESS, {}), **more.get(details.ADDRESS, {})}
    kept.update(more)
    if address:
        kept[details.ADDRESS] = address


def _note(without: dict[str, str], name: str, refused: Refused | None) -> None:
    if refused is not None:
        without[name] = refused.detail or phrase(refused)


def _read_password(password: str | Unfit | None, without: dict[str, str]) -> str | None:
    if isinstance(password, Unfit):
        without["password"] = password.why
        return None
    return password


def _read_subject(person: Person, terms: Terms, without: dict[str, str]) -> str:
    if not terms.keeps_subjects:
        return crypto.new_identifier()
    if person.subject is not None and SUBJECT.fullmatch(person.subject):
        return person.subject
    without["sub"] = "What it is called in tokens there is not known, or no identifier here; it has a new one."
    return crypto.new_identifier()


def _read_factors(person: Person, without: dict[str, str]) -> tuple[list[Seed], list[str]]:
    """Return the authenticator apps and recovery codes that come; codes stand in for an app, and never come alone."""
    seeds: list[Seed] = []
    for seed in person.seeds:
        if not SHORTEST_SEED <= len(seed.secret) <= LONGEST_SEED or len(seeds) == totp.MOST:
            without["authenticator"] = "A secret has a length that no app uses, or there are more than ten."
            continue
        name = totp.read_name(seed.name)
        seeds.append(Seed(APP_NAME if isinstance(name, Refused) else name, seed.secret))
    codes = [code for code in person.codes if recovery_codes.is_one(code)]
    if len(codes) < len(person.codes):
        without["recovery_codes"] = "Some are no 8 to 24 letters and digits."
    if codes and not seeds:
        without["recovery_codes"] = "They stand in for an authenticator app, and none came."
        codes = []
    return seeds, codes
