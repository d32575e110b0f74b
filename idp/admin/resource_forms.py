"""The form of an API, its fields named as in `resources.definition`. It only reads what was typed; the rules are there."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from idp import keys
from idp.admin.fields import IntegerField, RadioField, SelectField
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.resources.definition import JWT, OPAQUE, USUAL_LIFE, Definition, read_line, write_line
from idp.signin.forms import EntranceForm

NO_NUMBER = _l("Enter a whole number of seconds.")


def formats() -> dict[str, str]:
    """Return what the formats of tokens are called."""
    return {
        JWT: _("JWT: the API verifies it by itself"),
        OPAQUE: _("Opaque: the API asks this server about it"),
    }


def algorithms() -> list[str]:
    """Return what this server signs with."""
    return list(keys.offered())


class ResourceForm(EntranceForm):
    """One API."""

    seen = HiddenField()
    resource = StringField(
        _l("Identifier"),
        description=_l(
            "The address of the API as apps name it, such as https://api.example/. It is compared exactly, and stays."
        ),
    )
    resource_name = StringField(
        _l("Name"), [Optional()], description=_l("What people read on the consent page. Left empty: the host.")
    )
    scopes = TextAreaField(
        _l("Scopes"),
        description=_l(
            "One a line: the scope, a space, and what the consent page says; behind a | a second sentence."
            " For example: orders.read See your orders | Which ones, and when."
        ),
    )
    access_token_format = RadioField(_l("Access tokens"), choices=formats, default=JWT)
    access_token_signing_alg = SelectField(
        _l("Signing algorithm"),
        choices=algorithms,
        default=keys.ACCESS_TOKEN_ALGORITHM,
        description=_l("Of JWTs. Some gateways verify RS256 only."),
    )
    access_token_life = IntegerField(
        _l("Seconds that one lives"),
        [InputRequired(NO_NUMBER)],
        default=USUAL_LIFE,
        wrong=NO_NUMBER,
        description=_l("60 to 86400. A JWT counts until then, whatever happens to the account."),
    )
    self_registration = BooleanField(
        _l("Clients that register themselves may ask for it"),
        description=_l("Such as AI agents. They get its scopes when they register, and people are asked."),
    )

    def fill(self, definition: Definition) -> None:
        """Show an API."""
        for name, value in values_of(definition).items():
            self[name].data = "\n".join(value) if name == "scopes" else value
        self.resource.data = definition.resource

    def definition(self, resource: str | None = None) -> Definition:
        """Return what the form asks for."""
        return Definition(
            resource or self.text("resource").strip(),
            self.text("resource_name"),
            tuple(read_line(line) for line in self.text("scopes").splitlines() if line.strip()),
            self.text("access_token_signing_alg"),
            self.text("access_token_format"),
            self.access_token_life.data or 0,
            bool(self.self_registration.data),
        )

    def show_refusals(self, refusals: list[Refused]) -> None:
        """Show at its field what is wrong with the API, each sentence once."""
        for refused in refusals:
            place = self._fields.get(refused.field or "")
            message = refused.detail or phrase(refused)
            if place is None:
                self.form_errors.append(message)
            elif message not in place.errors:
                place.errors = [*place.errors, message]


def values_of(definition: Definition) -> dict[str, Any]:
    """Return what of an API can be changed, by the fields of the form."""
    own = {
        name: getattr(definition, name)
        for name in (
            "resource_name",
            "access_token_format",
            "access_token_signing_alg",
            "access_token_life",
            "self_registration",
        )
    }
    return own | {"scopes": [write_line(scope) for scope in definition.scopes]}
