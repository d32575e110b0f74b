"""The form of a trusted issuer, its fields named as in `issuers.definition`. It only reads what was typed; the rules are there."""

import json
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from idp.admin.fields import ChecklistField, SelectField
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.federation import built, known
from idp.issuers.definition import (
    CHANGEABLE,
    EMAIL,
    ID_JAG,
    IDENTITY,
    PLAIN,
    SUB,
    USERNAME,
    Definition,
    read,
    read_line,
    tell,
    write_line,
)
from idp.keys.parsing import read_object
from idp.signin.forms import EntranceForm

LINES = ("audiences", "clients", "email_domains")  # fields with one thing a line


def profiles() -> dict[str, str]:
    """Return what a token may be taken as."""
    return {
        PLAIN: _("Plain assertion: any signed JWT about somebody, taken once"),
        ID_JAG: _("Identity assertion (ID-JAG): made by another authorization server for this one"),
    }


def account_members() -> dict[str, str]:
    """Return by what of an account a claim names it."""
    return {
        IDENTITY: _("The identity at a sign-in provider"),
        SUB: _("The identifier here (sub)"),
        EMAIL: _("The e-mail address"),
        USERNAME: _("The username"),
    }


def provider_names() -> dict[str, str]:
    """Return the sign-in providers at which people may have identities."""
    of_settings = {provider.key: provider.label for provider in built.TABLE if provider.is_configured}
    return {"": _("None")} | of_settings | {row.key: row.label for row in known.list_all()}


class IssuerForm(EntranceForm):
    """One issuer."""

    seen = HiddenField()
    issuer = StringField(
        _l("Issuer"),
        description=_l(
            "As its tokens have it in iss, such as https://token.actions.githubusercontent.com; of SPIFFE the trust domain,"
            " such as spiffe://example.org. It is compared exactly, and stays."
        ),
    )
    issuer_name = StringField(
        _l("Name"), [Optional()], description=_l("What administrators read. Left empty: the host.")
    )
    jwks_uri = StringField(
        _l("Address of its keys"),
        [Optional()],
        description=_l("Where its public keys are published. Left empty, without keys below: its metadata say where."),
    )
    jwks = TextAreaField(
        _l("Its keys"),
        [Optional()],
        description=_l(
            "A key set in JSON, where this server cannot reach the address. Of a cluster: kubectl get --raw /openid/v1/jwks"
        ),
    )
    audiences = TextAreaField(
        _l("More audiences"),
        [Optional()],
        description=_l("One a line: what its tokens may have in aud beside the address of this server."),
    )
    workloads = TextAreaField(
        _l("Programs"),
        [Optional()],
        description=_l(
            "One a line: the client ID, a space, and the subject (sub) of its tokens. Whoever shows such a token is that app,"
            " without a secret. For example: orders system:serviceaccount:shop:orders"
        ),
    )
    grant_profiles = ChecklistField(_l("Taken as"), choices=profiles)
    clients = TextAreaField(
        _l("Apps that may show them"), [Optional()], description=_l("Client IDs, one a line. No other app may.")
    )
    scope = StringField(
        _l("Scopes at most"),
        [Optional()],
        description=_l("What an app gets by them, with spaces between. Never offline_access, scim, admin or the like."),
    )
    account_claim = StringField(
        _l("Claim that names the person"), default="sub", description=_l("Such as sub, email or preferred_username.")
    )
    account_member = SelectField(
        _l("What of an account it says"),
        choices=account_members,
        default=IDENTITY,
        description=_l("An identity is the safest: a name or an address may be given to somebody else one day."),
    )
    provider = SelectField(
        _l("Sign-in provider"), choices=provider_names, description=_l("At which people have these identities.")
    )
    email_domains = TextAreaField(
        _l("Domains of e-mail addresses"),
        [Optional()],
        description=_l("One a line: about whose addresses it may speak. Left empty: all."),
    )

    def fill(self, definition: Definition) -> None:
        """Show an issuer; a provider that is gone stays to be seen."""
        for name, value in values_of(definition).items():
            self[name].data = "\n".join(value) if name in (*LINES, "workloads") else value
        self.issuer.data = definition.issuer
        self.keep_provider(definition)

    def keep_provider(self, definition: Definition) -> None:
        """Let the provider of an issuer be chosen though it is gone."""
        key = definition.provider or ""
        self.provider.choices = list(({key: key} | provider_names()).items())

    def definition(self, issuer: str | None = None) -> Definition:
        """Return what the form asks for."""
        values = {name: self[name].data for name in CHANGEABLE}
        values |= {name: _lines(self.text(name)) for name in (*LINES, "workloads")}
        return of_values(values, issuer or self.text("issuer"))

    def show_refusals(self, refusals: list[Refused]) -> None:
        """Show at its field what is wrong with the issuer, each sentence once."""
        for refused in refusals:
            place = self._fields.get(refused.field or "")
            message = refused.detail or phrase(refused)
            if place is None:
                self.form_errors.append(message)
            elif message not in place.errors:
                place.errors = [*place.errors, message]


def values_of(definition: Definition) -> dict[str, Any]:
    """Return what of an issuer can be changed, by the fields of the form."""
    told = {name: value for name, value in tell(definition).items() if name in CHANGEABLE}
    return told | {
        "jwks_uri": definition.jwks_uri or "",
        "jwks": json.dumps(definition.jwks, indent=2) if definition.jwks is not None else "",
        "provider": definition.provider or "",
        "workloads": [write_line(one) for one in definition.workloads],
    }


def of_values(values: dict[str, Any], issuer: str) -> Definition:
    """Return the issuer that the values of a form describe. Keys that are no JSON object become a set that has none, which is refused."""
    keys = (values["jwks"] or "").strip()
    workloads = [read_line(line) for line in values["workloads"]]
    return read(
        values
        | {name: values[name] or "" for name in ("issuer_name", "scope", "account_claim")}
        | {
            "issuer": issuer,
            "jwks_uri": values["jwks_uri"] or None,
            "jwks": (read_object(keys) or {}) if keys else None,
            "provider": values["provider"] or None,
            "grant_profiles": values["grant_profiles"] or (),
            "workloads": [{"client_id": one.client_id, "sub": one.sub} for one in workloads],
        }
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
