"""Page: /admin/policy, from whom a second factor is required. A client that requires one says so on its own page."""

from http import HTTPStatus

from flask import Blueprint, flash
from flask_babel import gettext as _
from sqlalchemy import Select, select

from idp.accounts.models import Account
from idp.admin import paging, questions
from idp.admin.forms import PolicyForm
from idp.admin.navigation import actor, administrator, show
from idp.base.http import limited
from idp.clients.models import Client
from idp.factors import policy
from idp.factors.policy import Required
from idp.signin.login import admin_required
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("policy", __name__, url_prefix="/policy")
RULE = f"/<any({', '.join(rule.value for rule in Required)}):rule>"


@bp.get("")
@admin_required
def show_policy() -> Page:
    """Show the rule in force, and what each choice would mean."""
    form = PolicyForm(formdata=None)
    form.required.data = policy.get().value
    return _show(form)


@bp.post("")
@limited("30 per minute")
@admin_required
def answer_policy() -> Page:
    """Ask whether another rule is meant."""
    form = PolicyForm()
    _fill(form)
    if not form.validate_on_submit():
        return _show(form)
    required = Required(form.required.data)
    if required is not policy.get():
        return go(f"/admin/policy/{required.value}")
    flash(_("The policy is saved."), "success")
    return go("/admin/policy")


@bp.get(RULE)
@admin_required
def ask(rule: str) -> Page:
    """Ask before the rule changes."""
    question = questions.about_policy(Required(rule))
    return show("confirm.html", question=question, cancel="/admin/policy", crumbs=[("/admin/policy", _("Security"))])


@bp.post(RULE)
@limited("30 per minute")
@admin_required
def put(rule: str) -> Page:
    """Set the rule; an administrator whom it catches without a second factor sets one up at the next page."""
    required = Required(rule)
    if required is not policy.get():
        policy.put(required, actor=actor())
    flash(_("The policy is saved."), "success")
    return go("/admin/policy")


def _show(form: PolicyForm) -> Page:
    _fill(form)
    return show(
        "policy.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        has_errors=has_errors(form),
        lacks_factor=not administrator().has_second_factor,
        clients=paging.tell_count(select(Client.client_id).where(Client.require_second_factor)),
    )


def _fill(form: PolicyForm) -> None:
    everybody = _without_factor()
    form.fill(
        administrators=paging.tell_count(everybody.where(Account.is_admin, Account.email_verified_at.is_not(None))),
        everybody=paging.tell_count(everybody),
    )


def _without_factor() -> Select[int]:
    return select(Account.id).where(Account.second_factor_since.is_(None), Account.disabled_at.is_(None))
