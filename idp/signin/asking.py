"""Forms that ask for attributes: the standard fields of a profile, and a field for each custom attribute, by its definition."""

from collections.abc import Iterable
from typing import Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, StringField, TelField, TextAreaField, URLField
from wtforms.fields.core import UnboundField
from wtforms.validators import DataRequired, Optional

from idp.accounts import attribute_values, lacking
from idp.accounts.models import Account
from idp.attributes.definition import CHOICE, DATE, NUMBER, TEXT, Definition
from idp.signin.forms import PREFIX, AskingForm

Form = TypeVar("Form", bound=AskingForm)
NEEDED = _l("Fill this in: it is required.")


class StandardForm(AskingForm):
    """The standard fields of a profile."""

    given_name = StringField(_l("First name"), [Optional()])
    family_name = StringField(_l("Last name"), [Optional()])
    username = StringField(
        _l("Username"),
        [Optional()],
        description=_l("Up to 20 letters, digits, dots, hyphens or underscores. You can sign in with it too."),
    )
    picture = URLField(
        _l("Address of a picture"),
        [Optional()],
        description=_l("It begins with https://. Apps load the picture from there."),
    )
    middle_name = StringField(_l("Middle name"), [Optional()])
    nickname = StringField(_l("Nickname"), [Optional()], description=_l("What friends call you."))
    birthdate = StringField(
        _l("Date of birth"),
        [Optional()],
        description=_l("As year, month and day, such as 1990-12-31. The year alone will do."),
    )
    gender = StringField(_l("Gender"), [Optional()], description=_l("In your own words."))
    website = URLField(_l("Your website"), [Optional()])
    profile = URLField(
        _l("A page about you"), [Optional()], description=_l("Such as your page at a network or at work.")
    )
    zoneinfo = StringField(_l("Time zone"), [Optional()], description=_l("Such as Europe/London."))
    locale = StringField(_l("Language"), [Optional()], description=_l("A code such as en or pt-BR."))
    phone_number = TelField(
        _l("Phone number"), [Optional()], description=_l("With the country code, such as +44 20 7946 0000.")
    )
    street_address = TextAreaField(_l("Street and house number"), [Optional()])
    postal_code = StringField(_l("Postcode"), [Optional()])
    locality = StringField(_l("Town or city"), [Optional()])
    region = StringField(_l("County, state or region"), [Optional()])
    country = StringField(_l("Country"), [Optional()])


def build(
    base: type[Form],
    definitions: Iterable[Definition],
    account: Account | None = None,
    *,
    by_administrator: bool = False,
) -> type[Form]:
    """Return a form that asks for attributes beside its own fields; a standard one that it has already becomes required there.

    `account` is whose present values may stay, also where they are not offered any more. An administrator may leave empty what the person
    will be asked for.
    """
    asked = tuple(definitions)
    members: dict[str, Any] = {"definitions": asked}
    for one in asked:
        name = lacking.field_of(one)
        is_needed = one.required and not (by_administrator and one.is_edited)
        found = _custom(one, account, is_needed) if one.is_custom else _standard(one, is_needed)
        members[f"{PREFIX}{name}" if one.is_custom else name] = found
    made: type[Form] = type(base.__name__, (base,), members)
    return made


def texts(definitions: Iterable[Definition], account: Account) -> dict[str, str]:
    """Return what somebody has in custom attributes, by the fields of a form."""
    custom = [one for one in definitions if one.is_custom]
    return {f"{PREFIX}{name}": text for name, text in attribute_values.texts(account, custom).items()}


def label_of(definition: Definition) -> str:
    """Return what people call an attribute."""
    return definition.label if definition.is_custom else str(_found(definition).args[0])


def _standard(definition: Definition, is_needed: bool) -> "UnboundField[Any]":
    found = _found(definition)
    made: UnboundField[Any] = found.field_class(found.args[0], _validators(is_needed), **found.kwargs)
    return made


def _found(definition: Definition) -> "UnboundField[Any]":
    found: UnboundField[Any] = getattr(StandardForm, lacking.field_of(definition))
    return found


def _custom(definition: Definition, account: Account | None, is_needed: bool) -> Field:
    common: dict[str, Any] = {"description": _hint(definition), "validators": _validators(is_needed)}
    if definition.kind == CHOICE:
        present = attribute_values.texts(account, [definition])[definition.name] if account is not None else ""
        choices = {"": _("Choose one")} | {choice: choice for choice in (*definition.choices, present) if choice}
        # Whether it is one of them is the service's to say, at this field.
        return SelectField(definition.label, choices=choices, validate_choice=False, **common)
    modes = {NUMBER: {"inputmode": "decimal"}, DATE: {"inputmode": "text"}}
    return StringField(definition.label, render_kw=modes.get(definition.kind), **common)


def _validators(is_needed: bool) -> list[Any]:
    return [DataRequired(NEEDED)] if is_needed else [Optional()]


def _hint(definition: Definition) -> str:
    """Return what people are told before they type: the administrator's words, and the rules."""
    bounds = definition.minimum, definition.maximum
    rules = ""
    if definition.kind == DATE:
        rules = _("As year, month and day, such as 2027-01-31.")
    if any(bounds):
        rules = f"{rules} {_between(definition.kind, *bounds)}".strip()
    return f"{definition.about} {rules}".strip()


def _between(kind: str, least: str, most: str) -> str:
    said = {"least": least, "most": most}
    if kind == TEXT:
        both, one, other = (
            _("%(least)s to %(most)s characters."), _("At least %(least)s characters."), _("At most %(most)s characters."),
        )  # fmt: skip
    else:
        both, one, other = _("From %(least)s to %(most)s."), _("%(least)s or more."), _("%(most)s or less.")
    return str(both if least and most else one if least else other) % said
