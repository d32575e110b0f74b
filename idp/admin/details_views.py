"""Pages: /admin/details, the types of authorization details that apps may ask for. What one may be is decided by `details`."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.admin import editing, paging
from idp.admin.details_forms import DetailsForm, values_of
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.questions import Question
from idp.base.http import limited
from idp.details import definition as rules
from idp.details import service
from idp.details.definition import Definition
from idp.details.models import AuthorizationDetailsType
from idp.keys.parsing import read_object
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("details", __name__, url_prefix="/details")
LIST = "/admin/details"


@bp.get("")
@administers("clients.read")
def show_types() -> Page:
    """List them, by name."""
    return show("details.html", rows=paging.take(service.search()))


@bp.get("/new")
@administers("clients.write")
def show_new() -> Page:
    """Show the form for a new one."""
    return _show_new(DetailsForm(formdata=None))


@bp.post("/new")
@limited("60 per minute")
@administers("clients.write")
def answer_new() -> Page:
    """Register a type."""
    form = DetailsForm()
    if not form.validate_on_submit():
        return _show_new(form)
    made = service.create(form.definition(), actor=actor())
    if isinstance(made, list):
        form.show_refusals(made)
        return _show_new(form)
    flash(_("The type %(name)s is registered. Register clients for it.", name=made.type), "success")
    return go(LIST)


@bp.get("/<int:number>")
@administers("clients.read")
def show_type(number: int) -> Page:
    """Show a type, to be changed."""
    row = _find(number)
    return _show(row, _form_of(rules.of(row), row))


@bp.post("/<int:number>")
@limited("60 per minute")
@administers("clients.write")
def answer_type(number: int) -> Page:
    """Change a type, unless somebody else has changed it since the form was opened: then the two are compared."""
    row, form = _find(number, for_change=True), DetailsForm()
    if not form.validate_on_submit():
        return _show(row, form)
    yours = rules.tidy(form.definition(row.type))
    seen = editing.begun_with(form.text("seen"))
    if seen != values_of(rules.of(row)) and yours != rules.of(row) and not rules.check(yours):
        return _show_conflict(row, seen, yours)
    changed = service.change(row, yours, actor=actor())
    if isinstance(changed, list):
        form.show_refusals(changed)
        return _show(row, form)
    flash(_("The type is saved. What was granted stays as it is."), "success")
    return go(LIST)


@bp.get("/<int:number>/delete")
@administers("clients.write")
def show_delete(number: int) -> Page:
    """Ask before a type is deleted."""
    row = _find(number)
    question = _ask(row.type)
    return show("confirm.html", question=question, cancel=_path(row), crumbs=_crumbs(row))


@bp.post("/<int:number>/delete")
@limited("60 per minute")
@administers("clients.write")
def answer_delete(number: int) -> Page:
    """Delete a type."""
    row = _find(number, for_change=True)
    name = row.type
    service.remove(row, actor=actor())
    flash(_("The type %(name)s is deleted.", name=name), "success")
    return go(LIST)


def _ask(name: str) -> Question:
    """Return the question before a type of authorization details is deleted."""
    heading = _("Delete the type %(name)s?", name=name)
    ends = _("No app may ask for anything of this type any more. What was granted stays until it ends.")
    return Question(heading, [ends], _("Delete the type"))


def _find(number: int, *, for_change: bool = False) -> AuthorizationDetailsType:
    return service.get(min(number, 2**31), for_change=for_change) or abort(HTTPStatus.NOT_FOUND)


def _path(row: AuthorizationDetailsType) -> str:
    return f"{LIST}/{row.id}"


def _crumbs(row: AuthorizationDetailsType | None = None) -> list[tuple[str, str]]:
    return [(LIST, _("Authorization details")), *([(_path(row), row.title)] if row is not None else [])]


def _form_of(definition: Definition, row: AuthorizationDetailsType) -> DetailsForm:
    form = DetailsForm(formdata=None)
    form.fill(definition)
    form.seen.data = editing.begin(values_of(rules.of(row)))
    return form


def _show_conflict(row: AuthorizationDetailsType, seen: editing.Values | None, yours: Definition) -> Page:
    """Show what somebody else has saved meanwhile; the form has what was changed here, and elsewhere what the other saved."""
    labels = editing.labels_of(DetailsForm(formdata=None))
    differences, merged = editing.settle(seen, values_of(rules.of(row)), values_of(yours), labels)
    schema = read_object(merged["json_schema"].encode()) or {}
    form = _form_of(replace(yours, **merged | {"json_schema": schema}), row)
    return _show(row, form, status=HTTPStatus.CONFLICT, differences=differences)


def _show_new(form: DetailsForm) -> Page:
    return show(
        "details_new.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        crumbs=_crumbs(),
        has_errors=has_errors(form),
    )


def _show(row: AuthorizationDetailsType, form: DetailsForm, *, status: int | None = None, **more: Any) -> Page:
    wrong = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show(
        "details_type.html",
        status=wrong if status is None else status,
        form=form,
        row=row,
        here=_path(row),
        facts=values_of(rules.of(row)),
        crumbs=_crumbs(),
        has_errors=has_errors(form),
        **more,
    )
