"""Pages: /account/email (ask), /account/email/code and /confirm (the new address), /account/email/undo (the former one)."""

from flask import Blueprint, flash, render_template, request, session
from flask_babel import gettext as _

from idp.accounts import email_change, identity
from idp.base.http import limited, show_error, source
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.me.forms import NewAddressForm
from idp.me.navigation import person, show
from idp.signin import login, pages
from idp.signin.forms import CodeForm, PlainForm
from idp.signin.login import fresh_required, required
from idp.signin.pages import Page, go, refuse

bp = Blueprint("own_email", __name__, url_prefix="/account/email")

DEAD_LINKS = {Reason.LINK_INVALID, Reason.LINK_EXPIRED}


@bp.get("")
@fresh_required
def show_email() -> Page:
    """Show the address and the form for a new one."""
    return _show_email(NewAddressForm(formdata=None))


@bp.post("")
@limited("10 per minute", "30 per hour")
@fresh_required
def answer_email() -> Page:
    """Send a message to the new address; the answer is the same whether or not it has an account."""
    form = NewAddressForm()
    if not form.validate_on_submit():
        return _show_email(form)
    account = person().account
    if identity.read_email(form.text("email")) == account.email:
        form.email.errors = [_("That is your e-mail address already.")]
        return _show_email(form)
    asked = email_change.ask(account, form.text("email"), source=source())
    if isinstance(asked, Refused):
        form.refuse(asked, field="email")
        return refuse(_show_email(form), asked)
    return go("/account/email/code")


@bp.get("/code")
@required
def show_code() -> Page:
    """Show where to type the code from the new address."""
    return _show_code(CodeForm(formdata=None))


@bp.post("/code")
@limited("30 per minute")
@required
def answer_code() -> Page:
    """Move the account to the new address by its code."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _show_code(form)
    refused = email_change.confirm_code(person().account, form.text("code"), source=source())
    if refused is not None:
        form.refuse(refused, field="code")
        return refuse(_show_code(form), refused)
    return _moved()


@bp.get("/confirm")
@required
def show_confirm() -> Page:
    """Show the button behind the link in the message to the new address; opening the link alone changes nothing."""
    email = email_change.find_link(person().account, _token())
    if isinstance(email, Refused):
        return _show_dead_link(email)
    return show("email_confirm.html", PlainForm(formdata=None), email=email)


@bp.post("/confirm")
@limited("30 per minute")
def answer_confirm() -> Page:
    """Move the account to the new address by its link; who is not signed in does that first and keeps the link."""
    if login.current() is None:
        return go(login.signin_url(request.full_path))
    return _confirm()


@bp.get("/undo")
def show_undo() -> Page:
    """Show the button behind the link in the message to the former address, to whoever has it."""
    return _show_undo(PlainForm(formdata=None))


@bp.post("/undo")
@limited("30 per minute")
def answer_undo() -> Page:
    """Give the account its former address back, and send a message there to choose a new password."""
    account = email_change.undo(_token(), source=source())
    if isinstance(account, Refused):
        if account.reason in DEAD_LINKS:
            return _show_dead_undo(account)
        form = PlainForm(formdata=None)
        form.refuse(account)
        return _show_undo(form)
    present = login.current()
    if present is not None and present.account.id == account.id:
        login.leave()
    session["reset_email"] = account.email
    return go("/account/email/undone")


@bp.get("/undone")
def show_undone() -> Page:
    """Say what to do after a change was undone."""
    if "reset_email" not in session:
        return go("/signin")
    return render_template("me/email_undone.html", email=session["reset_email"])


@required
def _confirm() -> Page:
    refused = email_change.confirm_link(person().account, _token(), source=source())
    return _show_dead_link(refused) if refused is not None else _moved()


def _token() -> str:
    return request.args.get("token", "")


def _moved() -> Page:
    flash(_("Your e-mail address is changed."), "success")
    return go("/account/email")


def _show_email(form: NewAddressForm) -> Page:
    return show("email.html", form, asked=email_change.find_asked(person().account))


def _show_code(form: CodeForm) -> Page:
    asked = email_change.find_asked(person().account)
    if asked is None:
        return go("/account/email")
    return show("email_code.html", form, email=asked)


def _show_undo(form: PlainForm) -> Page:
    email = email_change.find_undo(_token())
    if isinstance(email, Refused):
        return _show_dead_undo(email)
    return pages.show("me/email_undo.html", form, email=email)


def _show_dead_link(refused: Refused) -> Page:
    hint = _("To change your e-mail address, sign in to the account and ask for a new message there.")
    ways = [("/account/email", _("Change your e-mail address"))]
    return show_error(_("This link does not work"), phrase(refused), 400, hint=hint, ways=ways)


def _show_dead_undo(refused: Refused) -> Page:
    messages = {
        Reason.LINK_INVALID: _("This link has been used, or undoing an earlier change has made it useless."),
        Reason.LINK_EXPIRED: _("This link has expired: it worked for 7 days."),
    }
    hint = _("If somebody else has your account, ask your administrator for help.")
    ways = [("/signin", _("Sign in")), ("/reset", _("Forgot your password?"))]
    return show_error(_("This link does not work"), messages[refused.reason], 400, hint=hint, ways=ways)
