"""Pages: /admin/registration, the initial access tokens with which applications register themselves.

A token is shown once, on the answer to its making; what it may be is decided by `clients.initial_tokens`.
"""

from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from idp.admin import paging, tickets
from idp.admin.fields import IntegerField
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.extensions import settings
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.clients import initial_tokens
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("registration", __name__, url_prefix="/registration")
TOKEN = f"/<int(max={initial_tokens.LARGEST_ID}):token_id>"
OUT_OF_RANGE = _l("Enter a number from %(min)s to %(max)s.")


class InitialTokenForm(EntranceForm):
    """A new initial access token; the ticket lets the form work once."""

    label = StringField(
        _l("What it is for"), [Optional()], description=_l("The audit log shows it beside each app that used it.")
    )
    uses = IntegerField(
        _l("Registrations"),
        [Optional(), NumberRange(1, initial_tokens.MOST_USES, OUT_OF_RANGE)],
        description=_l("How many apps may register with it. Left empty: any number."),
        wrong=_l("Enter a whole number, or leave it empty."),
    )
    days = IntegerField(
        _l("Days"),
        [InputRequired(_l("Enter a number of days.")), NumberRange(1, initial_tokens.MOST_DAYS, OUT_OF_RANGE)],
        default=initial_tokens.DAYS,
        wrong=_l("Enter a whole number of days."),
    )
    ticket = HiddenField()

    def show_refusal(self, refused: Refused) -> None:
        """Show a refusal of the service at its field."""
        field = self._fields[refused.field or "label"]
        field.errors = [*field.errors, refused.detail or phrase(refused)]


@bp.get("")
@administers("clients.read")
def show_tokens() -> Page:
    """List the tokens that have not expired, below the form for a new one."""
    return _show(InitialTokenForm(formdata=None))


@bp.post("")
@limited("30 per minute")
@administers("clients.write")
def answer_tokens() -> Page:
    """Make a token and show it, this once; the same form sent again makes no other."""
    form = InitialTokenForm()
    if not form.validate_on_submit():
        return _show(form)
    if not tickets.spend(form.ticket.data):
        flash(_("That form was sent before, or is too old. Nothing was made now."), "info")
        return go("/admin/registration")
    made = initial_tokens.create(form.text("label"), uses=form.uses.data, days=form.days.data or 0, actor=actor())
    if isinstance(made, Refused):
        form.show_refusal(made)
        return _show(form)
    row, token = made
    return show(
        "registration_token.html", status=HTTPStatus.CREATED, row=row, token=token, url=_url(), crumbs=_crumbs()
    )


@bp.get(f"{TOKEN}/revoke")
@administers("clients.write")
def show_revocation(token_id: int) -> Page:
    """Ask before revoking a token."""
    row = initial_tokens.get(token_id) or abort(HTTPStatus.NOT_FOUND)
    return show("registration_revoke.html", row=row, crumbs=_crumbs())


@bp.post(f"{TOKEN}/revoke")
@limited("60 per minute")
@administers("clients.write")
def answer_revocation(token_id: int) -> Page:
    """Revoke a token; one that is gone already stays so."""
    initial_tokens.revoke(token_id, actor=actor())
    flash(_("The token is revoked. Apps that registered with it stay."), "success")
    return go("/admin/registration")


def _show(form: InitialTokenForm) -> Page:
    form.ticket.data = tickets.new()
    wrong = has_errors(form)
    return show(
        "registration.html",
        status=HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK,
        form=form,
        has_errors=wrong,
        mode=settings().registration,
        url=_url(),
        rows=paging.take(initial_tokens.search()),
    )


def _url() -> str:
    return f"{settings().issuer}/oauth/register"


def _crumbs() -> list[tuple[str, str]]:
    return [("/admin/registration", _("Registration"))]
