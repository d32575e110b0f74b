"""What an attribute is, which there may be, and what may stand in one: pure, so that pages, commands and files judge alike."""

import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from flask_babel import gettext as _

from idp.attributes import values
from idp.base import writing
from idp.base.outcome import Reason, Refused

TEXT, NUMBER, CHOICE, DATE, STANDARD_FIELD = KINDS = ("text", "number", "choice", "date", "standard")
PERSON, ADMINISTRATORS = WHO = ("person", "administrators")
LONGEST_LABEL, LONGEST_ABOUT, LONGEST_CHOICE = 100, 300, 100
MOST, MOST_CHOICES, FURTHEST = 50, 100, 1000
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
# The fields of a profile that can be required: columns of the account, and the claims of `accounts.details`.
STANDARD = (
    "given_name", "family_name", "username", "picture", "middle_name", "nickname", "profile", "website", "gender", "birthdate",
    "zoneinfo", "locale", "phone_number", "address.street_address", "address.postal_code", "address.locality", "address.region",
    "address.country",
)  # fmt: skip
# What means something of an account already, so that nobody takes a custom one for it.
TAKEN = frozenset({
    *(name.rpartition(".")[2] for name in STANDARD), "sub", "id", "email", "email_verified", "phone_number_verified", "name",
    "password", "address", "groups", "roles",
})  # fmt: skip
BOUNDED = (TEXT, NUMBER, DATE)

Problem = tuple[str, str]  # a member, and a sentence


@dataclass(frozen=True)
class Definition:
    """One attribute: `minimum` and `maximum` bound a number, a day, or how many characters a text has; empty for no bound.

    Of a standard field only `required`, `at_sign_up` and `position` say something.
    """

    name: str
    kind: str = TEXT
    label: str = ""
    about: str = ""
    choices: tuple[str, ...] = ()
    minimum: str = ""
    maximum: str = ""
    required: bool = False
    seen_by: str = PERSON
    edited_by: str = PERSON
    at_sign_up: bool = False
    position: int = 0

    @property
    def is_custom(self) -> bool:
        """Whether its values are kept as attributes, and not as a field of the profile."""
        return self.kind != STANDARD_FIELD

    @property
    def is_seen(self) -> bool:
        """Whether the person sees it."""
        return self.seen_by == PERSON

    @property
    def is_edited(self) -> bool:
        """Whether the person edits it."""
        return self.edited_by == PERSON

    @property
    def is_asked(self) -> bool:
        """Whether whoever signs up is asked for it: people are not let in without what they would be asked for next."""
        return self.is_edited and (self.required or self.at_sign_up)

    @property
    def is_demanded(self) -> bool:
        """Whether a person who lacks it is asked for it."""
        return self.is_edited and self.required


MEMBERS = tuple(field.name for field in fields(Definition))
CHANGEABLE = tuple(name for name in MEMBERS if name not in ("name", "kind"))


def of(row: Any) -> Definition:
    """Return the definition of a row."""
    return Definition(**{name: getattr(row, name) for name in MEMBERS} | {"choices": tuple(row.choices)})


def tidy(definition: Definition) -> Definition:
    """Return a definition as it is kept; of a standard field without what says nothing of one."""
    if not definition.is_custom:
        return Definition(
            definition.name,
            STANDARD_FIELD,
            required=definition.required,
            at_sign_up=definition.at_sign_up,
            position=definition.position,
        )
    choices = tuple(text for text in (writing.tidy(choice).strip() for choice in definition.choices) if text)
    return replace(
        definition,
        label=writing.tidy(definition.label).strip() or definition.name,
        about=writing.tidy(definition.about).strip(),
        choices=choices,
        minimum=definition.minimum.strip(),
        maximum=definition.maximum.strip(),
    )


def tell(definition: Definition) -> dict[str, Any]:
    """Return the members of a definition, as JSON and the audit log have them."""
    return asdict(definition) | {"choices": list(definition.choices)}


def check(definition: Definition) -> list[Refused]:
    """Return everything that is wrong with a definition by itself: POLICY_INVALID, with the member and a sentence."""
    problems = [problem for rule in CHECKS for problem in rule(definition)]
    return [refuse(member, sentence) for member, sentence in problems]


def refuse(member: str, sentence: str) -> Refused:
    """Return the refusal of a member."""
    return Refused(Reason.POLICY_INVALID, member, detail=sentence)


def _check_name(definition: Definition) -> Iterable[Problem]:
    if definition.kind not in KINDS:
        yield "kind", _("Use one of: %(words)s.", words=", ".join(KINDS))
    elif not definition.is_custom:
        if definition.name not in STANDARD:
            yield "name", _("Use one of: %(words)s.", words=", ".join(STANDARD))
    elif definition.name in TAKEN:
        yield "name", _("This name has a meaning already. Use another.")
    elif not NAME.fullmatch(definition.name):
        yield "name", _("Begin with a small letter, then small letters, digits and _ only, at most 64 characters.")


def _check_words(definition: Definition) -> Iterable[Problem]:
    for member, most in (("label", LONGEST_LABEL), ("about", LONGEST_ABOUT)):
        text = getattr(definition, member)
        if len(text) > most:
            yield member, _("Use at most %(most)s characters.", most=most)
        elif writing.find_fault(text) is not None:
            yield member, _("This has a character that cannot be used.")


def _check_choices(definition: Definition) -> Iterable[Problem]:
    choices = definition.choices
    if definition.kind != CHOICE:
        if choices:
            yield "choices", _("Only an attribute of the kind choice has choices.")
        return
    if not choices:
        yield "choices", _("Name at least one choice.")
    if len(choices) > MOST_CHOICES:
        yield "choices", _("Name at most %(most)s choices.", most=MOST_CHOICES)
    if len({writing.fold(choice) for choice in choices}) < len(choices):
        yield "choices", _("A choice is there twice.")
    if any(len(choice) > LONGEST_CHOICE for choice in choices):
        yield "choices", _("Use at most %(most)s characters.", most=LONGEST_CHOICE)
    if any(writing.find_fault(choice) is not None for choice in choices):
        yield "choices", _("This has a character that cannot be used.")


def _check_bounds(definition: Definition) -> Iterable[Problem]:
    bounds: dict[str, Any] = {}
    for member in ("minimum", "maximum"):
        text = getattr(definition, member)
        if not text:
            continue
        if definition.kind not in BOUNDED:
            yield member, _("Only a text, a number and a date have bounds.")
            continue
        bound = values.read_bound(definition.kind, text)
        if bound is None:
            yield member, values.say_bound(definition.kind)
        else:
            bounds[member] = bound
    if len(bounds) == 2 and bounds["minimum"] > bounds["maximum"]:
        yield "maximum", _("The largest is below the smallest.")


def _check_rules(definition: Definition) -> Iterable[Problem]:
    for member in ("seen_by", "edited_by"):
        if getattr(definition, member) not in WHO:
            yield member, _("Use one of: %(words)s.", words=", ".join(WHO))
    if definition.is_edited and definition.seen_by == ADMINISTRATORS:
        yield "edited_by", _("Nobody edits what they do not see.")
    if definition.at_sign_up and not definition.is_edited:
        yield "at_sign_up", _("Only what the person edits is asked for at sign-up.")
    if not -FURTHEST <= definition.position <= FURTHEST:
        yield "position", _("Enter a whole number from -1000 to 1000.")


CHECKS: tuple[Callable[[Definition], Iterable[Problem]], ...] = (
    _check_name,
    _check_words,
    _check_choices,
    _check_bounds,
    _check_rules,
)
