"""Page: /admin/clients/<client_id>/provisioning, where people and groups are brought by SCIM, how that goes, and who was not taken."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Optional

from idp.accounts.models import Account
from idp.admin import editing, paging, questions
from idp.admin.clients import crumbs, find, path
from idp.admin.fields import RadioField
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.database import session
from idp.base.http import limited
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.clients.models import Client
from idp.groups import lookup
from idp.pushing import targets
from idp.pushing.models import ScimTarget
from idp.pushing.targets import Wanted
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("provisioning", __name__, url_prefix="/clients")
EVERYBODY, GROUP = "everybody", "group"
PLACE = "/<client_id>/provisioning"


class TargetForm(EntranceForm):
    """Where people are brought, and which; `seen` is what the form was read with."""

    base_url = StringField(
        _l("SCIM address"),
        [InputRequired(_l("Enter an address."))],
        description=_l("The base URL that the app tells, such as https://app.example/scim/v2."),
    )
    token = StringField(
        _l("Token"), description=_l("The app gives it. Of a target that is there: left empty, it stays.")
    )
    people = RadioField(
        _l("Who is brought"),
        choices=lambda: {
            EVERYBODY: _("Everybody who may use the app"),
            GROUP: _("The members of one group, and of the groups below it"),
        },
        default=EVERYBODY,
    )
    group = StringField(_l("Group"), [Optional()], description=_l("Its path, such as /eng/backend."))
    push_groups = BooleanField(_l("Groups are brought, too"))
    seen = HiddenField()

    def show_refusal(self, refused: Refused) -> None:
        """Show a refusal of the service at its field."""
        field = self._fields[refused.field or "base_url"]
        field.errors = [*field.errors, refused.detail or phrase(refused)]

    def labels(self) -> dict[str, Any]:
        """Return the labels of what two may edit at once."""
        return {"base_url": self.base_url.label.text, "people": _("Who is brought"), "push_groups": _("Groups")}

    def fill(self, told: editing.Values) -> None:
        """Show the present values."""
        is_everybody = told["people"] == EVERYBODY
        self.base_url.data, self.push_groups.data = told["base_url"], told["push_groups"]
        self.people.data, self.group.data = (EVERYBODY, "") if is_everybody else (GROUP, told["people"])

    def told(self) -> dict[str, Any]:
        """Return what was typed, as `targets.tell` has it."""
        people = self.text("group").strip() if self.people.data == GROUP else EVERYBODY
        return {
            "base_url": self.text("base_url").strip().rstrip("/"),
            "people": people,
            "push_groups": self.push_groups.data,
        }


@bp.get(PLACE)
@administers("clients.read")
def show_target(client_id: str) -> Page:
    """Show where people of an app are brought, and how that goes."""
    client, row = find(client_id), targets.get(client_id)
    form = TargetForm(formdata=None)
    told = targets.tell(row) if row is not None else {}
    if told:
        form.fill(told)
    form.seen.data = editing.begin(told)
    return _show(client, row, form)


@bp.post(PLACE)
@limited("30 per minute")
@administers("clients.write")
def answer_target(client_id: str) -> Page:
    """Say where people are brought, and whom, unless somebody else has meanwhile."""
    client, form = find(client_id, for_change=True), TargetForm()
    row = targets.get(client_id, for_change=True)
    present = targets.tell(row) if row is not None else {}
    if not form.validate_on_submit():
        return _show(client, row, form)
    seen = editing.begun_with(form.seen.data)
    if seen is None:
        editing.note_expired()
        form.seen.data = editing.begin(present)
        return _show(client, row, form, status=HTTPStatus.CONFLICT)
    if seen != present:
        return _show_conflict(client, row, form, seen, present)
    wanted = _read(form)
    done = wanted if isinstance(wanted, Refused) else targets.put(client_id, wanted, actor=actor())
    if isinstance(done, Refused):
        form.show_refusal(done)
        return _show(client, row, form)
    flash(
        _("The target is saved. Everybody is looked at now, and brought as far as there is something new."), "success"
    )
    return go(_place(client))


@bp.post(f"{PLACE}/<any(test, push, pause, resume):verb>")
@limited("30 per minute")
@administers("clients.write")
def act(client_id: str, verb: str) -> Page:
    """Try the connection, bring everybody anew, pause, or go on."""
    client = find(client_id)
    row = targets.get(client_id, for_change=True) or abort(HTTPStatus.NOT_FOUND)
    match verb:
        case "test":
            wrong = targets.test(row, actor=actor())
            told = (
                _("The app answers, and takes the token.")
                if wrong is None
                else _("It does not work: %(error)s.", error=wrong)
            )
            flash(told, "success" if wrong is None else "error")
        case "push":
            targets.push_again(row, actor=actor())
            flash(_("Everybody is looked at now. Look again in a moment."), "success")
        case "pause":
            targets.pause(row, actor=actor())
            flash(_("Nobody is brought until it goes on."), "success")
        case _:
            targets.resume(row, actor=actor())
            flash(_("It goes on."), "success")
    return go(_place(client))


@bp.get(f"{PLACE}/delete")
@administers("clients.write")
def ask_removal(client_id: str) -> Page:
    """Ask before a target is deleted."""
    client = find(client_id)
    row = targets.get(client_id) or abort(HTTPStatus.NOT_FOUND)
    question = questions.about_target(client, targets.where(row))
    return show("confirm.html", question=question, cancel=_place(client), crumbs=_crumbs(client))


@bp.post(f"{PLACE}/delete")
@limited("30 per minute")
@administers("clients.write")
def remove_target(client_id: str) -> Page:
    """Delete a target."""
    client = find(client_id)
    targets.remove(targets.get(client_id, for_change=True) or abort(HTTPStatus.NOT_FOUND), actor=actor())
    flash(_("Nobody is brought there any more."), "success")
    return go(path(client))


def _read(form: TargetForm) -> Wanted | Refused:
    token, is_for_group = form.text("token").strip() or None, form.people.data == GROUP
    group = lookup.find_by_path(form.text("group")) if is_for_group and form.text("group").strip() else None
    if is_for_group and group is None and form.text("group").strip():
        return Refused(Reason.UNKNOWN, "group", detail=_("There is no group of this path."))
    return Wanted(form.text("base_url"), token, group, bool(form.push_groups.data), is_for_group)


def _show_conflict(
    client: Client, row: ScimTarget | None, form: TargetForm, seen: editing.Values, present: editing.Values
) -> Page:
    """Show what somebody else has changed meanwhile, above the form with both changes in it."""
    yours = form.told()
    merged = editing.merge(seen, present, yours) if present else yours
    again = TargetForm(formdata=None)
    again.fill(merged)
    again.seen.data = editing.begin(present)
    differences = editing.compare(seen, present, yours, form.labels())
    return _show(client, row, again, status=HTTPStatus.CONFLICT, differences=differences)


def _show(
    client: Client, row: ScimTarget | None, form: TargetForm, *, status: int | None = None, differences: Any = ()
) -> Page:
    form.token.data = ""
    usual = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show(
        "client_provisioning.html",
        status=usual if status is None else status,
        form=form,
        has_errors=has_errors(form),
        client=client,
        row=row,
        cancel=path(client),
        differences=differences,
        progress=targets.progress(row) if row is not None else None,
        failures=_failures(row) if row is not None else None,
        crumbs=crumbs(client),
    )


def _failures(row: ScimTarget) -> Any:
    """Return a page of people who were not taken, each with the account."""
    found = paging.take(targets.failures(row))
    numbers = [item.account_id for item in found.items]
    accounts = {one.id: one for one in session().scalars(select(Account).where(Account.id.in_(numbers)))}
    return {"page": found, "rows": [(item, accounts.get(item.account_id)) for item in found.items]}


def _place(client: Client) -> str:
    return f"{path(client)}/provisioning"


def _crumbs(client: Client) -> list[tuple[str, str]]:
    return [*crumbs(client), (_place(client), _("Bringing people"))]
