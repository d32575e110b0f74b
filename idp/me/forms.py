"""The forms of a person's own pages. They check only what a field needs to be read; rules live in the services."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Optional

from idp.accounts import lacking
from idp.attributes.definition import STANDARD
from idp.signin.asking import StandardForm
from idp.signin.forms import EntranceForm


class ProfileForm(StandardForm):
    """What a person says of themselves."""

    STANDING = tuple(lacking.field_of_name(name) for name in STANDARD)


class UsernameForm(EntranceForm):
    """The first username of somebody who came without one."""

    username = StringField(_l("Username"), [InputRequired(_l("Enter a username."))])


class ChangePasswordForm(EntranceForm):
    """The current password and a new one."""

    current_password = PasswordField(_l("Current password"), [InputRequired(_l("Enter your current password."))])
    new_password = PasswordField(_l("New password"), [InputRequired(_l("Choose a new password."))])


class NewAddressForm(EntranceForm):
    """The address to move to."""

    email = EmailField(_l("New e-mail address"), [InputRequired(_l("Enter your new e-mail address."))])


class DeleteForm(EntranceForm):
    """The consent to lose everything."""

    understood = BooleanField(
        _l("I understand that everything will be erased."),
        [InputRequired(_l("Tick the box to say that you understand."))],
    )


class AuthenticatorForm(EntranceForm):
    """The name of a new authenticator app, and its first code."""

    name = StringField(_l("Name"), [InputRequired(_l("Give the authenticator app a name."))])
    code = StringField(_l("Code from the app"), [InputRequired(_l("Enter the code that the app shows."))])


class NewPasskeyForm(EntranceForm):
    """The name of a new passkey, and what the authenticator made, put in by the script of the page."""

    name = StringField(_l("Name"), [InputRequired(_l("Give the passkey a name."))])
    credential = HiddenField()


class RenameForm(EntranceForm):
    """Another name of a factor."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter a name."))])


class SavedForm(EntranceForm):
    """The word that recovery codes were saved."""

    saved = BooleanField(
        _l("I saved these codes where I find them without my phone."),
        [InputRequired(_l("Save the codes first, then tick the box."))],
    )


class NewMemberForm(EntranceForm):
    """Somebody whom an owner puts into a group, and until when."""

    member = StringField(
        _l("E-mail address or username"), [InputRequired(_l("Enter the e-mail address or username of somebody."))]
    )
    until = StringField(
        _l("Last day"),
        [Optional()],
        description=_l("As year, month and day, such as 2027-01-31; it counts through that day, by UTC."),
    )
