"""Pages: /admin/terms, the versions of the terms of service: publishing one, reading each, and ending them. The rules live in `terms`."""

from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import Optional

from idp import policies
from idp.accounts import lookup
from idp.admin import editing, paging, questions
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors
from idp.terms import service
from idp.terms.models import LARGEST_ID, TermsVersion

bp = Blueprint("terms_policy", __name__, url_prefix="/terms")
VERSION = f"/<int(max={LARGEST_ID}):number>"
IN_FORCE = "version"
FIELDS = {"name": "name", "summary": "summary", "text": "terms"}


class TermsForm(EntranceForm):
    """A new version of the terms."""

    seen = HiddenField()
    name = StringField(
        _l("Version"),
        description=_l("What people and the records call it, such as 2027-01. It cannot be changed later."),
    )
    summary = TextAreaField(
        _l("What has changed"),
        [Optional()],
        description=_l("Shown above the terms to whoever has to accept them."),
    )
    terms = TextAreaField(
        _l("The terms"),
        description=_l(
            "Plain text; an empty line begins a new paragraph. They cannot be changed once they are published."
        ),
    )

    def show_refusals(self, refusals: list[Refused]) -> None:
        """Show at its field what is wrong."""
        for refused in refusals:
            field = self[FIELDS.get(refused.field or "", "terms")]
            field.errors = [*field.errors, refused.detail or phrase(refused)]


@bp.get("")
@administers("policy.read")
def show_versions() -> Page:
    """List the versions, the newest first, and how many people have accepted the one in force."""
    rows = paging.take(service.listing())
    present = policies.get(service.RULE)
    accepted = paging.tell_count(service.acceptances(present)) if present != service.NONE else None
    names = lookup.names_of(row.published_by for row in rows.items)
    return show("terms.html", rows=rows, present=present, accepted=accepted, names=names)


@bp.get(VERSION)
@administers("policy.read")
def show_version(number: int) -> Page:
    """Show a version as it was published."""
    version = service.find(number) or abort(HTTPStatus.NOT_FOUND)
    return show("terms_version.html", version=version, paragraphs=version.text.split("\n\n"), crumbs=_crumbs())


@bp.get("/new")
@administers("policy.write")
def show_new() -> Page:
    """Show the form for a new version, with the text of the one in force to go on from."""
    form, present = TermsForm(formdata=None), policies.get(service.RULE)
    version = service.find(present)
    form.terms.data = version.text if version is not None else ""
    form.seen.data = editing.begin({IN_FORCE: present})
    return _show_new(form)


@bp.post("/new")
@limited("20 per minute")
@administers("policy.write")
def answer_new() -> Page:
    """Publish a version, unless somebody else has published one since the form was opened: then theirs is shown beside it."""
    form = TermsForm()
    if not form.validate_on_submit():
        return _show_new(form)
    present, seen = policies.hold(service.RULE), editing.begun_with(form.text("seen"))
    if seen != {IN_FORCE: present}:
        return _show_conflict(form, seen, present)
    made = service.publish(form.text("name"), form.text("terms"), form.text("summary"), actor=actor())
    if not isinstance(made, TermsVersion):
        form.show_refusals(made)
        return _show_new(form)
    flash(_("Version %(name)s is in force. Everybody accepts it before anything else.", name=made.name), "success")
    return go(service.PAGE)


@bp.get("/end")
@administers("policy.write")
def ask_end() -> Page:
    """Ask before nobody has to accept any terms any more."""
    return show("confirm.html", question=questions.about_terms(), cancel=service.PAGE, crumbs=_crumbs())


@bp.post("/end")
@limited("20 per minute")
@administers("policy.write")
def end() -> Page:
    """Let there be no terms; where there are none already, that stays so."""
    service.end(actor=actor())
    flash(_("Nobody is asked to accept terms any more."), "success")
    return go(service.PAGE)


def _show_conflict(form: TermsForm, seen: editing.Values | None, present: int) -> Page:
    """Show which version somebody else has put in force meanwhile; what was typed stays."""
    if seen is None:
        editing.note_expired()
    before, theirs = (
        {IN_FORCE: _name((values or {}).get(IN_FORCE, present))} for values in (seen, {IN_FORCE: present})
    )
    yours = {IN_FORCE: form.text("name")}
    differences = editing.compare(before, theirs, yours, {IN_FORCE: _("Version in force")})
    form.seen.data = editing.begin({IN_FORCE: present})
    return _show_new(form, status=HTTPStatus.CONFLICT, differences=differences, theirs=service.find(present))


def _name(number: int) -> str:
    version = service.find(number)
    return version.name if version is not None else ""


def _crumbs() -> list[tuple[str, str]]:
    return [(service.PAGE, _("Terms"))]


def _show_new(form: TermsForm, status: int | None = None, **more: object) -> Page:
    wrong = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    values = {"form": form, "has_errors": has_errors(form), "crumbs": _crumbs(), **more}
    return show("terms_new.html", status=status or wrong, **values)
