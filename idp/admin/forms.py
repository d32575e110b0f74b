"""The forms of clients, their fields named as in RFC 7591, section 2; and of the policy.

They only read what was typed; what a client may be is decided by `clients.metadata`.
"""

from dataclasses import replace

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from idp.admin.fields import ChecklistField, RadioField, SelectField
from idp.admin.protocol_fields import ProtocolFields, application_types, lines
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.clients.metadata import (
    DEVICE_CODE,
    FEDERATED_METHOD,
    JWT_BEARER,
    TOKEN_EXCHANGE,
    Metadata,
    auth_methods,
    grant_types,
)
from idp.clients.presets import DEVICE, FAPI, MCP, NATIVE, PRESETS, SERVICE, SPA, WEB
from idp.factors.policy import Required
from idp.keys import offered
from idp.signin.forms import EntranceForm

IN_SIGHT = {"client_name", "kind", "redirect_uris"}  # everything else is folded away


def kinds() -> dict[str, str]:
    """Return the kinds of clients and what tells them apart."""
    return {
        WEB: _("Web application: runs on a server that can keep a secret"),
        SPA: _("Single-page app: runs in the browser, has no secret"),
        NATIVE: _("Native app: installed on people's devices, has no secret"),
        SERVICE: _("Service: acts for itself, nobody signs in"),
        FAPI: _("Bank or health app (FAPI 2.0): proves itself with a key of its own, which you enter under Advanced"),
        MCP: _(
            "MCP client: an AI assistant or tool on people's machines (Model Context Protocol), has no secret. "
            "Without a redirect URI it gets 127.0.0.1, at any port"
        ),
        DEVICE: _("Device: a television or a tool in a terminal, whose people sign in on their phone; has no secret"),
    }


def methods() -> dict[str, str]:
    """Return the ways in which a client proves itself at the token endpoint, as far as they are offered."""
    words = {
        "client_secret_basic": _("Secret in the Authorization header (client_secret_basic)"),
        "client_secret_post": _("Secret in the form (client_secret_post)"),
        "private_key_jwt": _("Signed with its own key (private_key_jwt)"),
        "client_secret_jwt": _("Signed with its secret (client_secret_jwt)"),
        "tls_client_auth": _("Certificate of an authority (tls_client_auth)"),
        "self_signed_tls_client_auth": _("Certificate of its own (self_signed_tls_client_auth)"),
        FEDERATED_METHOD: _("Token of its platform, such as Kubernetes (federated_jwt)"),
        "none": _("No secret (none)"),
    }
    return {method: words[method] for method in words if method in auth_methods()}


def methods_or_usual() -> dict[str, str]:
    """Return the same, led by the kind's own."""
    return {"": _("As the kind suggests"), **methods()}


def grants() -> dict[str, str]:
    """Return the grants in plain words."""
    words = {
        "authorization_code": _("Authorization code: people sign in"),
        "refresh_token": _("Refresh token: stay signed in"),
        DEVICE_CODE: _("Device code: people sign in on another device"),
        "client_credentials": _("Client credentials: the app acts for itself"),
        TOKEN_EXCHANGE: _("Token exchange: act for people of other apps"),
        JWT_BEARER: _("JWT bearer: act for people whom a trusted issuer names"),
        "implicit": _("Implicit: tokens through the browser, for old apps"),
    }
    return {name: words[name] for name in grant_types()}


class ClientForm(ProtocolFields):
    """A client's settings."""

    client_name = StringField(_l("Name"), description=_l("People see it when they sign in."))
    redirect_uris = TextAreaField(
        _l("Redirect URIs"),
        description=_l("One a line. Each must match exactly what the app sends; https, or http on a loopback address."),
    )
    scope = StringField(_l("Scopes"), description=_l("Separated by spaces: what the app may ask for."))
    grant_types = ChecklistField(_l("Grants"), choices=grants)
    post_logout_redirect_uris = TextAreaField(
        _l("Post-logout redirect URIs"),
        [Optional()],
        description=_l("One a line: where people may land after signing out."),
    )
    token_endpoint_auth_method = SelectField(
        _l("How the app proves itself"),
        choices=methods,
    )
    id_token_signed_response_alg = SelectField(
        _l("Algorithm of ID tokens"),
        choices=lambda: {name: name for name in offered()},
        default="RS256",
    )
    require_pkce = BooleanField(
        _l("Require PKCE"),
        default=True,
        description=_l("Leave it on unless the app cannot. Apps without a secret always use it."),
    )
    first_party = BooleanField(
        _l("One of our own"), description=_l("People are not asked for consent. Only for apps that you run yourself.")
    )
    require_second_factor = BooleanField(
        _l("Require a second factor"),
        description=_l("People without an authenticator app or a passkey set one up before they go on to this app."),
    )
    fedcm_enabled = BooleanField(
        _l("Sign-in by the browser (FedCM)"),
        description=_l(
            "The browser itself asks people on the app's page. It needs https, and an ID token is all that the app gets."
        ),
    )
    claims_in_id_token = BooleanField(
        _l("Claims in the ID token too"),
        description=_l(
            "Name, e-mail address and the like, also for apps that never ask userinfo: Auth.js, express-openid-connect."
        ),
    )

    seen = HiddenField()

    @property
    def has_advanced_errors(self) -> bool:
        """Whether the folded section must be open, since something in it is wrong."""
        return any(field.errors for name, field in self._fields.items() if name not in IN_SIGHT)

    def metadata(self, present: Metadata) -> Metadata:
        """Return what the form asks for; of what it does not show a client keeps what it has."""
        grants_asked, method = self.grant_types.data or [], self.token_endpoint_auth_method.data
        return self._metadata(present, grants_asked, method, self.scope.data or "")

    def fill(self, metadata: Metadata) -> None:
        """Show a client's present settings."""
        for name, field in self._fields.items():
            if hasattr(metadata, name):
                field.data = getattr(metadata, name)
        self.fill_protocol(metadata)
        self.redirect_uris.data = "\n".join(metadata.redirect_uris)
        self.post_logout_redirect_uris.data = "\n".join(metadata.post_logout_redirect_uris)

    def show_refusal(self, refused: Refused) -> None:
        """Show at its field what the registration's rules refuse; their sentences are written for developers."""
        field = self._fields.get(refused.field or "")
        message = refused.detail or phrase(refused)
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]

    def _metadata(self, present: Metadata, grants_asked: list[str], method: str, scope: str) -> Metadata:
        return replace(
            present,
            client_name=(self.client_name.data or "").strip(),
            redirect_uris=lines(self.redirect_uris.data),
            post_logout_redirect_uris=lines(self.post_logout_redirect_uris.data),
            grant_types=grants_asked,
            scope=" ".join(dict.fromkeys(scope.split())),
            token_endpoint_auth_method=method,
            id_token_signed_response_alg=self.id_token_signed_response_alg.data,
            require_pkce=self.require_pkce.data or method == "none",
            first_party=self.first_party.data,
            require_second_factor=self.require_second_factor.data,
            fedcm_enabled=self.fedcm_enabled.data,
            claims_in_id_token=self.claims_in_id_token.data,
            **self.protocol_members(present, grants_asked),
        )


class NewClientForm(ClientForm):
    """A new client: its kind decides what is left empty under Advanced; the ticket lets the form work once."""

    kind = RadioField(_l("Kind"), choices=kinds, default=WEB)
    token_endpoint_auth_method = SelectField(
        _l("How the app proves itself"),
        choices=methods_or_usual,
        default="",
    )
    scope = StringField(
        _l("Scopes"),
        description=_l("Separated by spaces. Left empty: openid profile email offline_access, and none for a service."),
    )
    grant_types = ChecklistField(
        _l("Grants"),
        choices=grants,
        description=_l("With none ticked, the app gets those that its kind needs."),
    )
    application_type = SelectField(
        _l("Where the app runs"),
        choices=lambda: {"": _("As the kind suggests"), **application_types()},
        default="",
    )
    ticket = HiddenField()

    def metadata(self, present: Metadata | None = None) -> Metadata:
        """Return what the form asks for; what was left empty follows from the kind."""
        usual = replace(present or Metadata(client_name=""), **PRESETS[self.kind.data])
        asked = self._metadata(
            usual,
            self.grant_types.data or usual.grant_types,
            self.token_endpoint_auth_method.data or usual.token_endpoint_auth_method,
            self.scope.data or usual.scope,
        )
        return replace(
            asked,
            application_type=asked.application_type or usual.application_type,
            profile=asked.profile or usual.profile,
            redirect_uris=asked.redirect_uris or usual.redirect_uris,
        )


def periods() -> dict[str, str]:
    """Return for how many hours an old secret may count beside its successor."""
    return {
        "24": _("For 24 hours"),
        "1": _("For an hour"),
        "168": _("For 7 days"),
        "720": _("For 30 days"),
        "0": _("Not at all: it ends now (it may be in wrong hands)"),
    }


class RenewalForm(EntranceForm):
    """What becomes of a secret when it is renewed; the ticket lets the form work once."""

    keep_old = RadioField(_l("How long does the old secret count beside the new one?"), choices=periods, default="24")
    ticket = HiddenField()


class OwnerForm(EntranceForm):
    """Who is to own a client."""

    person = StringField(
        _l("E-mail address or username"),
        [InputRequired(_l("Enter the address or username of somebody with an account."))],
        description=_l("Exactly as it is. The address must be confirmed."),
    )


class RotationForm(EntranceForm):
    """Which signing keys rotate."""

    algorithms = ChecklistField(
        _l("Algorithms"),
        choices=lambda: {name: name for name in offered()},
        default=lambda: list(offered()),
        validators=[InputRequired(_l("Choose at least one algorithm."))],
    )


class PolicyForm(EntranceForm):
    """From whom a second factor is required; each choice tells how many accounts it catches without one."""

    seen = HiddenField()

    required = RadioField(
        _l("Require a second factor of"),
        [InputRequired(_l("Choose one."))],
        choices=[],
    )

    def fill(self, *, administrators: str, everybody: str) -> None:
        """Name the choices, with the number of accounts that have no second factor yet."""
        self.required.choices = [
            (Required.NOBODY.value, _("Nobody: each person decides")),
            (Required.ADMINISTRATORS.value, _("Administrators (%(count)s without one so far)", count=administrators)),
            (Required.EVERYBODY.value, _("Everybody (%(count)s without one so far)", count=everybody)),
        ]
