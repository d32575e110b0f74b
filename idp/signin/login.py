"""Flask-Login as an adapter over session rows: the cookie holds a session's secret, the loader returns session and account."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from blinker import Signal
from flask import current_app, redirect, request, session
from flask_login import UserMixin, current_user, login_user
from werkzeug.wrappers import Response

from idp import audit, sessions
from idp.accounts import credentials, lacking, lookup, taking
from idp.accounts.admission import service as admission
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import clock, crypto
from idp.base.http import SAFE_METHODS, form_page, source
from idp.base.outcome import Refused
from idp.base.pages import login_manager
from idp.base.seals import PatientSessions
from idp.factors import policy
from idp.lifetimes import LIFETIMES
from idp.sessions import BrowserSession, Device, Proof
from idp.sessions.ending import ANOTHER_SIGNED_IN
from idp.signin import device_cookie, flow, proving
from idp.signin.flow import Step
from idp.signin.pages import go, with_next
from idp.terms import service as terms

View = TypeVar("View", bound=Callable[..., Any])

entered = Signal(
    "Sent with who is signed in, in the request that gives their browser's session its secret, or a new one."
)
left = Signal("Sent in the request that signs a browser out.")

KEY = "_user_id"  # where Flask-Login keeps the session's secret in the cookie

# What a person's own pages keep in the cookie while somebody who is signed in proves once more who they are.
KEPT = ("continue_to", "factors_changed", "sealed_codes", "factor_put_off")


class SignedIn(UserMixin):
    """A browser session and its account."""

    def __init__(self, browser: BrowserSession, account: Account, token: str) -> None:
        self.browser = browser
        self.account = account
        self._token = token

    def get_id(self) -> str:
        """Return the session's secret: what Flask-Login keeps in the cookie."""
        return self._token


@login_manager.user_loader  # type: ignore[untyped-decorator] # Flask-Login ships no types
def load(token: str) -> SignedIn | None:
    """Return who is behind a cookie: a live session of an enabled account whose credentials have not changed since."""
    browser = sessions.find(token)
    if browser is None:
        return None
    account = lookup.find(browser.account_id)
    if account is None or account.disabled_at is not None or account.token_epoch != browser.epoch:
        return None
    return SignedIn(browser, account, token)


def current() -> SignedIn | None:
    """Return who is signed in at this browser."""
    return cast(SignedIn, current_user._get_current_object()) if current_user.is_authenticated else None


def token() -> str | None:
    """Return the session's secret that this browser's cookie holds, whoever that is the session of, or was."""
    held: str | None = session.get(KEY)
    return held


def token_in(environ: dict[str, Any]) -> str | None:
    """Return the same of a request that Flask has not seen."""
    sessions_of_flask = cast(PatientSessions, current_app.session_interface)
    held: str | None = sessions_of_flask.read(environ).get(KEY)
    return held


def authority(present: SignedIn) -> Authority:
    """Return by what somebody who is signed in acts: their session."""
    return Authority(present.browser.account_id, session_id=present.browser.id)


def held() -> SignedIn | None:
    """Return who is signed in at this browser, their account held until the commit; nobody, where that ended since it was looked at."""
    present = current()
    if present is not None and isinstance(taking.take(authority(present)), Refused):
        forget()
        return None
    return present


def here(account: Account) -> SignedIn | None:
    """Return this browser's session, if it is one of this very account; both are held."""
    present = current()
    return held() if present is not None and present.account.id == account.id else None


def device() -> Device:
    """Return where this request comes from."""
    return Device(source(), request.user_agent.string)


def arrive(account: Account, amr: list[str], target: str | None) -> Response:
    """Go on after a right first factor, shown by `amr`: to the code page where a second is due, else signed in to `target`.

    Where the address lets people in, and is not proved, that comes before anything else.
    """
    if admission.waits_for_proof(account):
        return proving.lead(account, amr, target)
    if account.has_second_factor and here(account) is None:
        session["attempt"] = flow.begin(account, amr)
        return go(with_next("/signin/code", target))
    enter(account, Proof(amr, first_at=clock.now(), target=target))
    return go(target or "/account")


def make_up(account: Account, amr: list[str], step: Step, target: str) -> Response:
    """Go on as `arrive` where a caller without pages still lacks `step`: to the page for it, and from there to `target`."""
    is_asked_anyway = step is Step.SECOND and here(account) is None
    return arrive(account, amr, target if is_asked_anyway else path_to(step, target, is_signed_in=True))


def enter(account: Account, proof: Proof) -> SignedIn:
    """Sign an account in at this browser, with a new session secret; a session of somebody else ends.

    Raises:
        ValueError: a second factor alone was shown, which opens no session, and the one that it was shown in has ended.
    """
    same = here(account)
    present = current()
    if same is not None:
        browser = same.browser
        token = sessions.renew(browser, proof)
        kept = {name: session[name] for name in KEPT if name in session}
    else:
        if proof.first_at is None:
            raise ValueError("a second factor alone opens no session")
        kept = {}
        if present is not None:
            why = sessions.Ending(present.account.sub, ANOTHER_SIGNED_IN, source=source())
            sessions.end(present.browser.id, why=why)
        browser, token = sessions.open_session(account.id, account.token_epoch, proof, device())
        credentials.note_sign_in(account)
        device_cookie.note(account, device())
    session.clear()
    session.update(kept)
    session.permanent = False
    signed_in = SignedIn(browser, account, token)
    login_user(signed_in)
    audit.record("signin", subject=account.sub, source=source(), amr=" ".join(browser.amr))
    entered.send(signed_in)
    return signed_in


def renew() -> None:
    """Give this browser's session a new secret, so that whoever has a copy of its cookie is signed out like every other browser."""
    present = current()
    if present is not None:
        token = sessions.renew(present.browser, Proof([]))
        renewed = SignedIn(present.browser, present.account, token)
        login_user(renewed)
        entered.send(renewed)


def browser_name() -> str:
    """Return what names this browser to a challenge: its session, or a random value in its cookie before there is one."""
    present = current()
    if present is not None:
        return present.browser.id
    name: str = session.setdefault("browser", crypto.new_secret())
    return name


def leave() -> None:
    """Sign this browser out: the session ends on the server, the cookie is emptied."""
    present = current()
    if present is not None:
        sessions.end(present.browser.id, why=sessions.Ending(present.account.sub, source=source()))
    session.clear()
    forget()
    left.send()


def forget() -> None:
    """Make Flask-Login forget who it loaded for this request."""
    login_manager._update_request_context_with_user()


def signin_url(next_path: str, *, again: bool = False) -> str:
    """Return the sign-in page's path that continues to `next_path`; `again` asks also who is signed in."""
    query = {"next": next_path} | ({"again": "1"} if again else {})
    return f"/signin?{urlencode(query)}"


def page() -> str:
    """Return the present page's path, to come back to; of a form's answer, the page that the form stands on."""
    return form_page(request.path) if request.method == "POST" else request.full_path.rstrip("?")


def required(view: View) -> View:
    """Let only signed-in people open a page, with every factor that is demanded of them; others show it first and come back."""
    return _guarded(view, policy_holds=True)


def enrolling(view: View) -> View:
    """As `required`, for pages on which a second factor is set up: they open also to those who must have one and do not yet."""
    return _guarded(view)


def fresh_required(view: View) -> View:
    """As `required`, and everything must have been shown during the last ten minutes."""
    return _guarded(view, policy_holds=True, is_fresh=True)


def fresh_enrolling(view: View) -> View:
    """As `enrolling`, and everything must have been shown during the last ten minutes."""
    return _guarded(view, is_fresh=True)


def leaving(view: View) -> View:
    """As `required`, for the pages by which people take their data and go: they open also to those who do not accept the terms, or
    do not say what is required of everybody."""
    return _guarded(view, policy_holds=True, terms_hold=False, fields_hold=False)


def fresh_leaving(view: View) -> View:
    """As `leaving`, and everything must have been shown during the last ten minutes."""
    return _guarded(view, policy_holds=True, terms_hold=False, fields_hold=False, is_fresh=True)


def completing(view: View) -> View:
    """As `required`, for the page on which required fields are filled in."""
    return _guarded(view, policy_holds=True, fields_hold=False)


def path_to(step: Step, target: str, *, is_signed_in: bool) -> str:
    """Return the page on which a missing step is made up for, and which continues to `target`."""
    match step:
        case Step.FIRST:
            return signin_url(target, again=is_signed_in)
        case Step.SECOND:
            return f"/signin/code?{urlencode({'next': target, 'again': '1'})}"
        case Step.ENROL:
            return f"/account/security?{urlencode({'next': target})}"


def path_to_terms(target: str) -> str:
    """Return the page on which the terms are accepted, and which continues to `target`."""
    return with_next("/terms", target)


def path_to_completion(target: str) -> str:
    """Return the page on which required fields are filled in, and which continues to `target`."""
    return with_next("/complete-profile", target)


def _guarded(
    view: View, *, policy_holds: bool = False, terms_hold: bool = True, fields_hold: bool = True, is_fresh: bool = False
) -> View:
    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Response | Any:
        present = _present()
        step = _missing(present, policy_holds=policy_holds, is_fresh=is_fresh)
        if step is not None:
            return redirect(path_to(step, page(), is_signed_in=present is not None), 303)
        if terms_hold and present is not None and terms.are_due(present.account):
            return redirect(path_to_terms(page()), 303)
        if fields_hold and present is not None and lacking.is_anything(present.account):
            return redirect(path_to_completion(page()), 303)
        return view(*args, **values)

    return cast(View, guarded)


def _present() -> SignedIn | None:
    """Return who is signed in; where the request may change something, held."""
    return current() if request.method in SAFE_METHODS else held()


def _missing(present: SignedIn | None, *, policy_holds: bool, is_fresh: bool) -> Step | None:
    if present is None:
        return Step.FIRST
    demand = flow.Demand(
        since=clock.now() - LIFETIMES.fresh_sign_in if is_fresh else None,
        two_factors=policy_holds and not present.account.has_second_factor and policy.is_required(present.account),
    )
    return flow.missing(flow.shown_in(present.browser), present.account.has_second_factor, demand)
