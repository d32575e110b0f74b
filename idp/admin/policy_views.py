"""Page: /admin/policy, from whom a second factor is required. A client that requires one says so on its own page."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, request
from flask_babel import gettext as _
from sqlalchemy import Select, select

from idp import policies
from idp.accounts import lookup
from idp.accounts.models import Account
from idp.admin import editing, paging, questions
from idp.admin.forms import PolicyForm
from idp.admin.guard import administers
from idp.admin.navigation import actor, administrator, show
from idp.base.http import limited
from idp.clients.models import Client
from idp.factors import policy
from idp.factors.policy import Required
from idp.policies import Policy
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("policy", __name__, url_prefix="/policy")
RULE = f"/<any({', '.join(rule.value for rule in Required)}):rule>"


@bp.get("")
@administers("policy.read")
def show_policy() -> Page:
    """Show the rule in force, and what each choice would mean."""
    present, decided = policies.look(policy.RULE)
    return _show(_form_of(present, present), present, decided)


@bp.post("")
@limited("30 per minute")
@administers("policy.write")
def answer_policy() -> Page:
    """Ask whether another rule is meant."""
    form = PolicyForm()
    _fill(form)
    present, decided = policies.look(policy.RULE)
    if not form.validate_on_submit():
        return _show(form, present, decided)
    required = Required(form.required.data)
    seen = editing.begun_with(form.seen.data)
    if seen != _values(present):
        return _show_conflict(seen, required)
    if required is not present:
        return go(f"/admin/policy/{required.value}?{urlencode({'seen': form.seen.data})}")
    flash(_("The policy is saved."), "success")
    return go("/admin/policy")


@bp.get(RULE)
@administers("policy.write")
def ask(rule: str) -> Page:
    """Ask before the rule changes; `?seen=` says which rule the form was read with."""
    question = questions.about_policy(Required(rule))
    seen = request.args.get("seen") or editing.begin(_values(policy.get()))
    crumbs = [("/admin/policy", _("Security"))]
    return show("confirm.html", question=question, cancel="/admin/policy", crumbs=crumbs, seen=seen)


@bp.post(RULE)
@limited("30 per minute")
@administers("policy.write")
def put(rule: str) -> Page:
    """Set the rule; an administrator whom it catches without a second factor sets one up at the next page."""
    required, present = Required(rule), policy.hold()
    seen = editing.begun_with(request.form.get("seen"))
    if required is not present and seen != _values(present):
        return _show_conflict(seen, required)
    if required is not present:
        policy.put(required, actor=actor())
    flash(_("The policy is saved."), "success")
    return go("/admin/policy")


def _form_of(required: Required, present: Required) -> PolicyForm:
    form = PolicyForm(formdata=None)
    form.required.data, form.seen.data = required.value, editing.begin(_values(present))
    return form


def _values(required: Required) -> dict[str, str]:
    return {policy.NAME: required.value}


def _show_conflict(seen: editing.Values | None, yours: Required) -> Page:
    """Show what somebody else has decided meanwhile; what was chosen stays chosen."""
    if seen is None:
        editing.note_expired()
    present, decided = policies.look(policy.RULE)
    words, now = policy.words(), _values(present)
    before, theirs, chosen = (
        {name: words[value] for name, value in values.items()} for values in (seen or now, now, _values(yours))
    )
    differences = editing.compare(before, theirs, chosen, {policy.NAME: _("Second factor")})
    form = _form_of(yours, present)
    return _show(form, present, decided, status=HTTPStatus.CONFLICT, differences=differences)


def _show(
    form: PolicyForm, present: Required, decided: Policy | None, *, status: int | None = None, **more: Any
) -> Page:
    _fill(form)
    wrong = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show(
        "policy.html",
        status=wrong if status is None else status,
        form=form,
        has_errors=has_errors(form),
        lacks_factor=not administrator().has_second_factor,
        clients=paging.tell_count(select(Client.client_id).where(Client.require_second_factor)),
        decided=decided,
        present=policy.words()[present.value],
        names=lookup.names_of([decided.changed_by]) if decided is not None else {},
        **more,
    )


def _fill(form: PolicyForm) -> None:
    everybody = _without_factor()
    form.fill(
        administrators=paging.tell_count(everybody.where(Account.is_admin, Account.email_verified_at.is_not(None))),
        everybody=paging.tell_count(everybody),
    )


def _without_factor() -> Select[int]:
    return select(Account.id).where(Account.second_factor_since.is_(None), Account.disabled_at.is_(None))
