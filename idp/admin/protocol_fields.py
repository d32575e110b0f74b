"""The part of the clients' form that few apps need; its fields are named as in RFC 7591 and OpenID Connect Registration, section 2."""

import json
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField, URLField
from wtforms.validators import Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from idp.clients.metadata import ID_TOKEN_ALGORITHMS, Metadata, response_types
from idp.keys.parsing import read_object
from idp.signin.forms import EntranceForm

ADDRESSES = ("sector_identifier_uri", "jwks_uri", "initiate_login_uri", "backchannel_logout_uri")
ALGORITHMS = ("token_endpoint_auth_signing_alg", "userinfo_signed_response_alg", "request_object_signing_alg")


class ChecklistField(SelectMultipleField):
    """Several of a few choices, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SecondsField(IntegerField):
    """A number of seconds."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number.

        Raises:
            ValueError: it is none, with the sentence for the page.
        """
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Enter a whole number of seconds.")) from None


def lines(text: str | None) -> list[str]:
    """Return what stands in each line."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _algorithms(unset: str, *more: str) -> dict[str, str]:
    return {"": unset, **{name: name for name in (*ID_TOKEN_ALGORITHMS, *more)}}


class ProtocolFields(EntranceForm):
    """Keys, algorithms, subjects, and the addresses at which the app is called."""

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
        choices=lambda: _algorithms(_("Any that fits"), "HS256"),
        default="",
    )
    userinfo_signed_response_alg = SelectField(
        _l("Algorithm of userinfo"), choices=lambda: _algorithms(_("Not signed: plain JSON")), default=""
    )
    request_object_signing_alg = SelectField(
        _l("Algorithm of request objects"), choices=lambda: _algorithms(_("Any that is safe"), "none"), default=""
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
    default_max_age = SecondsField(
        _l("Longest time since the sign-in"),
        [Optional()],
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
    contacts = StringField(
        _l("Contacts"), [Optional()], description=_l("E-mail addresses of the people who run it, separated by spaces.")
    )

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
        self.jwks.data = json.dumps(metadata.jwks, indent=2) if metadata.jwks is not None else ""
        self.request_uris.data = "\n".join(metadata.request_uris)
        self.contacts.data = " ".join(metadata.contacts)

    def protocol_members(self, present: Metadata, grant_types: list[str]) -> dict[str, Any]:
        """Return the members that this part of the form asks for, of a client that is so far as `present`."""
        texts = {name: (self._fields[name].data or "").strip() or None for name in (*ADDRESSES, *ALGORITHMS)}
        return {
            **texts,
            "response_types": self._response_types(present, grant_types),
            "jwks": read_object(self.jwks.data or ""),
            "request_uris": lines(self.request_uris.data),
            "subject_type": self.subject_type.data,
            "default_max_age": self.default_max_age.data,
            "require_auth_time": self.require_auth_time.data,
            "backchannel_logout_session_required": self.backchannel_logout_session_required.data,
            "contacts": (self.contacts.data or "").split(),
        }

    def _response_types(self, present: Metadata, grant_types: list[str]) -> list[str]:
        """Return those that are ticked; where there is nothing to tick, those that the client has and can still use."""
        if "response_types" in self._fields:
            chosen = self.response_types.data or []
            return present.response_types if set(chosen) == set(present.allowed_response_types) else chosen
        usable = response_types() if "authorization_code" in grant_types else ()
        return [name for name in present.response_types if " ".join(sorted(name.split())) in usable]
