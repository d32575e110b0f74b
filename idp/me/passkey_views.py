"""Page: /account/security/passkeys/new, on which a passkey is registered. It needs JavaScript, and says what else there is."""

from flask import Blueprint, Response, flash
from flask_babel import gettext as _

from idp.base import clock
from idp.base.http import limited, source
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.factors import passkeys
from idp.factors import service as factors
from idp.me import enrolment
from idp.me.forms import NewPasskeyForm
from idp.me.navigation import person, show
from idp.sessions import Proof
from idp.signin import login
from idp.signin.login import fresh_enrolling
from idp.signin.pages import Page, go, refuse

bp = Blueprint("own_passkeys", __name__, url_prefix="/account/security/passkeys")


@bp.get("/new")
@fresh_enrolling
def show_new() -> Page:
    """Show the form for the name, and the button that asks the authenticator."""
    count = len(passkeys.list_all(person().account.id))
    if count >= passkeys.MOST:
        flash(phrase(Refused(Reason.FACTOR_LIMIT)), "info")
        return go(enrolment.overview())
    form = NewPasskeyForm(formdata=None)
    form.name.data = _("Passkey %(number)s", number=count + 1) if count else _("Passkey on this device")
    return _show_new(form)


@bp.get("/options")
@fresh_enrolling
def show_options() -> Response:
    """Return what the authenticator is to make, with a challenge of five minutes."""
    options = passkeys.registration_options(person().account, login.browser_name())
    return Response(options, mimetype="application/json")


@bp.post("/new")
@limited("30 per minute")
@fresh_enrolling
def answer_new() -> Page:
    """Add the passkey; the session has shown two factors from then on."""
    account = person().account
    form = NewPasskeyForm()
    credential = form.text("credential")
    form.credential.data = ""
    if not form.validate_on_submit():
        return _show_new(form)
    row = factors.register_passkey(
        account, credential, form.text("name"), browser=login.browser_name(), source=source()
    )
    if isinstance(row, Refused):
        form.refuse(row)
        return refuse(_show_new(form), row)
    login.enter(account, Proof(passkeys.amr(row, alone=False), second_at=clock.now(), target=enrolment.waiting()))
    flash(_("The passkey is added. You can sign in with it alone, without your password."), "success")
    return enrolment.arrive(account)


def _show_new(form: NewPasskeyForm) -> Page:
    target, works = enrolment.waiting(), passkeys.is_available()
    return show("passkey_new.html", form, works=works, back=enrolment.overview(), target=target)
