"""The part of the clients' form that few apps need; its fields are named as in RFC 7591 and OpenID Connect Registration, section 2."""

import json
from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, StringField, TextAreaField, URLField
from wtforms.validators import Optional, ValidationError

from idp.admin.fields import ChecklistField, IntegerField, SelectField
from idp.admin.protection_fields import ProtectionFields
from idp.clients.metadata import ADDRESSES, PAGES, Metadata, request_object_algorithms, response_types
from idp.keys import offered
from idp.keys.jose import SIGNATURES
from idp.keys.parsing import read_object

ALGORITHMS = ("token_endpoint_auth_signing_alg", "userinfo_signed_response_alg", "request_object_signing_alg")
SWITCHES = ("require_auth_time", "backchannel_logout_session_required")
SIGNED = ("id_token_signed_response_alg", "userinfo_signed_response_alg")  # by this server
SOFTWARE = ("software_id", "software_version")


def lines(text: str | None) -> list[str]:
    """Return what stands in each line."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _algorithms(unset: str, names: Iterable[str]) -> dict[str, str]:
    return {"": unset, **{name: name for name in names}}


def _show_unserved(field: Field) -> None:
    """Show an algorithm that was switched off since the registration, so that the form does not choose another one unasked."""
    if field.data and field.data not in offered() and isinstance(field, SelectField):
        label = _("%(name)s: switched off, RS256 in its place", name=field.data)
        choices: Any = field.choices  # a dict, as both fields have it
        field.choices = {**choices, field.data: label}


def application_types() -> dict[str, str]:
    """Return where an app may run."""
    return {"web": _("On a server or in a browser (web)"), "native": _("Installed on people's devices (native)")}


class ProtocolFields(ProtectionFields):
    """Keys, algorithms, subjects, what the app is, and its addresses."""

    response_types = ChecklistField(
        _l("Response types"),
        choices=lambda: {name: name for name in response_types()},
        description=_l("All but code let tokens travel through the browser: only for old apps."),
    )
    jwks_uri = URLField(_l("Address of the app's keys"), [Optional()], description=_l("They are fetched from there."))
    jwks = TextAreaField(
        _l("The app's keys"), [Optional()], description=_l("A JWK set with public keys, if they have no address.")
    )
    token_endpoint_auth_signing_alg = SelectField(
        _l("Algorithm by which the app proves itself"),
        choices=lambda: _algorithms(_("Any that fits"), (*SIGNATURES, "HS256")),
        default="",
    )
    userinfo_signed_response_alg = SelectField(
        _l("Algorithm of userinfo"),
        choices=lambda: _algorithms(_("Not signed: plain JSON"), offered()),
        default="",
    )
    request_object_signing_alg = SelectField(
        _l("Algorithm of request objects"),
        choices=lambda: _algorithms(_("Any that is safe"), request_object_algorithms()),
        default="",
    )
    request_uris = TextAreaField(
        _l("Addresses of request objects"), [Optional()], description=_l("One a line: from where they may be fetched.")
    )
    subject_type = SelectField(
        _l("How the app knows people"),
        choices=lambda: {
            "public": _("By the identifier that all apps know (public)"),
            "pairwise": _("By one of its own, so that apps cannot compare (pairwise)"),
        },
        default="public",
    )
    sector_identifier_uri = URLField(
        _l("Sector identifier address"),
        [Optional()],
        description=_l("For several hosts that are one app: a JSON list of all their redirect URIs."),
    )
    default_max_age = IntegerField(
        _l("Longest time since the sign-in"),
        [Optional()],
        wrong=_l("Enter a whole number of seconds."),
        description=_l("In seconds. After it people sign in anew, unless the app asks for something else."),
    )
    require_auth_time = BooleanField(_l("Always tell when people signed in"))
    initiate_login_uri = URLField(
        _l("Address that starts a sign-in"),
        [Optional()],
        description=_l("People can open the app from the list of their apps."),
    )
    backchannel_logout_uri = URLField(
        _l("Address to tell of sign-outs"), [Optional()], description=_l("Called when somebody signs out here.")
    )
    backchannel_logout_session_required = BooleanField(_l("Tell which session ended"))
    application_type = SelectField(
        _l("Where the app runs"),
        choices=lambda: application_types(),
        default="web",
        description=_l(
            "A web app with the implicit grant has no private scheme, an installed app no https on loopback."
        ),
    )
    default_acr_values = StringField(
        _l("Wishes for the sign-in"),
        [Optional()],
        description=_l("Classes (acr), separated by spaces, the best first: 2 is two factors, 1 is one."),
    )
    logo_uri = URLField(
        _l("Logo address"),
        [Optional()],
        description=_l(
            "https, a PNG, JPEG or GIF of at most 200 kB. It is fetched once, and anew for another address."
        ),
    )
    accent_color = StringField(
        _l("Accent colour"),
        [Optional()],
        description=_l("Six hexadecimal digits after a #, such as #0b5a52, in which text is legible on the page."),
    )
    client_uri = URLField(_l("Home page"), [Optional()])
    policy_uri = URLField(_l("Privacy policy"), [Optional()])
    tos_uri = URLField(_l("Terms of service"), [Optional()])
    authorization_details_types = TextAreaField(
        _l("Types of authorization details"),
        [Optional()],
        description=_l("One a line: registered ones that the app may ask for, such as payment_initiation."),
    )
    contacts = StringField(
        _l("Contacts"), [Optional()], description=_l("E-mail addresses of the people who run it, separated by spaces.")
    )
    software_id = StringField(
        _l("Software"), [Optional()], description=_l("An identifier that all installations of the app have in common.")
    )
    software_version = StringField(_l("Version of the software"), [Optional()])

    def __init__(self, *args: Any, **values: Any) -> None:
        """Leave response types out where there is only one."""
        super().__init__(*args, **values)
        if len(response_types()) == 1:
            del self.response_types

    def validate_jwks(self, field: TextAreaField) -> None:
        """Refuse what cannot be read; what a key set may hold is decided by the registration's rules.

        Raises:
            ValidationError: it is no JSON object.
        """
        if read_object(field.data or "") is None:
            raise ValidationError(_('The app\'s keys must be a JSON object, {"keys": [...]}.'))

    def fill_protocol(self, metadata: Metadata) -> None:
        """Show what is lists and documents of a client's present settings as text."""
        if "response_types" in self._fields:
            self.response_types.data = metadata.allowed_response_types
        for name in ALGORITHMS:
            self._fields[name].data = getattr(metadata, name) or ""
        for name in SIGNED:
            _show_unserved(self._fields[name])
        self.fill_protection(metadata)
        self.jwks.data = json.dumps(metadata.jwks, indent=2) if metadata.jwks is not None else ""
        self.request_uris.data = "\n".join(metadata.request_uris)
        self.authorization_details_types.data = "\n".join(metadata.authorization_details_types)
        self.contacts.data = " ".join(metadata.contacts)
        self.default_acr_values.data = " ".join(metadata.default_acr_values)

    def protocol_members(self, present: Metadata, grant_types: list[str]) -> dict[str, Any]:
        """Return the members that this part of the form asks for, of a client that is so far as `present`."""
        names = (*PAGES, *ADDRESSES, *ALGORITHMS, *SOFTWARE, "accent_color")
        texts = {name: (self._fields[name].data or "").strip() or None for name in names}
        return {
            **texts,
            **self.protection_members(),
            "response_types": self._response_types(present, grant_types),
            "jwks": read_object(self.jwks.data or ""),
            "request_uris": lines(self.request_uris.data),
            "authorization_details_types": lines(self.authorization_details_types.data),
            "application_type": self.application_type.data,
            "subject_type": self.subject_type.data,
            "default_max_age": self.default_max_age.data,
            **{name: self._fields[name].data for name in SWITCHES},
            "default_acr_values": (self.default_acr_values.data or "").split(),
            "contacts": (self.contacts.data or "").split(),
        }

    def _response_types(self, present: Metadata, grant_types: list[str]) -> list[str]:
        """Return those that are ticked; where there is nothing to tick, those that the client has and can still use."""
        if "response_types" in self._fields:
            chosen = self.response_types.data or []
            return present.response_types if set(chosen) == set(present.allowed_response_types) else chosen
        usable = response_types() if "authorization_code" in grant_types else ()
        return [name for name in present.response_types if " ".join(sorted(name.split())) in usable]
