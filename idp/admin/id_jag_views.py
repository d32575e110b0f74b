"""Page: /admin/clients/<client_id>/id-jags, for which other servers a client gets identity assertions (`groups.assertion_rules`)."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from idp.admin import editing
from idp.admin.clients import crumbs, find, path
from idp.admin.fields import RadioField
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.protocol_fields import lines
from idp.admin.questions import Question
from idp.admin.standing_forms import EVERYBODY, GROUPS
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.clients.models import LONGEST_AUDIENCE, Client
from idp.groups import assertion_rules
from idp.groups.assertion_rules import Rule
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("id_jags", __name__, url_prefix="/clients")
PLACE = "/<client_id>/id-jags"
FIELDS = {"client_id": "audience_client_id"}  # of members that are called otherwise in the form


def whom() -> dict[str, str]:
    """Return for whom a rule may be, in words."""
    return {EVERYBODY: _("Everybody who may use the app"), GROUPS: _("The members of these groups")}


class IdJagForm(EntranceForm):
    """One rule; `seen` is what the form was read with."""

    audience = StringField(
        _l("The other server"),
        [InputRequired(_l("Enter the issuer of the other authorization server."))],
        description=_l("The issuer of the authorization server that trusts this one, such as https://auth.example/."),
    )
    audience_client_id = StringField(
        _l("What the app is called there"),
        [Optional()],
        description=_l("Its client ID at the other server. Left empty, the same as here."),
    )
    scope = StringField(
        _l("Scopes"),
        [Optional()],
        description=_l("Of the other server, the most that may be had; with spaces between."),
    )
    resources = TextAreaField(
        _l("Resources"),
        [Optional()],
        description=_l("Identifiers of APIs behind the other server, one a line. Left empty, none may be named."),
    )
    access = RadioField(_l("For whom"), choices=whom, default=EVERYBODY)
    groups = TextAreaField(_l("Groups"), [Optional()], description=_l("Their paths, one a line."))
    sso_client_id = StringField(
        _l("The app by which the other server signs people in"),
        [Optional()],
        description=_l("Its client ID here: people are named as it knows them. Left empty, as this app knows them."),
    )
    tells_email = BooleanField(_l("Tell the confirmed email address"))
    seen = HiddenField()

    def read(self) -> Rule:
        """Return the rule that was described."""
        groups = tuple(lines(self.groups.data)) if self.access.data == GROUPS else None
        return Rule(
            audience=self.text("audience").strip(),
            client_id=self.text("audience_client_id").strip(),
            scope=" ".join(self.text("scope").split()),
            resources=tuple(lines(self.resources.data)),
            groups=tuple(sorted(set(groups))) if groups is not None else None,
            sso_client_id=self.text("sso_client_id").strip(),
            email=bool(self.tells_email.data),
        )

    def fill(self, values: editing.Values) -> None:
        """Show a rule, to be changed."""
        for name, value in values.items():
            self._fields[name].data = value

    def show_refusal(self, refused: Refused) -> None:
        """Show a refusal at its field."""
        field = self._fields[FIELDS.get(refused.field or "", refused.field or "audience")]
        field.errors = [*field.errors, refused.detail or phrase(refused)]


@bp.get(PLACE)
@administers("clients.read")
def show_id_jags(client_id: str) -> Page:
    """Show the rules of a client, and the form for one more; `?audience=` fills it with one that is there."""
    client, form = find(client_id), IdJagForm(formdata=None)
    rule = _find(client, _asked())
    if rule is not None:
        form.fill(_values(rule))
    form.seen.data = editing.begin(_values(rule))
    return _show(client, form)


@bp.post(PLACE)
@limited("60 per minute")
@administers("clients.write")
def answer_id_jags(client_id: str) -> Page:
    """Set a rule, unless somebody else has meanwhile: then the difference is shown."""
    client, form = find(client_id, for_change=True), IdJagForm()
    if form.validate_on_submit() and form.access.data == GROUPS and not lines(form.groups.data):
        form.groups.errors = [_("Enter the path of at least one group.")]
    if has_errors(form):
        return _show(client, form)
    rule = form.read()
    seen, theirs = editing.begun_with(form.seen.data), _find(client, rule.audience)
    before = seen if seen and seen["audience"] == rule.audience else _values(None)
    if seen is None or (before != _values(theirs) and _values(rule) != _values(theirs)):
        return _show_conflict(client, rule, before, theirs)
    refused = assertion_rules.put(client, rule, actor=actor())
    if refused is not None:
        form.show_refusal(refused)
        return _show(client, form)
    flash(_("The rule is saved. It counts from the next request on."), "success")
    return go(_here(client))


@bp.get(f"{PLACE}/remove")
@administers("clients.write")
def ask_removal(client_id: str) -> Page:
    """Ask before a client gets no more assertions for a server."""
    client, audience = find(client_id), _asked()
    ends = _("%(name)s gets no more assertions for %(audience)s.", name=client.client_name, audience=audience)
    left = _("Tokens that it has from the other server are that one's affair.")
    question = Question(_("Remove the rule for this server?"), [ends, left], _("Remove the rule"))
    return show("confirm.html", question=question, cancel=_here(client), crumbs=crumbs(client))


@bp.post(f"{PLACE}/remove")
@limited("60 per minute")
@administers("clients.write")
def remove_rule(client_id: str) -> Page:
    """Take a rule away; one that is gone already stays so."""
    client = find(client_id, for_change=True)
    if assertion_rules.remove(client, _asked(), actor=actor()):
        flash(_("The rule is removed."), "success")
    return go(_here(client))


def _asked() -> str:
    return request.args.get("audience", "")[:LONGEST_AUDIENCE]


def _here(client: Client) -> str:
    return f"{path(client)}/id-jags"


def _find(client: Client, audience: str) -> Rule | None:
    rules = assertion_rules.of_client(client.client_id) if audience else []
    return next((rule for rule in rules if rule.audience == audience), None)


def _values(rule: Rule | None) -> dict[str, object]:
    """Return a rule as the form has it."""
    if rule is None:
        return {}
    return {
        "audience": rule.audience,
        "audience_client_id": rule.client_id,
        "scope": rule.scope,
        "resources": "\n".join(rule.resources),
        "access": EVERYBODY if rule.groups is None else GROUPS,
        "groups": "\n".join(rule.groups or ()),
        "sso_client_id": rule.sso_client_id,
        "tells_email": rule.email,
    }


def _show_conflict(client: Client, rule: Rule, before: editing.Values, theirs: Rule | None) -> Page:
    """Show what somebody else has saved, and a form that goes on with both; where the rule is gone, with what was typed."""
    form, yours = IdJagForm(formdata=None), _values(rule)
    present = _values(theirs)
    form.fill(editing.merge(before, present, yours) if present else yours)
    form.seen.data = editing.begin(present)
    differences = editing.compare(before, present, yours, editing.labels_of(form))
    if not differences:
        editing.note_expired()
    return _show(client, form, differences=differences, is_stale=True)


def _show(
    client: Client, form: IdJagForm, *, differences: list[editing.Difference] | None = None, is_stale: bool = False
) -> Page:
    rules = assertion_rules.of_client(client.client_id)
    status = HTTPStatus.CONFLICT if is_stale else HTTPStatus.OK
    return show(
        "client_id_jags.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else status,
        client=client,
        form=form,
        rows=[(rule, urlencode({"audience": rule.audience})) for rule in rules],
        here=_here(client),
        has_grant=TOKEN_EXCHANGE in client.grant_types,
        differences=differences,
        crumbs=crumbs(client),
        has_errors=has_errors(form),
    )
