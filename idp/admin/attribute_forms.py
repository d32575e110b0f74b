"""The form of an attribute, its fields named as in `attributes.definition`. It only reads what was typed; the rules are there."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from idp.admin.fields import IntegerField, RadioField, SelectField
from idp.attributes.definition import (
    CHOICE,
    DATE,
    NUMBER,
    PERSON,
    STANDARD,
    STANDARD_FIELD,
    TEXT,
    Definition,
)
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.signin import asking
from idp.signin.forms import EntranceForm

NO_NUMBER = _l("Enter a whole number from -1000 to 1000.")


def kinds() -> dict[str, str]:
    """Return what the kinds are called."""
    return {
        TEXT: _("Text"),
        NUMBER: _("Number"),
        CHOICE: _("Choice"),
        DATE: _("Date"),
        STANDARD_FIELD: _("Field of the profile"),
    }


def who() -> dict[str, str]:
    """Return who may be let to see and to edit."""
    return {"person": _("The person, and administrators"), "administrators": _("Administrators only")}


def standard() -> dict[str, str]:
    """Return the standard fields by their labels."""
    return {name: asking.label_of(Definition(name, STANDARD_FIELD)) for name in STANDARD}


class AttributeForm(EntranceForm):
    """One attribute; those fields are looked at that its kind has."""

    seen = HiddenField()
    name = StringField(
        _l("Name"),
        description=_l("Small letters, digits and _. Files, commands and claims know it by this name, and it stays."),
    )
    field = SelectField(_l("Field"), choices=standard, default="given_name")
    label = StringField(_l("Label"), description=_l("What people read above the field."))
    about = StringField(_l("Help"), [Optional()], description=_l("What people are told beside the field."))
    choices = TextAreaField(
        _l("Choices"), description=_l("One a line, in their order. They are kept and told as written.")
    )
    minimum = StringField(_l("Smallest"), [Optional()])
    maximum = StringField(_l("Largest"), [Optional()])
    required = BooleanField(
        _l("Required"),
        description=_l(
            "Whoever edits it must fill it in. A person who lacks it is asked at the next page, and before an app is opened."
        ),
    )
    at_sign_up = BooleanField(
        _l("Ask at sign-up"), description=_l("What is required of the person is asked for there anyway.")
    )
    seen_by = RadioField(_l("Who sees it"), choices=who, default=PERSON)
    edited_by = RadioField(_l("Who edits it"), choices=who, default=PERSON)
    position = IntegerField(
        _l("Place"),
        [InputRequired(NO_NUMBER)],
        default=0,
        wrong=NO_NUMBER,
        description=_l("The smallest stands first."),
    )

    def fill(self, definition: Definition) -> None:
        """Show an attribute."""
        for name, value in values_of(definition).items():
            self[name].data = "\n".join(value) if name == "choices" else value
        self.name.data = self.field.data = definition.name

    def definition(self, kind: str, name: str | None = None) -> Definition:
        """Return what the form asks for; fields that the kind does not have are not looked at."""
        common: dict[str, Any] = {"required": bool(self.required.data), "at_sign_up": bool(self.at_sign_up.data)}
        common |= {"position": self.position.data or 0}
        if kind == STANDARD_FIELD:
            return Definition(name or self.text("field"), kind, **common)
        choices = tuple(line.strip() for line in self.text("choices").splitlines() if line.strip())
        return Definition(
            name or self.text("name").strip(),
            kind,
            label=self.text("label"),
            about=self.text("about"),
            choices=choices if kind == CHOICE else (),
            minimum=self.text("minimum") if kind != CHOICE else "",
            maximum=self.text("maximum") if kind != CHOICE else "",
            seen_by=self.text("seen_by"),
            edited_by=self.text("edited_by"),
            **common,
        )

    def show_refusals(self, refusals: list[Refused], kind: str) -> None:
        """Show at its field what is wrong with the attribute."""
        for refused in refusals:
            name = "field" if (refused.field, kind) == ("name", STANDARD_FIELD) else refused.field or ""
            place = self._fields.get(name)
            message = refused.detail or phrase(refused)
            if place is None:
                self.form_errors.append(message)
            else:
                place.errors = [*place.errors, message]


def values_of(definition: Definition) -> dict[str, Any]:
    """Return what of an attribute can be changed, by the fields of the form."""
    common = {"required": definition.required, "at_sign_up": definition.at_sign_up, "position": definition.position}
    if not definition.is_custom:
        return common
    bounds = {} if definition.kind == CHOICE else {"minimum": definition.minimum, "maximum": definition.maximum}
    choices = {"choices": list(definition.choices)} if definition.kind == CHOICE else {}
    own = {name: getattr(definition, name) for name in ("label", "about", "seen_by", "edited_by")}
    return own | choices | bounds | common
