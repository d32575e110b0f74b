"""Page: /admin/clients/<client_id>/exchanges, whose tokens a client may exchange (RFC 8693). The rules are `clients.exchanges`."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Optional

from idp.admin import editing, questions
from idp.admin.clients import crumbs, find, path
from idp.admin.fields import RadioField
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.clients import exchanges
from idp.clients.exchanges import DELEGATION, HERE, IMPERSONATION, Rule
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.clients.models import LONGEST_AUDIENCE, Client
from idp.resources import service as resources
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("exchanges", __name__, url_prefix="/clients")
PLACE = "/<client_id>/exchanges"


def manners() -> dict[str, str]:
    """Return how the new token may speak, in words."""
    return {
        DELEGATION: _("For the person, and says who acts"),
        IMPERSONATION: _("As the person, and says of nobody else"),
    }


class ExchangeForm(EntranceForm):
    """One rule; `seen` is what the form was read with."""

    subject = StringField(
        _l("Whose tokens"),
        [InputRequired(_l("Enter the identifier of an app."))],
        description=_l("The identifier of the app that people sign in to; it may be this one."),
    )
    audience = StringField(
        _l("For which app or API"),
        [Optional()],
        description=_l("The identifier of the app or API that takes the new token. Left empty, it is for this server."),
    )
    scope = StringField(
        _l("Scopes"),
        [Optional()],
        description=_l("What the new token may have, of what the old one has; with spaces between."),
    )
    manner = RadioField(_l("How the new token speaks"), choices=manners, default=DELEGATION)
    once = BooleanField(_l("Each token may be exchanged once"))
    seen = HiddenField()

    def read(self) -> Rule:
        """Return the rule that was described."""
        scope = " ".join(self.text("scope").split())
        subject, audience = self.text("subject").strip(), self.text("audience").strip()
        return Rule(subject, audience, scope, str(self.manner.data), bool(self.once.data))

    def fill(self, values: editing.Values) -> None:
        """Show a rule, to be changed."""
        for name, value in values.items():
            self._fields[name].data = value

    def show_refusal(self, refused: Refused) -> None:
        """Show a refusal at its field."""
        field = self._fields[refused.field or "subject"]
        field.errors = [*field.errors, refused.detail or phrase(refused)]

    def labels(self) -> dict[str, str]:
        """Return the labels of what two may edit at once."""
        return {name: str(self._fields[name].label.text) for name in ("scope", "manner", "once")}


@bp.get(PLACE)
@administers("clients.read")
def show_exchanges(client_id: str) -> Page:
    """Show the rules of a client, and the form for one more; `?subject=&audience=` fills it with one that is there."""
    client, form = find(client_id), ExchangeForm(formdata=None)
    rule = _find(client, *_asked())
    if rule is not None:
        form.fill(exchanges.tell(rule))
    form.seen.data = editing.begin(_values(rule))
    return _show(client, form)


@bp.post(PLACE)
@limited("60 per minute")
@administers("clients.write")
def answer_exchanges(client_id: str) -> Page:
    """Set a rule, unless somebody else has meanwhile: then the difference is shown."""
    client, form = find(client_id, for_change=True), ExchangeForm()
    if not form.validate_on_submit():
        return _show(client, form)
    rule = form.read()
    seen, theirs = editing.begun_with(form.seen.data), _find(client, *rule.key)
    before = seen if seen and (seen["subject"], seen["audience"]) == rule.key else _values(None)
    if seen is None or (before != _values(theirs) and exchanges.tell(rule) != _values(theirs)):
        return _show_conflict(client, rule, before, theirs)
    unknown = exchanges.find_unknown(rule, resources.find)
    refused = unknown if unknown is not None else exchanges.put(client, rule, actor=actor())
    if refused is not None:
        form.show_refusal(refused)
        return _show(client, form)
    flash(_("The rule is saved. It counts from the next exchange on."), "success")
    return go(_here(client))


@bp.get(f"{PLACE}/remove")
@administers("clients.write")
def ask_removal(client_id: str) -> Page:
    """Ask before a client exchanges some tokens no more."""
    client, (subject, audience) = find(client_id), _asked()
    question = questions.about_exchange(client.client_name, subject, audience or _("this server"))
    return show("confirm.html", question=question, cancel=_here(client), crumbs=crumbs(client))


@bp.post(f"{PLACE}/remove")
@limited("60 per minute")
@administers("clients.write")
def remove_rule(client_id: str) -> Page:
    """Take a rule away; one that is gone already stays so."""
    client = find(client_id, for_change=True)
    if exchanges.remove(client, *_asked(), actor=actor()):
        flash(_("The rule is removed."), "success")
    return go(_here(client))


def _asked() -> tuple[str, str]:
    return request.args.get("subject", "")[:255], request.args.get("audience", HERE)[:LONGEST_AUDIENCE]


def _here(client: Client) -> str:
    return f"{path(client)}/exchanges"


def _find(client: Client, subject: str, audience: str) -> Rule | None:
    rules = exchanges.of_client(client.client_id) if subject else []
    return next((rule for rule in rules if rule.key == (subject, audience)), None)


def _values(rule: Rule | None) -> dict[str, object]:
    return exchanges.tell(rule) if rule is not None else {}


def _show_conflict(client: Client, rule: Rule, before: editing.Values, theirs: Rule | None) -> Page:
    """Show what somebody else has saved, and a form that goes on with both; where the rule is gone, with what was typed."""
    form, yours = ExchangeForm(formdata=None), exchanges.tell(rule)
    present = _values(theirs)
    form.fill(editing.merge(before, present, yours) if present else yours)
    form.seen.data = editing.begin(present)
    differences = editing.compare(before, present, yours, form.labels())
    if not differences:
        editing.note_expired()
    return _show(client, form, differences=[one for one in differences if one.label != "subject"], is_stale=True)


def _show(
    client: Client, form: ExchangeForm, *, differences: list[editing.Difference] | None = None, is_stale: bool = False
) -> Page:
    rules = exchanges.of_client(client.client_id)
    rows = [(rule, urlencode({"subject": rule.subject, "audience": rule.audience})) for rule in rules]
    status = HTTPStatus.CONFLICT if is_stale else HTTPStatus.OK
    return show(
        "client_exchanges.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else status,
        client=client,
        form=form,
        rows=rows,
        here=_here(client),
        manners=manners(),
        has_grant=TOKEN_EXCHANGE in client.grant_types,
        differences=differences,
        crumbs=crumbs(client),
        has_errors=has_errors(form),
    )
