"""Pages: /reset, /reset/code, /reset/password, and /setup for the first administrator."""

from flask import Blueprint, flash, request, session
from flask_babel import gettext as _

from idp.accounts import founding, recovery
from idp.accounts.models import Account
from idp.base.http import limited, show_error, source
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.signin import buttons, login
from idp.signin.forms import CodeForm, NewPasswordForm, ResetForm, SetupForm
from idp.signin.pages import Page, go, next_path, refuse, show, with_next

bp = Blueprint("reset", __name__)


@bp.get("/reset")
def show_reset() -> Page:
    """Ask for the address or the username."""
    return _show_reset(ResetForm(formdata=None))


@bp.post("/reset")
@limited("10 per minute", "60 per hour")
def answer_reset() -> Page:
    """Send link and code; the answer is the same whether or not there is such an account, and tells no address.

    An address that has a home of its own is led there.
    """
    form = ResetForm()
    home = buttons.lead_home(form.text("email"), next_path())
    if home is not None:
        return home
    if form.validate_on_submit():
        name = recovery.request_by_name(form.text("email"), source=source())
        if isinstance(name, str):
            session["reset_email"] = name
            return go(with_next("/reset/code", next_path()))
        form.refuse(name)
    return _show_reset(form)


@bp.get("/reset/code")
def show_code() -> Page:
    """Show where to type the mailed code."""
    if "reset_email" not in session:
        return go(with_next("/reset", next_path()))
    return _show_code(CodeForm(formdata=None))


@bp.post("/reset/code")
@limited("30 per minute")
def answer_code() -> Page:
    """Trade the code for the right to choose a new password, in this browser."""
    name = session.get("reset_email")
    if name is None:
        return go(with_next("/reset", next_path()))
    form = CodeForm()
    if not form.validate_on_submit():
        return _show_code(form)
    token = recovery.trade_code(name, form.text("code"))
    if isinstance(token, Refused):
        form.refuse(token, field="code")
        return refuse(_show_code(form), token)
    session["reset_token"] = token
    return go(with_next("/reset/password", next_path()))


@bp.get("/reset/password")
def show_password() -> Page:
    """Show the form for a new password; opening the link alone changes nothing."""
    account = recovery.peek(_token())
    if isinstance(account, Refused):
        return _show_dead_link(account)
    return _show_password(NewPasswordForm(formdata=None), account)


@bp.post("/reset/password")
@limited("20 per minute")
def answer_password() -> Page:
    """Set the new password; everything that was signed in is signed out."""
    account = recovery.peek(_token())
    if isinstance(account, Refused):
        return _show_dead_link(account)
    form = NewPasswordForm()
    if not form.validate_on_submit():
        return _show_password(form, account)
    finished = recovery.finish(_token(), form.text("password"), source=source())
    if isinstance(finished, Refused):
        if finished.reason in {Reason.LINK_INVALID, Reason.LINK_EXPIRED}:
            return _show_dead_link(finished)
        form.refuse(finished, field="password")
        return _show_password(form, account)
    target = next_path()
    login.leave()
    session["known_email"] = finished.email
    flash(_("Your password is changed. Sign in with the new one."), "success")
    return go(with_next("/signin", target))


@bp.get("/setup")
def show_setup() -> Page:
    """Show the form for the first administrator."""
    if not founding.is_bootstrap(request.args.get("token", "")):
        return _show_dead_setup()
    return show("signin/setup.html", SetupForm(formdata=None))


@bp.post("/setup")
@limited("10 per minute")
def answer_setup() -> Page:
    """Make the first administrator and sign in."""
    token = request.args.get("token", "")
    if not founding.is_bootstrap(token):
        return _show_dead_setup()
    form = SetupForm()
    if not form.validate_on_submit():
        return show("signin/setup.html", form)
    account = founding.bootstrap(token, form.text("email"), form.text("password"), source=source())
    if not isinstance(account, Account):
        form.refuse(*account)
        return show("signin/setup.html", form)
    return login.arrive(account, ["pwd"], "/admin")


def _token() -> str:
    return request.args.get("token") or session.get("reset_token") or ""


def _show_reset(form: ResetForm) -> Page:
    buttons.let_lead()
    return show("signin/reset.html", form, target=next_path())


def _show_code(form: CodeForm) -> Page:
    return show("signin/reset_code.html", form, target=next_path(), name=session["reset_email"])


def _show_password(form: NewPasswordForm, account: Account) -> Page:
    return show("signin/new_password.html", form, target=next_path(), account=account)


def _show_dead_link(refused: Refused) -> Page:
    hint = _("Ask for a new message on the page “Forgot your password?”.")
    ways = [("/reset", _("Ask for a new message")), ("/signin", _("Sign in"))]
    return show_error(_("This link does not work"), phrase(refused), 400, hint=hint, ways=ways)


def _show_dead_setup() -> Page:
    hint = _(
        "There may be an administrator already. Whoever runs this server makes another one with “idp create-admin”."
    )
    message = phrase(Refused(Reason.LINK_INVALID))
    return show_error(_("This link does not work"), message, 400, hint=hint, ways=[("/signin", _("Sign in"))])
