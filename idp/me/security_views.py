"""Pages: /account/security (what signs somebody in beside the password), enrolling an authenticator app, renaming and removing."""

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp import sessions
from idp.base import clock
from idp.base.http import limited, source
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.factors import passkeys, policy, totp
from idp.factors import service as factors
from idp.factors.models import Authenticator, Passkey
from idp.me import enrolment
from idp.me.forms import AuthenticatorForm, RenameForm
from idp.me.navigation import person, show
from idp.oauth.authorize.pages import decline_path
from idp.sessions import Proof
from idp.signin import device_cookie, login
from idp.signin.forms import EntranceForm, PlainForm
from idp.signin.login import enrolling, fresh_enrolling
from idp.signin.pages import Page, go, next_path, refuse

bp = Blueprint("security", __name__, url_prefix="/account/security")

FACTOR = "/<any(authenticator, passkey):kind>/<factor_id>"
ADD_APP = f"{enrolment.OVERVIEW}/authenticator"


@bp.get("")
@enrolling
def show_security() -> Page:
    """Show the factors; with `?next=`, that something waits for one."""
    target = next_path()
    enrolment.wait_for(target)
    account = person().account
    return show(
        "security.html",
        PlainForm(formdata=None),
        factors=factors.of(account),
        required=policy.is_required(account),
        passkeys_work=passkeys.is_available(),
        offers_end=enrolment.was_changed() and len(sessions.list_live(account.id, account.token_epoch)) > 1,
        target=target,
        continue_to=target,
        decline_to=_decline_path(target),
    )


@bp.post("/later")
@limited("30 per minute")
@enrolling
def put_off() -> Page:
    """Offer no second factor any more while this browser is signed in."""
    enrolment.put_off()
    return go("/account")


@bp.get("/authenticator")
@fresh_enrolling
def show_add() -> Page:
    """Show the button that begins to add an authenticator app."""
    return _show_add(PlainForm(formdata=None))


@bp.post("/authenticator")
@limited("20 per minute")
@fresh_enrolling
def begin_authenticator() -> Page:
    """Make the secret of a new authenticator app."""
    row = totp.start(person().account)
    if isinstance(row, Refused):
        form = PlainForm(formdata=None)
        form.refuse(row)
        return _show_add(form)
    return go(f"{ADD_APP}/{row.id}")


@bp.get("/authenticator/<authenticator_id>")
@fresh_enrolling
def show_authenticator(authenticator_id: str) -> Page:
    """Show the QR code and the secret, until a right code has confirmed them."""
    row = totp.find_started(person().account.id, authenticator_id)
    if row is None:
        return _start_again()
    form = AuthenticatorForm(formdata=None)
    count = len(totp.list_confirmed(person().account.id))
    form.name.data = _("Authenticator app %(number)s", number=count + 1) if count else _("Authenticator app")
    return _show_authenticator(form, row)


@bp.post("/authenticator/<authenticator_id>")
@limited("30 per minute")
@fresh_enrolling
def confirm_authenticator(authenticator_id: str) -> Page:
    """Enable the authenticator app by its first right code; the session has shown two factors from then on."""
    account = person().account
    row = totp.find_started(account.id, authenticator_id)
    if row is None:
        return _start_again()
    form = AuthenticatorForm()
    if not form.validate_on_submit():
        return _show_authenticator(form, row)
    refused = factors.confirm_authenticator(
        account, row, form.text("code"), form.text("name"), source=source(), device=device_cookie.read()
    )
    if refused is not None:
        form.refuse(refused, field="code")
        return refuse(_show_authenticator(form, row), refused)
    login.enter(account, Proof(["otp"], second_at=clock.now(), target=enrolment.waiting()))
    flash(_("The authenticator app is added. From now on signing in takes a code from it."), "success")
    return enrolment.arrive(account)


@bp.get(f"{FACTOR}/rename")
@enrolling
def show_rename(kind: str, factor_id: str) -> Page:
    """Ask for another name."""
    row = _find(kind, factor_id)
    return show("factor_rename.html", RenameForm(formdata=None, obj=row), factor=row)


@bp.post(f"{FACTOR}/rename")
@limited("30 per minute")
@enrolling
def rename(kind: str, factor_id: str) -> Page:
    """Rename an authenticator app or a passkey."""
    row = _find(kind, factor_id)
    form = RenameForm()
    if not form.validate_on_submit():
        return show("factor_rename.html", form, factor=row)
    refused = factors.rename(person().account, kind, factor_id, form.text("name"))
    if refused is not None:
        form.refuse(refused)
        return show("factor_rename.html", form, factor=row)
    flash(_("The name is changed."), "success")
    return go(enrolment.OVERVIEW)


@bp.get(f"{FACTOR}/remove")
@fresh_enrolling
def show_remove(kind: str, factor_id: str) -> Page:
    """Ask before a factor is removed, and say what that means."""
    return _show_remove(PlainForm(formdata=None), kind, factor_id)


@bp.post(f"{FACTOR}/remove")
@limited("30 per minute")
@fresh_enrolling
def remove(kind: str, factor_id: str) -> Page:
    """Remove an authenticator app or a passkey; the last one only where the policy allows it."""
    refused = factors.remove(person().account, kind, factor_id, source=source())
    if refused is None:
        enrolment.note_change()
        if not person().account.has_second_factor:
            enrolment.forget_codes()
        flash(_("It is removed and signs nobody in any more."), "success")
        return go(enrolment.OVERVIEW)
    form = PlainForm(formdata=None)
    form.refuse(refused)
    return _show_remove(form, kind, factor_id)


def _find(kind: str, factor_id: str) -> Authenticator | Passkey:
    return factors.find(person().account, kind, factor_id) or abort(404)


def _show_add(form: EntranceForm) -> Page:
    return show("authenticator_add.html", form, back=enrolment.overview())


def _show_remove(form: EntranceForm, kind: str, factor_id: str) -> Page:
    account = person().account
    row = _find(kind, factor_id)
    is_last = factors.of(account).count == 1
    needed = phrase(Refused(Reason.FACTOR_REQUIRED)) if is_last and policy.is_required(account) else None
    return show("factor_remove.html", form, kind=kind, factor=row, is_last=is_last, needed=needed)


def _show_authenticator(form: AuthenticatorForm, row: Authenticator) -> Page:
    uri = totp.provisioning_uri(row, person().account)
    picture = {"uri": uri, "qr": totp.qr_svg(uri), "typed_secret": totp.typed_secret(row)}
    return show("authenticator.html", form, back=enrolment.overview(), target=enrolment.waiting(), **picture)


def _start_again() -> Page:
    """Lead back from an enrolment that is finished, expired, or somebody else's: all look alike."""
    flash(_("That code is finished or has expired. Begin again to add an authenticator app."), "info")
    return go(enrolment.overview())


def _decline_path(target: str | None) -> str | None:
    """Return how to go on without a second factor where an app merely wishes for one; the server asks again if it must be."""
    account = person().account
    is_needed = account.has_second_factor or policy.is_required(account)
    return decline_path(target) if target is not None and not is_needed else None
