"""Page: /unlock, the button behind the mailed link that lets browsers which an account does not know try again.

The browser that opened the link counts as known from then on: whoever goes on guessing cannot hold it any more.
"""

from flask import Blueprint, flash, request, session
from flask_babel import gettext as _

from idp.accounts import tries
from idp.accounts.models import Account
from idp.base.http import limited, show_error, source
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.signin import device_cookie, login
from idp.signin.forms import PlainForm
from idp.signin.pages import Page, go, show

bp = Blueprint("unlock", __name__)


@bp.get("/unlock")
def show_unlock() -> Page:
    """Show the button; opening the link alone changes nothing."""
    account = tries.peek_unlock(_token())
    if isinstance(account, Refused):
        return _show_dead_link(account)
    return _show_unlock(PlainForm(formdata=None), account)


@bp.post("/unlock")
@limited("20 per minute")
def answer_unlock() -> Page:
    """Forget the failures counted against the account; the link is used up."""
    account = tries.peek_unlock(_token())
    if isinstance(account, Refused):
        return _show_dead_link(account)
    form = PlainForm()
    if not form.validate_on_submit():
        return _show_unlock(form, account)
    unlocked = tries.unlock_by_link(_token(), source=source())
    if isinstance(unlocked, Refused):
        return _show_dead_link(unlocked)
    device_cookie.note(unlocked, login.device(), tell=False)
    session["known_email"] = unlocked.email
    flash(_("Sign-ins with new browsers are allowed again."), "success")
    return go("/signin")


def _token() -> str:
    return request.args.get("token", "")


def _show_unlock(form: PlainForm, account: Account) -> Page:
    return show("signin/unlock.html", form, account=account)


def _show_dead_link(refused: Refused) -> Page:
    hint = _("If sign-ins are still on hold, choose a new password on the page “Forgot your password?”, which ends it.")
    ways = [("/signin", _("Sign in")), ("/reset", _("Forgot your password?"))]
    return show_error(_("This link does not work"), phrase(refused), 400, hint=hint, ways=ways)
