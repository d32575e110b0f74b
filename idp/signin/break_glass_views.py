"""Page: /break-glass, the link that `idp break-glass` prints for an owner who has lost every factor."""

from flask import Blueprint, flash, request, session
from flask_babel import gettext as _

from idp.accounts.models import Account
from idp.base.http import limited, show_error, source
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.factors import break_glass
from idp.factors import service as factors
from idp.signin import login
from idp.signin.forms import NewPasswordForm
from idp.signin.pages import Page, go, show, with_next

bp = Blueprint("break_glass", __name__)


@bp.get("/break-glass")
def show_break_glass() -> Page:
    """Show the form for a new password, and what goes with the old one; opening the link alone changes nothing."""
    account = break_glass.peek(_token())
    return _show_dead_link(account) if isinstance(account, Refused) else _show(NewPasswordForm(formdata=None), account)


@bp.post("/break-glass")
@limited("10 per minute")
def answer_break_glass() -> Page:
    """Set the password and remove every factor; everything that was signed in is signed out."""
    account = break_glass.peek(_token())
    if isinstance(account, Refused):
        return _show_dead_link(account)
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return _show(form, account)
    finished = break_glass.finish(_token(), form.text("password"), source=source())
    if isinstance(finished, Refused):
        if finished.reason in {Reason.LINK_INVALID, Reason.LINK_EXPIRED}:
            return _show_dead_link(finished)
        form.refuse(finished, field="password")
        return _show(form, account)
    login.leave()
    session["known_email"] = finished.email
    flash(
        _("Your password is changed, and your old second factors are removed. Sign in, then add a new one."), "success"
    )
    return go(with_next("/signin", "/account/security"))


def _show(form: NewPasswordForm, account: Account) -> Page:
    return show("signin/break_glass.html", form, account=account, factors=factors.of(account))


def _token() -> str:
    return request.args.get("token", "")


def _show_dead_link(refused: Refused) -> Page:
    hint = _("Whoever runs this server makes another one with “idp break-glass”.")
    return show_error(_("This link does not work"), phrase(refused), 400, hint=hint, ways=[("/signin", _("Sign in"))])
