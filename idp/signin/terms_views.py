"""Page: /terms, the terms in force, which whoever is signed in accepts before anything else; anybody may read them."""

from http import HTTPStatus

from flask import Blueprint, abort, flash, request
from flask_babel import gettext as _

from idp.base.http import limited, source
from idp.signin import login
from idp.signin.forms import PlainForm
from idp.signin.pages import Page, go, next_path, render, with_next
from idp.terms import service
from idp.terms.models import TermsVersion

bp = Blueprint("terms", __name__)
PATH = "/terms"


@bp.get(PATH)
def show_terms() -> Page:
    """Show the terms; to whoever has not accepted them, with the button that does. Whoever has goes on to where they came from."""
    present, target = login.current(), next_path()
    is_due = present is not None and service.are_due(present.account)
    if target is not None and not is_due:
        return go(target)
    return _show(_in_force(), is_due=is_due)


@bp.post(PATH)
@limited("30 per minute")
def answer_terms() -> Page:
    """Take an acceptance of the version that was read; where another is in force by now, that is shown first."""
    present, target = login.held(), next_path()
    if present is None:
        return go(login.signin_url(with_next(PATH, target)))
    number = request.form.get("version", "")
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    if is_number and service.accept(present.account, int(number), source=source()):
        flash(_("Thank you. The terms are accepted."), "success")
        return go(target or "/account")
    if not service.are_due(present.account):
        return go(target or "/account")
    flash(_("The terms have changed while you read them. These are in force now."), "info")
    return _show(_in_force(), is_due=True, status=HTTPStatus.CONFLICT)


def _in_force() -> TermsVersion:
    return service.find(service.in_force()) or abort(HTTPStatus.NOT_FOUND)


def _show(version: TermsVersion, *, is_due: bool, status: int = HTTPStatus.OK) -> Page:
    values = {"version": version, "is_due": is_due, "paragraphs": version.text.split("\n\n")}
    return render("signin/terms.html", PlainForm(formdata=None), target=next_path(), **values), status
