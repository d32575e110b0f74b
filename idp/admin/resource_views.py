"""Pages: /admin/resources, the APIs that access tokens are for. What one may be is decided by `resources`."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.admin import editing, paging, resource_forms
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.questions import Question
from idp.admin.resource_forms import ResourceForm, values_of
from idp.base.http import limited
from idp.resources import definition as rules
from idp.resources import service
from idp.resources.definition import Definition
from idp.resources.models import Resource
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("resources", __name__, url_prefix="/resources")
LIST = "/admin/resources"


@bp.get("")
@administers("clients.read")
def show_resources() -> Page:
    """List them, by identifier."""
    return show("resources.html", rows=paging.take(service.search()), formats=resource_forms.formats())


@bp.get("/new")
@administers("clients.write")
def show_new() -> Page:
    """Show the form for a new one."""
    return _show_new(ResourceForm(formdata=None))


@bp.post("/new")
@limited("60 per minute")
@administers("clients.write")
def answer_new() -> Page:
    """Register an API."""
    form = ResourceForm()
    if not form.validate_on_submit():
        return _show_new(form)
    made = service.create(form.definition(), actor=actor())
    if isinstance(made, list):
        form.show_refusals(made)
        return _show_new(form)
    flash(_("The API %(name)s is registered. Register clients for its scopes.", name=made.resource_name), "success")
    return go(LIST)


@bp.get("/<int:number>")
@administers("clients.read")
def show_resource(number: int) -> Page:
    """Show an API, to be changed."""
    row = _find(number)
    return _show(row, _form_of(rules.of(row), row))


@bp.post("/<int:number>")
@limited("60 per minute")
@administers("clients.write")
def answer_resource(number: int) -> Page:
    """Change an API, unless somebody else has changed it since the form was opened: then the two are compared."""
    row, form = _find(number, for_change=True), ResourceForm()
    if not form.validate_on_submit():
        return _show(row, form)
    yours = rules.tidy(form.definition(row.resource))
    seen = editing.begun_with(form.text("seen"))
    if seen != values_of(rules.of(row)) and yours != rules.of(row):
        return _show_conflict(row, seen, yours)
    changed = service.change(row, yours, actor=actor())
    if isinstance(changed, list):
        form.show_refusals(changed)
        return _show(row, form)
    flash(_("The API is saved. Tokens that are there stay as they are."), "success")
    return go(LIST)


@bp.get("/<int:number>/delete")
@administers("clients.write")
def show_delete(number: int) -> Page:
    """Ask before an API is deleted."""
    row = _find(number)
    question = _ask(row.resource_name, is_opaque=rules.of(row).is_opaque)
    return show("confirm.html", question=question, cancel=_path(row), crumbs=_crumbs(row))


@bp.post("/<int:number>/delete")
@limited("60 per minute")
@administers("clients.write")
def answer_delete(number: int) -> Page:
    """Delete an API."""
    row = _find(number, for_change=True)
    name = row.resource_name
    service.remove(row, actor=actor())
    flash(_("The API %(name)s is deleted.", name=name), "success")
    return go(LIST)


def _ask(name: str, *, is_opaque: bool) -> Question:
    """Return the question before an API is deleted."""
    heading = _("Delete the API %(name)s?", name=name)
    ends = _("No app gets a token for it any more, and what people have allowed there is of no use.")
    rest = (
        _("Whoever asks about a token of it hears at once that it is not active.")
        if is_opaque
        else _("Tokens that are there count wherever the API verifies them by itself, until they have expired.")
    )
    return Question(heading, [ends, rest], _("Delete the API"))


def _find(number: int, *, for_change: bool = False) -> Resource:
    return service.get(min(number, 2**31), for_change=for_change) or abort(HTTPStatus.NOT_FOUND)


def _path(row: Resource) -> str:
    return f"{LIST}/{row.id}"


def _crumbs(row: Resource | None = None) -> list[tuple[str, str]]:
    return [(LIST, _("APIs")), *([(_path(row), row.resource_name)] if row is not None else [])]


def _form_of(definition: Definition, row: Resource) -> ResourceForm:
    form = ResourceForm(formdata=None)
    form.fill(definition)
    form.seen.data = editing.begin(values_of(rules.of(row)))
    return form


def _show_conflict(row: Resource, seen: editing.Values | None, yours: Definition) -> Page:
    """Show what somebody else has saved meanwhile; the form has what was changed here, and elsewhere what the other saved."""
    labels = editing.labels_of(ResourceForm(formdata=None))
    differences, merged = editing.settle(seen, values_of(rules.of(row)), values_of(yours), labels)
    form = _form_of(replace(yours, **merged | {"scopes": tuple(map(rules.read_line, merged["scopes"]))}), row)
    return _show(row, form, status=HTTPStatus.CONFLICT, differences=differences)


def _show_new(form: ResourceForm) -> Page:
    return show(
        "resource_new.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        crumbs=_crumbs(),
        has_errors=has_errors(form),
    )


def _show(row: Resource, form: ResourceForm, *, status: int | None = None, **more: Any) -> Page:
    wrong = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show(
        "resource.html",
        status=wrong if status is None else status,
        form=form,
        row=row,
        here=_path(row),
        facts=values_of(rules.of(row)),
        crumbs=_crumbs(),
        has_errors=has_errors(form),
        **more,
    )
