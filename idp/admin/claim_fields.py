"""The form of a mapper: a claim, where its value comes from, and where it is told; and the same in words."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Optional

from idp.admin.fields import SelectField
from idp.attributes import known
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.clients.mapping import FIELDS, Mapper
from idp.signin.forms import EntranceForm

CONSTANT = "constant:"


def sources() -> dict[str, str]:
    """Return what a claim can tell, each source with its value, in words."""
    return {
        "groups:paths": _("Groups, as paths"),
        "groups:names": _("Groups, as names"),
        "roles:all": _("Roles of the server and of the app"),
        "roles:server": _("Roles of the server"),
        "roles:client": _("Roles of the app"),
        CONSTANT: _("The text below"),
        **{
            f"attribute:{one.name}": _("Attribute: %(label)s", label=f"{one.label} ({one.name})")
            for one in known.custom()
        },
        **{f"account:{field}": _("Of the account: %(field)s", field=field) for field in FIELDS},
    }


def say(mapper: Mapper) -> str:
    """Return where the value of a claim comes from, in words."""
    if mapper.source == "constant":
        return str(_("“%(text)s”, always", text=mapper.value))
    return sources().get(f"{mapper.source}:{mapper.value}", f"{mapper.source}: {mapper.value}")


def say_places(mapper: Mapper) -> str:
    """Return where a claim is told, in words."""
    words = {"id_token": _("ID token"), "userinfo": _("userinfo"), "access_token": _("access token")}
    return ", ".join(word for place, word in words.items() if mapper.is_told(place))


class MapperForm(EntranceForm):
    """One claim."""

    claim = StringField(
        _l("Claim"),
        [InputRequired(_l("Enter the name of a claim."))],
        description=_l("A name of your own, or entitlements, groups or roles. One that is there already is replaced."),
    )
    source = SelectField(_l("What it tells"), choices=sources, default="groups:paths")
    text_value = StringField(_l("Text (only for “the text below”)"), [Optional()])
    id_token = BooleanField(_l("In the ID token"), default=True)
    userinfo = BooleanField(_l("At userinfo"), default=True)
    access_token = BooleanField(_l("In the access token"))

    def read(self) -> Mapper:
        """Return the mapper that was described."""
        source, _colon, value = (self.source.data or "").partition(":")
        return Mapper(
            self.text("claim").strip(),
            source,
            self.text("text_value").strip() if source == "constant" else value,
            bool(self.id_token.data),
            bool(self.userinfo.data),
            bool(self.access_token.data),
        )

    def fill(self, mapper: Mapper) -> None:
        """Show a mapper, to be changed."""
        is_constant = mapper.source == "constant"
        self.claim.data = mapper.claim
        self.source.data = CONSTANT if is_constant else f"{mapper.source}:{mapper.value}"
        self.text_value.data = mapper.value if is_constant else ""
        for place in (self.id_token, self.userinfo, self.access_token):
            place.data = mapper.is_told(place.name)

    def show_refusal(self, refused: Refused) -> None:
        """Show at its field what the rules refuse; their sentences are written for developers."""
        fields = {"claim": self.claim, "source": self.source, "value": self.text_value, "id_token": self.id_token}
        field, message = fields.get(refused.field or ""), refused.detail or phrase(refused)
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]
