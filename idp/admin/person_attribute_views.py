"""Page: /admin/people/<sub>/attributes, what one person has in custom attributes. The rules live in `accounts.attribute_values`."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash
from flask_babel import gettext as _
from wtforms import HiddenField

from idp.accounts import attribute_values
from idp.accounts.models import Account
from idp.admin import editing, guard
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.taken import find, take
from idp.attributes import known
from idp.base.http import limited
from idp.base.outcome import Reason, Refused
from idp.signin import asking
from idp.signin.forms import PREFIX, AskingForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("person_attributes", __name__, url_prefix="/people")


class PersonForm(AskingForm):
    """What a person has in custom attributes."""

    seen = HiddenField()


@bp.get("/<sub>/attributes")
@administers("people.write")
def show_values(sub: str) -> Page:
    """Show the form."""
    account = find(sub)
    if not guard.may_act_on(account):
        return guard.refuse(Refused(Reason.NOT_PERMITTED))
    return _show(account, _form_of(account, _values(account)))


@bp.post("/<sub>/attributes")
@limited("60 per minute")
@administers("people.write")
def answer_values(sub: str) -> Page:
    """Change what was changed, all of it or nothing, unless somebody else has since the form was opened: then the two are compared."""
    account = take(sub, "people.write")
    form = _made(account)()
    if not form.validate_on_submit():
        return _show(account, form)
    present, yours, seen = _values(account), form.attributes(), editing.begun_with(form.text("seen"))
    if seen != present and yours != present:
        return _show_conflict(account, seen, yours)
    refusals = attribute_values.change(account, yours, actor=actor())
    if refusals:
        form.refuse(*refusals)
        return _show(account, form)
    flash(_("The attributes are saved."), "success")
    return go(_path(account))


def _values(account: Account) -> dict[str, str]:
    return attribute_values.texts(account, known.custom())


def _made(account: Account) -> type[PersonForm]:
    return asking.build(PersonForm, known.custom(), account, by_administrator=True)


def _form_of(account: Account, values: editing.Values) -> PersonForm:
    form = _made(account)(formdata=None, **{f"{PREFIX}{name}": text for name, text in values.items()})
    form.seen.data = editing.begin(_values(account))
    return form


def _show_conflict(account: Account, seen: editing.Values | None, yours: dict[str, str]) -> Page:
    """Show what somebody else has saved meanwhile; the form has what was changed here, and elsewhere what the other saved."""
    labels = {one.name: one.label for one in known.custom()}
    differences, merged = editing.settle(seen, _values(account), yours, labels)
    form = _form_of(account, merged)
    return _show(account, form, status=HTTPStatus.CONFLICT, differences=differences)


def _path(account: Account) -> str:
    return f"/admin/people/{account.sub}"


def _show(account: Account, form: PersonForm, *, status: int | None = None, **more: Any) -> Page:
    wrong = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    crumbs = [("/admin/people", _("People")), (_path(account), account.display_name)]
    return show(
        "person_attributes.html",
        status=wrong if status is None else status,
        form=form,
        account=account,
        cancel=_path(account),
        crumbs=crumbs,
        has_errors=has_errors(form),
        **more,
    )
