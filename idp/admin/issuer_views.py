"""Pages: /admin/issuers, whose tokens count here beside this server's own. What an issuer may be is decided by `issuers`."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.admin import editing, issuer_forms, paging, powers
from idp.admin.guard import administers
from idp.admin.issuer_forms import IssuerForm, of_values, values_of
from idp.admin.navigation import actor, show
from idp.admin.questions import Question
from idp.base.http import limited
from idp.issuers import definition as rules
from idp.issuers import service
from idp.issuers.definition import Definition
from idp.issuers.models import TrustedIssuer
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("issuers", __name__, url_prefix="/issuers")
LIST = "/admin/issuers"


@bp.get("")
@administers("clients.read")
def show_issuers() -> Page:
    """List them, by identifier."""
    return show("issuers.html", rows=paging.take(service.search()))


@bp.get("/new")
@administers("clients.write")
def show_new() -> Page:
    """Show the form for a new one."""
    return _show_new(IssuerForm(formdata=None))


@bp.post("/new")
@limited("60 per minute")
@administers("clients.write")
def answer_new() -> Page:
    """Trust an issuer."""
    form = IssuerForm()
    if not form.validate_on_submit():
        return _show_new(form)
    wanted = form.definition()
    beyond = powers.check_issuer(wanted)
    made = service.create(wanted, actor=actor()) if beyond is None else [beyond]
    if isinstance(made, list):
        form.show_refusals(made)
        return _show_new(form)
    flash(_("%(name)s is trusted from now on.", name=made.issuer_name), "success")
    return go(path(made))


@bp.get("/<int:number>")
@administers("clients.read")
def show_issuer(number: int) -> Page:
    """Show an issuer, to be changed."""
    row = find(number)
    return show_row(row, form_of(row))


@bp.post("/<int:number>")
@limited("60 per minute")
@administers("clients.write")
def answer_issuer(number: int) -> Page:
    """Change an issuer, unless somebody else has changed it since the form was opened: then the two are compared."""
    row, form = find(number, for_change=True), IssuerForm()
    present = rules.of(row)
    form.keep_provider(present)
    if not form.validate_on_submit():
        return show_row(row, form)
    yours = rules.tidy(form.definition(row.issuer))
    seen = editing.begun_with(form.text("seen"))
    if seen != values_of(present) and yours != present:
        return _show_conflict(row, seen, yours)
    beyond = powers.check_issuer(present, yours)
    changed = service.change(row, yours, actor=actor()) if beyond is None else [beyond]
    if isinstance(changed, list):
        form.show_refusals(changed)
        return show_row(row, form)
    flash(_("The issuer is saved. Tokens that were issued on its word stay as they are."), "success")
    return go(path(row))


@bp.get("/<int:number>/delete")
@administers("clients.write")
def show_delete(number: int) -> Page:
    """Ask before an issuer is trusted no more."""
    row = find(number)
    return show("confirm.html", question=_ask(row.issuer_name), cancel=path(row), crumbs=crumbs(row))


@bp.post("/<int:number>/delete")
@limited("60 per minute")
@administers("clients.write")
def answer_delete(number: int) -> Page:
    """Trust an issuer no more."""
    row = find(number, for_change=True)
    name = row.issuer_name
    service.remove(row, actor=actor())
    flash(_("%(name)s is not trusted any more.", name=name), "success")
    return go(LIST)


def find(number: int, *, for_change: bool = False) -> TrustedIssuer:
    """Return an issuer, locked where it is going to be changed; 404 where there is none."""
    return service.get(min(number, 2**31), for_change=for_change) or abort(HTTPStatus.NOT_FOUND)


def path(row: TrustedIssuer) -> str:
    """Return the address of an issuer's page."""
    return f"{LIST}/{row.id}"


def form_of(row: TrustedIssuer, definition: Definition | None = None) -> IssuerForm:
    """Return the form that shows an issuer, or what is to become of it."""
    form = IssuerForm(formdata=None)
    form.fill(definition or rules.of(row))
    form.seen.data = editing.begin(values_of(rules.of(row)))
    return form


def show_row(row: TrustedIssuer, form: IssuerForm, *, status: int | None = None, **more: Any) -> Page:
    """Show the page of an issuer."""
    wrong = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show(
        "issuer.html",
        status=wrong if status is None else status,
        form=form,
        row=row,
        here=path(row),
        facts=_facts(rules.of(row)),
        crumbs=crumbs(),
        has_errors=has_errors(form),
        **more,
    )


def _facts(definition: Definition) -> dict[str, Any]:
    """Return what who may not change an issuer reads of it."""
    words = {"account_member": issuer_forms.account_members(), "grant_profiles": issuer_forms.profiles()}
    values = values_of(definition)
    member, profiles = values["account_member"], values["grant_profiles"]
    return values | {
        "account_member": words["account_member"].get(member, member),
        "grant_profiles": [words["grant_profiles"].get(profile, profile) for profile in profiles],
    }


def _ask(name: str) -> Question:
    """Return the question before an issuer is trusted no more."""
    heading = _("Trust %(name)s no more?", name=name)
    ends = _("None of its tokens is taken any more: apps that prove themselves by them are refused at once.")
    rest = _("Tokens that this server issued on its word count until they have expired.")
    return Question(heading, [ends, rest], _("Delete the issuer"))


def crumbs(row: TrustedIssuer | None = None) -> list[tuple[str, str]]:
    """Return the way here."""
    return [(LIST, _("Trusted issuers")), *([(path(row), row.issuer_name)] if row is not None else [])]


def _show_conflict(row: TrustedIssuer, seen: editing.Values | None, yours: Definition) -> Page:
    """Show what somebody else has saved meanwhile; the form has what was changed here, and elsewhere what the other saved."""
    labels = editing.labels_of(IssuerForm(formdata=None))
    differences, merged = editing.settle(seen, values_of(rules.of(row)), values_of(yours), labels)
    form = form_of(row, of_values(merged, row.issuer))
    return show_row(row, form, status=HTTPStatus.CONFLICT, differences=differences)


def _show_new(form: IssuerForm) -> Page:
    return show(
        "issuer_new.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        crumbs=crumbs(),
        has_errors=has_errors(form),
    )
