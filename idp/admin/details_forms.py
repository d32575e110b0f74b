"""The form of a type of authorization details. It only reads what was typed; the rules are in `details.definition`."""

import json
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.details.definition import Definition
from idp.keys.parsing import read_object
from idp.signin.forms import EntranceForm


class DetailsForm(EntranceForm):
    """One type."""

    seen = HiddenField()
    type = StringField(
        _l("Type"),
        description=_l("As apps name it, such as payment_initiation or https://bank.example/payment. It stays."),
    )
    title = StringField(_l("Title"), [Optional()], description=_l("What people read above. Left empty: the type."))
    words = StringField(
        _l("Words"),
        [Optional()],
        description=_l(
            "What people read, with members of the object in curly brackets. For example:"
            " {amount.value} {amount.currency} to {creditor}"
        ),
    )
    json_schema = TextAreaField(
        _l("JSON Schema"),
        description=_l("What an object has to look like. Patterns without look-around; nothing is fetched."),
    )

    def fill(self, definition: Definition) -> None:
        """Show a type."""
        for name, value in values_of(definition).items():
            self[name].data = value
        self.type.data = definition.type

    def definition(self, name: str | None = None) -> Definition:
        """Return what the form asks for; of what is no JSON object, nothing, which is refused."""
        schema = read_object(self.text("json_schema").encode()) or {}
        return Definition(name or self.text("type").strip(), self.text("title"), self.text("words"), schema)

    def show_refusals(self, refusals: list[Refused]) -> None:
        """Show at its field what is wrong with the type."""
        for refused in refusals:
            place = self._fields.get(refused.field or "")
            message = refused.detail or phrase(refused)
            if place is None:
                self.form_errors.append(message)
            else:
                place.errors = [*place.errors, message]


def values_of(definition: Definition) -> dict[str, Any]:
    """Return what of a type can be changed, by the fields of the form."""
    schema = json.dumps(definition.json_schema, indent=2, sort_keys=True, ensure_ascii=False)
    return {"title": definition.title, "words": definition.words, "json_schema": schema}
