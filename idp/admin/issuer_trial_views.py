"""Page: /admin/issuers/<number>/try, what this server would say to a token of an issuer. The token is neither kept nor logged."""

from http import HTTPStatus

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from idp.admin import guard
from idp.admin.guard import administers
from idp.admin.issuer_views import crumbs, find, path
from idp.admin.navigation import show
from idp.base.http import limited
from idp.issuers import definition as rules
from idp.issuers.models import TrustedIssuer
from idp.oauth.jwt_bearer import trial
from idp.oauth.jwt_bearer.trial import Step
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, has_errors

bp = Blueprint("issuer_trial", __name__, url_prefix="/issuers")
LONGEST = 20_000  # characters


class IssuedForm(EntranceForm):
    """A token that somebody has at hand."""

    token = TextAreaField(
        _l("Token"),
        [InputRequired(_l("Paste a token.")), Length(max=LONGEST, message=_l("That is too long for a token."))],
        description=_l("It is looked at once, and neither kept nor logged. Nothing is issued by it."),
    )


@bp.get("/<int:number>/try")
@administers("clients.write")
def show_trial(number: int) -> Page:
    """Show the form."""
    return _show(find(number), IssuedForm(formdata=None))


@bp.post("/<int:number>/try")
@limited("20 per minute")
@administers("clients.write")
def answer_trial(number: int) -> Page:
    """Say what is right or wrong with a token; the issuer's keys may be fetched for it."""
    row, form = find(number), IssuedForm()
    if not form.validate_on_submit():
        return _show(row, form)
    steps = trial.run(rules.of(row), form.text("token"), tells_people=guard.may("people.read"))
    return _show(find(number), IssuedForm(formdata=None), steps)


def _show(row: TrustedIssuer, form: IssuedForm, steps: list[Step] | None = None) -> Page:
    return show(
        "issuer_trial.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        row=row,
        form=form,
        here=path(row),
        steps=steps,
        crumbs=crumbs(row),
        has_errors=has_errors(form),
    )
