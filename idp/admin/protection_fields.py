"""The part of the clients' form about keys: to which tokens are bound, certificates, what is signed, and the profile that asks for all."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import Optional

from idp.admin.fields import SelectField
from idp.clients.metadata import CERTIFICATE_MEMBERS, Metadata
from idp.clients.metadata.profiles import FAPI2, FAPI2_SIGNED
from idp.keys import offered
from idp.signin.forms import EntranceForm

CHOSEN = ("profile", "authorization_signed_response_alg", "introspection_signed_response_alg")
SWITCHES = (
    *("require_pushed_authorization_requests", "require_signed_request_object"),
    *("dpop_bound_access_tokens", "dpop_nonce_required", "tls_client_certificate_bound_access_tokens"),
)


def profiles() -> dict[str, str]:
    """Return what each profile asks for."""
    return {
        "": _("None"),
        FAPI2: _("FAPI 2.0 Security Profile"),
        FAPI2_SIGNED: _("FAPI 2.0 with Message Signing"),
    }


def _signing() -> dict[str, str]:
    return {"": _("RS256, where the app asks for it"), **{name: name for name in offered()}}


class ProtectionFields(EntranceForm):
    """Profile, pushed and signed requests, bound tokens, certificates and signed answers."""

    profile = SelectField(
        _l("Profile"),
        choices=profiles,
        default="",
        description=_l(
            "It switches on all of its rules at once. What the app has to bring itself is told when you save."
        ),
    )
    require_pushed_authorization_requests = BooleanField(
        _l("Only requests that the app has pushed"),
        description=_l("The app sends what it asks for to this server first (PAR), not through the browser."),
    )
    require_signed_request_object = BooleanField(
        _l("Only signed requests"), description=_l("The app signs what it asks for with its own key.")
    )
    dpop_bound_access_tokens = BooleanField(
        _l("Only tokens that are bound to a key"),
        description=_l("The app proves with each request that it has the key (DPoP): a stolen token is of no use."),
    )
    dpop_nonce_required = BooleanField(
        _l("Proofs need a nonce"), description=_l("This server says it first. Not every library can do that.")
    )
    tls_client_certificate_bound_access_tokens = BooleanField(
        _l("Only tokens that are bound to a certificate"),
        description=_l("The app shows its certificate with each request (mutual TLS)."),
    )
    tls_client_auth_subject_dn = StringField(
        _l("Subject of the certificate"),
        [Optional()],
        description=_l(
            "For the app that proves itself by one, such as CN=shop,O=Example. This or one of the next four."
        ),
    )
    tls_client_auth_san_dns = StringField(_l("Host name in the certificate"), [Optional()])
    tls_client_auth_san_uri = StringField(_l("URI in the certificate"), [Optional()])
    tls_client_auth_san_ip = StringField(_l("Network address in the certificate"), [Optional()])
    tls_client_auth_san_email = StringField(_l("E-mail address in the certificate"), [Optional()])
    authorization_signed_response_alg = SelectField(
        _l("Algorithm of signed answers"),
        choices=_signing,
        default="",
        description=_l("Of the answer that the browser brings back, where the app asks for a signed one (JARM)."),
    )
    introspection_signed_response_alg = SelectField(
        _l("Algorithm of signed introspection"), choices=_signing, default=""
    )

    def fill_protection(self, metadata: Metadata) -> None:
        """Show the present choices."""
        for name in CHOSEN:
            self._fields[name].data = getattr(metadata, name) or ""

    def protection_members(self) -> dict[str, Any]:
        """Return the members that this part of the form asks for."""
        texts = {name: (self._fields[name].data or "").strip() or None for name in (*CHOSEN, *CERTIFICATE_MEMBERS)}
        return texts | {name: self._fields[name].data for name in SWITCHES}
