"""The form of an upstream provider, its fields named as in `federation.definition`. It only reads what was typed; the rules are there."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TextAreaField, URLField
from wtforms.validators import InputRequired, Optional

from idp.admin.fields import IntegerField, RadioField, SelectField
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.federation import belonging, catalogue, icons
from idp.federation.definition import (
    FIELDS,
    METHODS,
    OPENID,
    USUAL_CLAIMS,
    USUAL_SCOPES,
    Definition,
    read_domains,
    read_groups,
    write_groups,
)
from idp.federation.models import UpstreamProvider
from idp.federation.policy import ANYBODY, DOMAINS, EXISTING
from idp.signin.forms import EntranceForm

TEXTS = (
    "key",
    "display_name",
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "emails_endpoint",
    "client_id",
    "token_endpoint_auth_method",
    "scope",
    "who_may_link",
    "icon",
)
SWITCHES = ("use_pkce", "trust_email", "create_accounts")
LISTS = ("link_domains", "only_domains")
CLAIMS = tuple(f"claim_{name}" for name in FIELDS)


def methods() -> dict[str, str]:
    """Return the ways in which this server proves itself to a provider."""
    words = {
        "client_secret_basic": _("Secret in the Authorization header (client_secret_basic)"),
        "client_secret_post": _("Secret in the form (client_secret_post)"),
        "private_key_jwt": _("Signed with this server's own key (private_key_jwt)"),
        "none": _("No secret, PKCE alone (none)"),
    }
    return {name: words[name] for name in METHODS}


def rules() -> dict[str, str]:
    """Return the rules of who may come."""
    return {
        ANYBODY: _("Anybody whom the provider sends"),
        EXISTING: _("Only people who have an account here already"),
        DOMAINS: _("Only people with a verified address of the domains below"),
    }


def pictures() -> dict[str, str]:
    """Return the icons."""
    words = {
        "building": _("Building"),
        "cloud": _("Cloud"),
        "code": _("Code"),
        "globe": _("Globe"),
        "key": _("Key"),
        "people": _("People"),
        "school": _("School"),
        "shield": _("Shield"),
    }
    return {"": _("None"), **{name: words[name] for name in icons.BUILT_IN}, icons.OWN: _("Its own, given below")}


class ProviderForm(EntranceForm):
    """A provider's settings; `version` is the one that whoever fills the form in has seen."""

    key = StringField(
        _l("Key"),
        description=_l("Small letters, digits and hyphens. It stands in the redirect URI, and stays."),
    )
    display_name = StringField(_l("Name"), description=_l("People see it on the button."))
    issuer = URLField(
        _l("Issuer"),
        description=_l("The address before /.well-known/openid-configuration; everything else is read there."),
    )
    authorization_endpoint = URLField(_l("Authorization endpoint"), description=_l("Where people are sent."))
    token_endpoint = URLField(_l("Token endpoint"), description=_l("Where this server redeems the code."))
    userinfo_endpoint = URLField(_l("Address of the person's data"), description=_l("It answers with JSON."))
    emails_endpoint = URLField(
        _l("Address of the person's e-mail addresses"),
        [Optional()],
        description=_l("Only where they are a list of their own with “primary” and “verified”, as at GitHub."),
    )
    client_id = StringField(_l("Client ID"), description=_l("What the provider calls this server."))
    client_secret = StringField(_l("Client secret"))  # nobody's password, which browsers would offer to keep
    token_endpoint_auth_method = SelectField(
        _l("How this server proves itself"), choices=methods, default="client_secret_basic"
    )
    scope = StringField(_l("Scopes"), description=_l("Separated by spaces: what the provider is asked for."))
    use_pkce = BooleanField(
        _l("Use PKCE"), default=True, description=_l("Leave it on unless the provider refuses what it does not know.")
    )
    trust_email = BooleanField(
        _l("Believe verified addresses"),
        default=True,
        description=_l("Only those that the provider says it has verified, by the claim named below. Off: none."),
    )
    who_may_link = RadioField(_l("Who may come"), choices=rules, default=ANYBODY)
    link_domains = TextAreaField(_l("Domains of who may come"), [Optional()], description=_l("One a line."))
    create_accounts = BooleanField(
        _l("Make accounts"),
        default=True,
        description=_l("For people whom nobody here knows, where the rule above lets them."),
    )
    only_domains = TextAreaField(
        _l("Only through this provider"),
        [Optional()],
        description=_l(
            "Domains, one a line. People with an e-mail address of one of them sign in through this provider alone; their passwords and"
            " passkeys count no more."
        ),
    )
    group_mapping = TextAreaField(
        _l("Groups here by its word"),
        [Optional()],
        description=_l(
            "One a line, such as engineers = /eng. At each sign-in its people come into the groups that it names, and leave the others of"
            " this list."
        ),
    )
    accept_lockout = BooleanField(_l("I accept that these administrators may be locked out"))
    accept_other_people = BooleanField(_l("The new place names the same people: keep their identities"))
    icon = SelectField(_l("Icon"), choices=pictures, default="")
    icon_source = TextAreaField(
        _l("Its own icon"),
        [Optional()],
        description=_l(
            "The text of an SVG, a PNG as data:image/png;base64, or an https address from which it is fetched once. At most 32 kB."
        ),
    )
    position = IntegerField(
        _l("Place"),
        [InputRequired(_l("Enter a whole number from -1000 to 1000."))],
        default=10,
        wrong=_l("Enter a whole number from -1000 to 1000."),
        description=_l("The smallest stands first. Google, GitHub and 42 have 0."),
    )
    version = HiddenField()
    # What of a person each claim becomes.
    claim_subject = StringField(_l("What names somebody for good"))
    claim_email = StringField(_l("E-mail address"), [Optional()])
    claim_email_verified = StringField(_l("Whether the address is verified"), [Optional()])
    claim_username = StringField(
        _l("Username"), [Optional()], description=_l("Usernames are public. Left empty, people choose theirs.")
    )
    claim_name = StringField(_l("Full name"), [Optional()])
    claim_given_name = StringField(_l("First name"), [Optional()])
    claim_family_name = StringField(_l("Last name"), [Optional()])
    claim_picture = StringField(_l("Picture"), [Optional()])
    claim_locale = StringField(_l("Language"), [Optional()])
    claim_groups = StringField(
        _l("Groups"), [Optional()], description=_l("A list of names; which of them are groups here is said above.")
    )

    @property
    def claim_errors(self) -> bool:
        """Whether the folded section must be open, since something in it is wrong."""
        return any(self[name].errors for name in CLAIMS)

    def begin(self, kind: str) -> None:
        """Show what is usual for a new provider of a kind."""
        self.scope.data = USUAL_SCOPES[kind]
        for name in FIELDS:
            self[f"claim_{name}"].data = USUAL_CLAIMS[kind].get(name, "")

    def fill(self, row: UpstreamProvider) -> None:
        """Show a provider's present settings, its secret excepted."""
        definition = catalogue.to_definition(row)
        for name in (*TEXTS, *SWITCHES, "position"):
            self[name].data = getattr(definition, name)
        for name in LISTS:
            self[name].data = "\n".join(getattr(definition, name))
        self.group_mapping.data = "\n".join(write_groups(definition.group_mapping))
        for name in FIELDS:
            self[f"claim_{name}"].data = definition.claims.get(name, "")
        self.version.data = str(row.version)

    def definition(self, kind: str, key: str | None = None) -> Definition:
        """Return what the form asks for; fields of the other kind are not looked at."""
        values: dict[str, Any] = {name: self.text(name).strip() for name in TEXTS}
        values |= {name: bool(self[name].data) for name in SWITCHES}
        values |= {name: read_domains(self.text(name)) for name in LISTS}
        values |= {"group_mapping": belonging.settle(read_groups(self.text("group_mapping").splitlines()))}
        claims = {name: self.text(f"claim_{name}").strip() for name in FIELDS}
        unused: Iterable[str] = ("issuer",) if kind != OPENID else TEXTS[3:7]
        values |= dict.fromkeys(unused, None)
        values |= {"scope": " ".join(values["scope"].split()), "position": self.position.data or 0, "kind": kind}
        return Definition(
            **values | {"claims": {name: path for name, path in claims.items() if path}, "key": key or values["key"]}
        )

    def accepted(self) -> frozenset[str]:
        """Return what the form's sender has accepted."""
        return frozenset(name for name in (catalogue.LOCKOUT, catalogue.OTHER_PEOPLE) if self[name].data)

    def show_refusals(self, refusals: list[Refused]) -> None:
        """Show each refusal at its field; what has to be accepted, at the box for it."""
        for refused in refusals:
            field = self._fields.get(refused.field or "")
            message = refused.detail or phrase(refused)
            if field is None:
                self.form_errors.append(message)
            else:
                field.errors = [*field.errors, message]

    def differences(self, row: UpstreamProvider, kind: str) -> list[tuple[str, str, str]]:
        """Return where the form and the row differ: the field's name, what stands there now, and what was typed."""
        wanted, present = self.definition(kind, row.key), catalogue.to_definition(row)
        pairs = {
            name: (getattr(present, name), getattr(wanted, name)) for name in (*TEXTS, *SWITCHES, *LISTS, "position")
        }
        pairs |= {"group_mapping": (write_groups(present.group_mapping), write_groups(wanted.group_mapping))}
        pairs |= {f"claim_{name}": (present.claims.get(name), wanted.claims.get(name)) for name in FIELDS}
        return [
            (str(self[name].label.text), _written(now), _written(typed))
            for name, (now, typed) in pairs.items()
            if (now or None) != (typed or None)
        ]


def _written(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return _("on") if value else _("off") if value is False else "–"
    return ", ".join(value) if isinstance(value, list) else str(value) or "–"


class DeletionForm(EntranceForm):
    """What goes with a provider."""

    with_identities = BooleanField(_l("Delete the identities too"))
