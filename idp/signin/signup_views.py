"""Pages: /signup, /verify (the code, resend, another address) and /verify/link (the button behind the mailed link)."""

from flask import Blueprint, flash, request, session
from flask_babel import gettext as _

from idp.accounts import confirmation, pending, proofs, signup
from idp.accounts.admission import service as admission
from idp.accounts.models import Account, SignUp
from idp.attributes import known as attributes
from idp.base.http import SAFE_METHODS, limited, show_error, source
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.signin import asking, buttons, device_cookie, login, proving
from idp.signin.forms import AddressForm, CodeForm, ConfirmLinkForm, PlainForm, SignUpForm
from idp.signin.pages import Page, find_over, go, next_path, refuse, show, with_next

bp = Blueprint("signup", __name__)


@bp.get("/signup")
def show_signup() -> Page:
    """Show the form for a new account, or why there is none."""
    refused = admission.refuse_everybody()
    if refused is not None:
        return find_over(next_path()) or _show_closed(refused, next_path())
    return find_over(next_path()) or _show_signup(_form()(formdata=None), next_path())


@bp.post("/signup")
@limited("20 per minute", "200 per hour")
def answer_signup() -> Page:
    """Begin a sign-up; the answer is the same whether or not the address has an account. One that has a home of its own is led there."""
    target = next_path()
    refused = admission.refuse_everybody()
    if refused is not None:
        return _show_closed(refused, target)
    form = _form()()
    home = buttons.lead_home(form.text("email"), target)
    if home is not None:
        return home
    if not form.validate_on_submit():
        return _show_signup(form, target)
    more = {"claims": form.claims(), "attributes": form.attributes()}
    application = signup.Application(form.text("email"), form.text("password"), form.read_profile(), **more)
    secret = pending.start(application, next_path=target, source=source())
    if not isinstance(secret, str):
        form.refuse(*secret)
        return _show_signup(form, target)
    session["sign_up"] = secret
    return go(with_next("/verify", target))


@bp.get("/verify")
def show_verify() -> Page:
    """Show where to type the mailed code."""
    sign_up, account = _who()
    if account is not None and account.is_verified:
        return go(next_path("/account") or "/account")
    if sign_up is None and account is None:
        return go(login.signin_url(with_next("/verify", next_path())))
    return _show_verify(CodeForm(formdata=None), sign_up, account)


@bp.post("/verify")
@limited("30 per minute")
def answer_verify() -> Page:
    """Take the code; a right one also signs in the browser that signed up."""
    sign_up, account = _who()
    if sign_up is None and account is None:
        return go(login.signin_url(with_next("/verify", next_path())))
    form = CodeForm()
    if not form.validate_on_submit():
        return _show_verify(form, sign_up, account)
    wanted = sign_up.next_path if sign_up is not None and account is None else None
    confirmed = confirmation.confirm_code(form.text("code"), sign_up=sign_up, account=account)
    if isinstance(confirmed, Refused):
        form.refuse(confirmed, field="code")
        return refuse(_show_verify(form, sign_up, account), confirmed)
    return _welcome(confirmed, wanted)


@bp.post("/verify/resend")
@limited("5 per minute", "30 per hour")
def resend() -> Page:
    """Send a new link and code."""
    sign_up, account = _who()
    if account is not None and not account.is_verified:
        signup.send_verification(account)
    elif sign_up is not None:
        pending.resend(sign_up)
    flash(_("We sent a new message. The earlier code and link no longer work."), "info")
    return go(with_next("/verify", next_path()))


@bp.get("/verify/address")
def show_address() -> Page:
    """Show the form for another address."""
    sign_up, _account = _who()
    if sign_up is None:
        return go(with_next("/verify", next_path()))
    return show("signin/address.html", AddressForm(formdata=None), target=next_path())


@bp.post("/verify/address")
@limited("10 per minute", "30 per hour")
def answer_address() -> Page:
    """Correct the address of the sign-up and send anew."""
    sign_up, _account = _who()
    if sign_up is None:
        return go(with_next("/verify", next_path()))
    form = AddressForm()
    if form.validate_on_submit():
        refused = pending.change_address(sign_up, form.text("email"))
        if refused is None:
            return go(with_next("/verify", next_path()))
        form.refuse(refused)
    return show("signin/address.html", form, target=next_path())


@bp.get("/verify/link")
def show_link() -> Page:
    """Show the button that confirms; opening the link alone changes nothing, so that mail scanners cannot spend it."""
    return _show_link(ConfirmLinkForm(formdata=None))


@bp.post("/verify/link")
@limited("30 per minute")
def answer_link() -> Page:
    """Confirm the address behind the link, and sign in."""
    form = ConfirmLinkForm()
    if not form.validate_on_submit():
        return _show_link(form)
    sign_up, account = _who()
    token = request.args.get("token", "")
    proof = proofs.find_link(proofs.VERIFY, token)
    own = not isinstance(proof, Refused) and confirmation.is_own(proof, sign_up, account)
    wanted = sign_up.next_path if sign_up is not None and own else None
    confirmed = confirmation.confirm_link(
        token,
        sign_up=sign_up,
        signed_in=account,
        password=form.text("password"),
        source=source(),
        device=device_cookie.read(),
    )
    if isinstance(confirmed, Refused):
        if confirmed.reason in {Reason.LINK_INVALID, Reason.LINK_EXPIRED}:
            return _show_dead_link(confirmed)
        form.refuse(confirmed)
        return refuse(_show_link(form), confirmed)
    return _welcome(confirmed, wanted)


@bp.post("/verify/link/disown")
@limited("10 per minute")
def disown() -> Page:
    """Delete an account that somebody made with another person's address."""
    refused = confirmation.disown(request.args.get("token", ""), source=source())
    if refused is not None:
        return _show_dead_link(refused)
    return show("signin/disowned.html", PlainForm(formdata=None))


def _who() -> tuple[SignUp | None, Account | None]:
    """Return whose address is confirmed here; somebody verified who signed up once more becomes the new account.

    Without either it is whoever may come in once that is done (`proving`).
    """
    present = login.current() if request.method in SAFE_METHODS else login.held()
    account = present.account if present else None
    sign_up = pending.find(session.get("sign_up")) or pending.find_known(session.get("known_sign_up"))
    if sign_up is not None and account is not None and account.is_verified:
        account = None
    return sign_up, account if account is not None or sign_up is not None else proving.find()


def _form() -> type[SignUpForm]:
    """Return the form of a sign-up, which asks for what administrators want to know of everybody."""
    return asking.build(SignUpForm, attributes.asked())


def _show_signup(form: SignUpForm, target: str | None) -> Page:
    """Show the form; its way to sign-in asks also who is signed in, since something wants to see them arrive."""
    buttons.let_lead()
    asks_again = target is not None and login.current() is not None
    signin_path = login.signin_url(target or "", again=True) if asks_again else with_next("/signin", target)
    return show("signin/signup.html", form, target=target, signin_path=signin_path)


def _show_closed(refused: Refused, target: str | None) -> Page:
    """Say why nobody signs up here by themselves."""
    is_invited = refused.reason is Reason.SIGN_UP_INVITED
    title = _("You need an invitation") if is_invited else _("Sign-up is closed")
    hint = _("If you have an account already, sign in.")
    ways = [(with_next("/signin", target), _("Sign in"))]
    return show_error(title, phrase(refused), 403, hint=hint, ways=ways)


def _show_verify(form: CodeForm, sign_up: SignUp | None, account: Account | None) -> Page:
    target = next_path(sign_up.next_path if sign_up else None)
    email = account.email if account else sign_up.email if sign_up else ""
    ways = {"can_change": account is None, "can_skip": account is not None and login.current() is not None}
    return show("signin/verify.html", form, target=target, email=email, **ways)


def _show_link(form: ConfirmLinkForm) -> Page:
    token = request.args.get("token", "")
    proof = proofs.find_link(proofs.VERIFY, token)
    if isinstance(proof, Refused):
        return _show_dead_link(proof)
    sign_up, account = _who()
    own = confirmation.is_own(proof, sign_up, account)
    target = sign_up.next_path if sign_up is not None and own else None
    return show("signin/link.html", form, target=target, email=proof.email, token=token, own=own)


def _show_dead_link(refused: Refused) -> Page:
    hint = _("Sign in to have a new message sent to you.")
    ways = [("/signin", _("Sign in")), ("/signup", _("Sign up"))]
    return show_error(_("This link does not work"), phrase(refused), 400, hint=hint, ways=ways)


def _welcome(account: Account, wanted: str | None) -> Page:
    """Sign in (unless that is so already) and continue to where the sign-up came from.

    What was shown is the password: with the sign-up, in this browser, or now, beside a link that was opened elsewhere. The mail proves the
    address and is no factor (NIST SP 800-63B-4): `otp` (RFC 8176) would tell a relying party of something that nobody has.
    """
    target = next_path(wanted)
    amr = proving.shown(account)
    for name in ("sign_up", "known_sign_up", proving.KEY):
        session.pop(name, None)
    present = login.current()
    is_here = present is not None and present.account.id == account.id
    leave = go(target or "/account") if is_here else login.arrive(account, amr, target)
    flash(_("Your e-mail address is confirmed."), "success")
    return leave
