"""The forms of the entrance pages. They check only what a field needs to be read; rules live in the services."""

from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, Field, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Optional

from idp.accounts import lacking
from idp.accounts.service import Profile
from idp.attributes.definition import Definition
from idp.base.outcome import Refused
from idp.base.phrases import phrase

PREFIX = "attribute_"  # of the fields of custom attributes, whose names are anybody's choice


class EntranceForm(FlaskForm):
    """A form that shows refusals of services beside the fields they concern."""

    def validate(self, *args: Any, **values: Any) -> bool:
        """Check the fields; a NUL, which no database column takes, is wrong in any of them."""
        passed = bool(super().validate(*args, **values))
        for field in self:
            if isinstance(field.data, str) and "\0" in field.data:
                field.errors = [*field.errors, _("This has a character that cannot be used.")]
                field.data = ""
                passed = False
        return passed

    def text(self, name: str) -> str:
        """Return what was typed into a field, empty for nothing."""
        return self[name].data or ""

    def refuse(self, *refusals: Refused, field: str | None = None) -> None:
        """Show each refusal at its field, at `field`, or above the form."""
        for refused in refusals:
            place: Field | None = self._fields.get(refused.field or field or "")
            if place is None:
                self.form_errors.append(phrase(refused))
            else:
                place.errors = [*place.errors, phrase(refused)]


class SignInForm(EntranceForm):
    """Name and password."""

    username = StringField(
        _l("E-mail address or username"), [InputRequired(_l("Enter your e-mail address or username."))]
    )
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class PasswordAgainForm(EntranceForm):
    """The password once more, of somebody who is signed in; another name is another account's."""

    username = StringField(_l("E-mail address or username"))
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password."))])


class AskingForm(EntranceForm):
    """A form that may ask for attributes, as `asking.build` makes it: those of `definitions`, each custom one under its prefixed name."""

    definitions: tuple[Definition, ...] = ()
    STANDING: tuple[str, ...] = ()  # the fields that it has anyway

    def attributes(self) -> dict[str, str]:
        """Return what was typed of custom attributes, by their names."""
        return {one.name: self.text(f"{PREFIX}{one.name}") for one in self.definitions if one.is_custom}

    def claims(self) -> dict[str, str]:
        """Return what was typed of standard claims that the profile itself has no place for, by their names."""
        standard = [one for one in self.definitions if not one.is_custom and one.name not in lacking.OF_ACCOUNT]
        return {one.name: self.text(lacking.field_of(one)) for one in standard}

    def asked(self) -> list[Field]:
        """Return the fields that are asked for beside those that the form has anyway, in the order of the attributes."""
        names = [f"{PREFIX if one.is_custom else ''}{lacking.field_of(one)}" for one in self.definitions]
        return [self[name] for name in names if name not in self.STANDING]

    def refuse(self, *refusals: Refused, field: str | None = None) -> None:
        """Show each refusal at its field; that of a custom attribute is called by its name alone."""
        for refused in refusals:
            name = f"{PREFIX}{refused.field}"
            super().refuse(replace(refused, field=name) if name in self._fields else refused, field=field)


class NewcomerForm(AskingForm):
    """A form that makes an account, with the fields `given_name`, `family_name` and `username`."""

    STANDING = ("given_name", "family_name", "username")

    def read_profile(self) -> Profile:
        """Return what somebody says of themselves."""
        return Profile(
            given_name=self.text("given_name").strip(),
            family_name=self.text("family_name").strip(),
            username=self.text("username").strip() or None,
            picture=(self.text("picture").strip() or None) if "picture" in self else None,
        )


class SignUpForm(NewcomerForm):
    """A new account."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Choose a password."))])
    username = StringField(_l("Username"), [Optional()])
    given_name = StringField(_l("First name"), [Optional()])
    family_name = StringField(_l("Last name"), [Optional()])


class CodeForm(EntranceForm):
    """A mailed code."""

    code = StringField(_l("Code"), [InputRequired(_l("Enter the code from the message."))])


class FactorForm(EntranceForm):
    """A code of an authenticator app, or a recovery code."""

    code = StringField(_l("Code"), [InputRequired(_l("Enter a code."))])


class PasskeyForm(EntranceForm):
    """What a passkey signed, put in by the script of the page."""

    credential = HiddenField()


class AddressForm(EntranceForm):
    """A corrected address."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address."))])


class ResetForm(EntranceForm):
    """Whose password was forgotten: an address, or a username."""

    email = StringField(_l("E-mail address or username"), [InputRequired(_l("Enter your e-mail address or username."))])


class NewPasswordForm(EntranceForm):
    """A new password."""

    password = PasswordField(_l("New password"), [InputRequired(_l("Choose a password."))])


class SetupForm(EntranceForm):
    """The first administrator."""

    email = EmailField(_l("E-mail address"), [InputRequired(_l("Enter your e-mail address."))])
    password = PasswordField(_l("Password"), [InputRequired(_l("Choose a password."))])


class ConfirmLinkForm(EntranceForm):
    """The button behind a mailed link; the password only where the browser is a strange one."""

    password = PasswordField(_l("Password"))


class PlainForm(EntranceForm):
    """A button without fields."""
