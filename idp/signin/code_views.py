"""Pages: /signin/code (the second factor, after a password or as a step-up) and the doors for passkeys.

The passkey doors take a form that a script has filled in; the password's form works without any.
"""

from dataclasses import replace

from flask import Blueprint, Response, flash, request, session

from idp import audit
from idp.accounts import homes
from idp.accounts.admission import service as admission
from idp.accounts.models import Account
from idp.base import clock
from idp.base.http import limited, source
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.factors import passkeys
from idp.factors import service as factors
from idp.sessions import Proof
from idp.signin import device_cookie, flow, login, proving
from idp.signin.forms import FactorForm, PasskeyForm, PasswordAgainForm, SignInForm
from idp.signin.models import SignInAttempt
from idp.signin.pages import Page, go, next_path, refuse, show

bp = Blueprint("second_factor", __name__)


@bp.app_template_global()
def offers_passkeys(account: Account | None = None) -> bool:
    """Return whether a page can offer passkeys: they work here, and the account that is known, if any, has one.

    It names the browser now, so that the answer with a challenge sets no cookie, which could overtake a sign-in.
    """
    if not passkeys.is_available() or (account is not None and not passkeys.list_all(account.id)):
        return False
    login.browser_name()
    return True


@bp.get("/signin/code")
def show_code() -> Page:
    """Ask for the second factor; who has shown it continues at once, unless it has to be newer."""
    waiting = _waiting()
    if waiting is None:
        return _start_again()
    account, row = waiting
    present = login.current()
    if row is None and present is not None and "again" not in request.args and _is_enough(present):
        return go(next_path("/account") or "/account")
    return _show_code(FactorForm(formdata=None), account)


@bp.post("/signin/code")
@limited("60 per minute")
def answer_code() -> Page:
    """Take a code of an authenticator app or a recovery code."""
    waiting = _hold_waiting()
    if waiting is None:
        return _start_again()
    account, row = waiting
    form = FactorForm()
    if not form.validate_on_submit():
        return _show_code(form, account)
    is_try = factors.is_code(form.text("code"))
    if row is not None and is_try and not flow.count_try(row):
        return _start_again()
    shown = factors.check_code(account, form.text("code"), source=source(), device=device_cookie.read())
    return _go_on(account, row, shown, form, field="code")


@bp.post("/signin/code/passkey")
@limited("60 per minute")
def answer_second_passkey() -> Page:
    """Take a passkey as the second factor."""
    waiting = _hold_waiting()
    if waiting is None:
        return _start_again()
    account, row = waiting
    if row is not None and not flow.count_try(row):
        return _start_again()
    shown = factors.check_passkey(
        account,
        PasskeyForm().text("credential"),
        browser=login.browser_name(),
        source=source(),
        device=device_cookie.read(),
    )
    return _go_on(account, row, shown, FactorForm(formdata=None))


@bp.get("/signin/passkey/options")
def show_options() -> Response:
    """Return a challenge for any passkey, or with `?second` for one of the account that waits for its second factor."""
    waiting = _waiting() if "second" in request.args else None
    options = passkeys.request_options(login.browser_name(), waiting[0] if waiting else None)
    return Response(options, mimetype="application/json")


@bp.post("/signin/passkey")
@limited("60 per minute")
def answer_passkey() -> Page:
    """Sign in with a passkey alone: it is two factors in one."""
    target = next_path()
    credential = PasskeyForm().text("credential")
    shown = factors.sign_in_with_passkey(credential, browser=login.browser_name(), source=source())
    if isinstance(shown, Refused):
        return _refuse_first(shown, target)
    account, amr = shown
    elsewhere = homes.refuse(account.email)
    if elsewhere is not None:
        reason = elsewhere.reason.value
        audit.record("signin", outcome=audit.FAILURE, subject=account.sub, source=source(), reason=reason)
        return _refuse_first(elsewhere, target)
    if admission.waits_for_proof(account):
        return proving.lead(account, amr, target)
    now = clock.now()
    login.enter(account, Proof(amr, first_at=now, second_at=now, target=target))
    return go(target or "/account")


def _waiting() -> tuple[Account, SignInAttempt | None] | None:
    """Return who is to show a second factor: somebody half signed in, or whoever is signed in and has one."""
    found = flow.find(session.get("attempt"))
    if found is not None:
        return found[1], found[0]
    present = login.current()
    return (present.account, None) if present is not None and present.account.has_second_factor else None


def _hold_waiting() -> tuple[Account, SignInAttempt | None] | None:
    """As `_waiting`, with the account held until the commit."""
    found = flow.hold(session.get("attempt"))
    if found is not None:
        return found[1], found[0]
    present = login.held()
    return (present.account, None) if present is not None and present.account.has_second_factor else None


def _is_enough(present: login.SignedIn) -> bool:
    return flow.missing(flow.shown_in(present.browser), True, flow.Demand()) is None


def _go_on(
    account: Account,
    row: SignInAttempt | None,
    shown: list[str] | Refused,
    form: FactorForm,
    field: str | None = None,
) -> Page:
    """Sign in or step up after a right factor; show the refusal of a wrong one."""
    if isinstance(shown, Refused):
        form.refuse(Refused(shown.reason, retry_after=shown.retry_after), field=field)
        return refuse(_show_code(form, account), shown)
    proof = Proof(shown, second_at=clock.now()) if row is None else flow.finish(row, shown)
    if proof is None:
        return _start_again()
    target = next_path()
    login.enter(account, replace(proof, target=target))
    return go(target or "/account")


def _show_code(form: FactorForm, account: Account) -> Page:
    has = factors.of(account)
    recovery = "recovery" in request.args or not has.authenticators
    return show("signin/code.html", form, target=next_path(), factors=has, recovery=recovery)


def _refuse_first(refused: Refused, target: str | None) -> Page:
    """Show the page again on which a passkey was refused: of who is signed in and was asked once more, or of anybody."""
    present = login.current()
    is_again = present is not None and "again" in request.args and "other" not in request.args
    form = PasswordAgainForm(formdata=None) if is_again else SignInForm(formdata=None)
    form.refuse(Refused(refused.reason, retry_after=refused.retry_after))
    template = "signin/again.html" if is_again else "signin/signin.html"
    return refuse(show(template, form, target=target, account=present.account if present else None), refused)


def _start_again() -> Page:
    """Lead back to the first step; say so to somebody who had passed it."""
    if session.pop("attempt", None) is not None:
        flash(phrase(Refused(Reason.ATTEMPT_EXPIRED)), "info")
    target = next_path("/account") or "/account"
    return go(login.signin_url(target))
