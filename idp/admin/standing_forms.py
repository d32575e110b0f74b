"""The forms of groups, roles and who may use a client. They read what was typed; what may be is decided by the rooms below."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from idp.admin.fields import RadioField
from idp.clients.models import LONGEST_NOTE
from idp.roles.service import Default
from idp.signin.forms import EntranceForm

MEMBER, OWNER = "member", "owner"
EVERYBODY, GROUPS = "everybody", "groups"


def defaults() -> dict[str, str]:
    """Return who may have a role without being given it."""
    return {
        Default.NOBODY.value: _("Only whoever it is given to"),
        Default.NEW.value: _("Also everybody who gets an account from now on"),
        Default.EVERYBODY.value: _("Everybody"),
    }


class GroupForm(EntranceForm):
    """A group: its name, what it is for, and where it lies."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter a name."))])
    description = StringField(_l("Description"), [Optional()])
    parent = StringField(
        _l("Below the group"),
        [Optional()],
        description=_l("Its path, such as /eng/backend. Left empty: a group of the first level."),
    )


class RoleForm(EntranceForm):
    """A role that is there: its description, and who has it anyway. Its name stays."""

    description = StringField(_l("Description"), [Optional()])
    default = RadioField(_l("Who has it"), choices=defaults, default=Default.NOBODY.value)


class NewRoleForm(RoleForm):
    """A new role."""

    name = StringField(
        _l("Name"),
        [InputRequired(_l("Enter a name."))],
        description=_l("It stands in tokens: no spaces and no commas. It cannot be changed later."),
    )
    client_id = StringField(
        _l("Client ID"),
        [Optional()],
        description=_l("Of a role that one app alone is told of. Left empty: a role of the server."),
    )


class UntilForm(EntranceForm):
    """The last day of what is given."""

    until = StringField(
        _l("Last day"),
        [Optional()],
        description=_l("As year, month and day, such as 2027-01-31; it counts through that day, by UTC."),
    )


class AddForm(UntilForm):
    """What somebody becomes in a group."""

    kind = RadioField(
        _l("As"),
        choices=lambda: {
            MEMBER: _("Member"),
            OWNER: _("Owner: says who the members are, here and in the groups below"),
        },
        default=MEMBER,
    )


class GroupRoleForm(UntilForm):
    """The group that a role is given to."""

    group = StringField(
        _l("Group"),
        [InputRequired(_l("Enter the path of a group."))],
        description=_l("Its path, such as /eng/backend."),
    )


class AccessForm(EntranceForm):
    """For whom a client is."""

    access = RadioField(
        _l("Who may use the app"),
        choices=lambda: {EVERYBODY: _("Everybody with an account"), GROUPS: _("Only the members of these groups")},
        default=EVERYBODY,
    )
    groups = TextAreaField(
        _l("Groups"), [Optional()], description=_l("Paths, one a line. Members of the groups below get in, too.")
    )
    note = StringField(
        _l("Whom others should ask"),
        [Optional()],
        description=_l("Shown to whoever may not use the app, up to %(most)s characters.", most=LONGEST_NOTE),
    )
