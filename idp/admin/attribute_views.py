"""Pages: /admin/attributes, what administrators want to know of people, and /admin/people/<sub>/attributes, what one person has in them.

What an attribute may be is decided by `attributes`; what may stand in one, by `accounts.attribute_values`.
"""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash, request
from flask_babel import gettext as _

from idp.accounts import attribute_values
from idp.admin import attribute_forms, editing, paging, questions
from idp.admin.attribute_forms import AttributeForm, values_of
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.attributes import definition as rules
from idp.attributes import service
from idp.attributes.definition import CHOICE, KINDS, TEXT, Definition
from idp.attributes.models import Attribute
from idp.base.http import limited
from idp.signin import asking
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("attributes", __name__, url_prefix="/attributes")
LIST = "/admin/attributes"


@bp.get("")
@administers("policy.read")
def show_attributes() -> Page:
    """List them, in the order in which people are asked."""
    kinds = attribute_forms.kinds()
    return show("attributes.html", rows=paging.take(service.search()), label_of=_label_of, kinds=kinds)


@bp.get("/new")
@administers("policy.write")
def show_new() -> Page:
    """Show the form for a new attribute; `?kind=` chooses its kind."""
    return _show_new(AttributeForm(formdata=None))


@bp.post("/new")
@limited("60 per minute")
@administers("policy.write")
def answer_new() -> Page:
    """Define an attribute."""
    form = AttributeForm()
    if not form.validate_on_submit():
        return _show_new(form)
    made = service.create(form.definition(_kind()), actor=actor())
    if isinstance(made, list):
        form.show_refusals(made, _kind())
        return _show_new(form)
    flash(_("The attribute %(label)s is there.", label=_label_of(made)), "success")
    return go(LIST)


@bp.get("/<name>")
@administers("policy.read")
def show_attribute(name: str) -> Page:
    """Show an attribute, to be changed."""
    row = _find(name)
    return _show(row, _form_of(rules.of(row), row))


@bp.post("/<name>")
@limited("60 per minute")
@administers("policy.write")
def answer_attribute(name: str) -> Page:
    """Change an attribute, unless somebody else has changed it since the form was opened: then the two are compared."""
    row, form = _find(name, for_change=True), AttributeForm()
    if not form.validate_on_submit():
        return _show(row, form)
    yours = rules.tidy(form.definition(row.kind, row.name))
    seen = editing.begun_with(form.text("seen"))
    if seen != values_of(rules.of(row)) and yours != rules.of(row):
        return _show_conflict(row, seen, yours)
    changed = service.change(row, yours, actor=actor())
    if isinstance(changed, list):
        form.show_refusals(changed, row.kind)
        return _show(row, form)
    flash(_("The attribute is saved."), "success")
    return go(LIST)


@bp.get("/<name>/delete")
@administers("policy.write")
def show_delete(name: str) -> Page:
    """Ask before an attribute is deleted."""
    row = _find(name)
    question = questions.about_attribute(_label_of(row), is_custom=rules.of(row).is_custom)
    return show("confirm.html", question=question, cancel=_path(row), crumbs=_crumbs(row))


@bp.post("/<name>/delete")
@limited("60 per minute")
@administers("policy.write")
def answer_delete(name: str) -> Page:
    """Delete an attribute."""
    row = _find(name, for_change=True)
    label = _label_of(row)
    attribute_values.remove(row, actor=actor())
    flash(_("The attribute %(label)s is deleted.", label=label), "success")
    return go(LIST)


def _find(name: str, *, for_change: bool = False) -> Attribute:
    return service.find(name, for_change=for_change) or abort(HTTPStatus.NOT_FOUND)


def _kind() -> str:
    kind = request.args.get("kind", TEXT)
    return kind if kind in KINDS else TEXT


def _label_of(row: Attribute) -> str:
    return asking.label_of(rules.of(row))


def _path(row: Attribute) -> str:
    return f"{LIST}/{row.name}"


def _crumbs(row: Attribute | None = None) -> list[tuple[str, str]]:
    return [(LIST, _("Attributes")), *([(_path(row), _label_of(row))] if row is not None else [])]


def _form_of(definition: Definition, row: Attribute) -> AttributeForm:
    form = AttributeForm(formdata=None)
    form.fill(definition)
    form.seen.data = editing.begin(values_of(rules.of(row)))
    return form


def _show_conflict(row: Attribute, seen: editing.Values | None, yours: Definition) -> Page:
    """Show what somebody else has saved meanwhile; the form has what was changed here, and elsewhere what the other saved."""
    labels = editing.labels_of(AttributeForm(formdata=None))
    differences, merged = editing.settle(seen, values_of(rules.of(row)), values_of(yours), labels)
    choices = {"choices": tuple(merged["choices"])} if row.kind == CHOICE else {}
    form = _form_of(replace(yours, **merged | choices), row)
    return _show(row, form, status=HTTPStatus.CONFLICT, differences=differences)


def _show_new(form: AttributeForm) -> Page:
    kinds, kind = attribute_forms.kinds(), _kind()
    others = [(f"{LIST}/new?kind={name}", label) for name, label in kinds.items() if name != kind]
    return show(
        "attribute_new.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        kind=kind,
        kind_label=kinds[kind],
        others=others,
        crumbs=_crumbs(),
        has_errors=has_errors(form),
    )


def _show(row: Attribute, form: AttributeForm, *, status: int | None = None, **more: Any) -> Page:
    wrong = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    return show(
        "attribute.html",
        status=wrong if status is None else status,
        form=form,
        row=row,
        label=_label_of(row),
        kind_label=attribute_forms.kinds()[row.kind],
        facts=values_of(rules.of(row)),
        crumbs=_crumbs(),
        has_errors=has_errors(form),
        **more,
    )
