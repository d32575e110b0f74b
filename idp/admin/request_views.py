"""Page: /admin/requests, what is asked of the authorization requests of every application."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField

from idp import policies
from idp.accounts import lookup
from idp.admin import editing
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.http import limited
from idp.oauth.policy import MUST_PUSH
from idp.policies import Policy
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go

bp = Blueprint("request_policy", __name__, url_prefix="/requests")


class RequestPolicyForm(EntranceForm):
    """Whether every application has to push its requests."""

    seen = HiddenField()
    pushed_requests = BooleanField(
        _l("Only pushed requests, of every app"),
        description=_l("Apps that cannot push (RFC 9126) get an error. One app alone is held to it on its own page."),
    )


@bp.get("")
@administers("policy.read")
def show_policy() -> Page:
    """Show what is asked."""
    present, decided = policies.look(MUST_PUSH)
    return _show(_form_of(present, present), present, decided)


@bp.post("")
@limited("30 per minute")
@administers("policy.write")
def answer_policy() -> Page:
    """Decide, unless somebody else has decided otherwise since the form was opened: then the two are compared."""
    form = RequestPolicyForm()
    if not form.validate_on_submit():
        return _show(form, *policies.look(MUST_PUSH))
    yours, present = bool(form.pushed_requests.data), policies.hold(MUST_PUSH)
    seen = editing.begun_with(form.text("seen"))
    if seen != _values(present) and yours != present:
        return _show_conflict(seen, yours)
    policies.put(MUST_PUSH, yours, actor=actor())
    flash(_("The policy is saved."), "success")
    return go("/admin/requests")


def _values(must_push: bool) -> dict[str, bool]:
    return {MUST_PUSH.name: must_push}


def _form_of(chosen: bool, present: bool) -> RequestPolicyForm:
    form = RequestPolicyForm(formdata=None)
    form.pushed_requests.data, form.seen.data = chosen, editing.begin(_values(present))
    return form


def _show_conflict(seen: editing.Values | None, yours: bool) -> Page:
    """Show what somebody else has decided meanwhile; what was chosen stays chosen."""
    if seen is None:
        editing.note_expired()
    present, decided = policies.look(MUST_PUSH)
    now = _values(present)
    before, theirs, chosen = (_in_words(bool(values[MUST_PUSH.name])) for values in (seen or now, now, _values(yours)))
    label = RequestPolicyForm(formdata=None).pushed_requests.label.text
    differences = editing.compare(before, theirs, chosen, {MUST_PUSH.name: str(label)})
    return _show(_form_of(yours, present), present, decided, status=HTTPStatus.CONFLICT, differences=differences)


def _in_words(must_push: bool) -> dict[str, Any]:
    return {MUST_PUSH.name: _("Required") if must_push else _("Not required")}


def _show(
    form: RequestPolicyForm, present: bool, decided: Policy | None, *, status: int = HTTPStatus.OK, **more: Any
) -> Page:
    return show(
        "requests.html",
        status=status,
        form=form,
        present=_in_words(present)[MUST_PUSH.name],
        decided=decided,
        names=lookup.names_of([decided.changed_by]) if decided is not None else {},
        **more,
    )
