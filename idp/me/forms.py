"""The forms of a person's own pages. They check only what a field needs to be read; rules live in the services."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField, URLField
from wtforms.validators import InputRequired

from idp.signin.forms import EntranceForm


class ProfileForm(EntranceForm):
    """What a person says of themselves."""

    given_name = StringField(_l("First name (optional)"))
    family_name = StringField(_l("Last name (optional)"))
    username = StringField(_l("Username (optional)"))
    picture = URLField(_l("Address of a picture (optional)"))


class ChangePasswordForm(EntranceForm):
    """The current password and a new one."""

    current_password = PasswordField(_l("Current password"), [InputRequired(_l("Enter your current password."))])
    new_password = PasswordField(_l("New password"), [InputRequired(_l("Choose a new password."))])
