"""Flask-Login as an adapter over session rows: the cookie holds a session's secret, the loader returns session and account."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import abort, redirect, request, session
from flask_login import UserMixin, current_user, login_user
from werkzeug.wrappers import Response

from idp import audit, sessions
from idp.accounts import lookup
from idp.accounts.models import Account
from idp.base.extensions import login_manager
from idp.base.http import form_page, source
from idp.sessions import BrowserSession, Device

View = TypeVar("View", bound=Callable[..., Any])


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


def device() -> Device:
    """Return where this request comes from."""
    return Device(source(), request.user_agent.string)


def enter(account: Account, amr: list[str]) -> SignedIn:
    """Sign an account in at this browser, with a new session secret; a session of somebody else ends."""
    present = current()
    if present is not None and present.account.id == account.id:
        browser = present.browser
        token = sessions.renew(browser, amr)
    else:
        if present is not None:
            sessions.end(present.browser.id)
        browser, token = sessions.open_session(account.id, account.token_epoch, amr, device())
    session.clear()
    session.permanent = False
    signed_in = SignedIn(browser, account, token)
    login_user(signed_in)
    audit.record("signin", subject=account.sub, source=source(), amr=" ".join(amr))
    return signed_in


def leave() -> None:
    """Sign this browser out: the session ends on the server, the cookie is emptied."""
    present = current()
    if present is not None:
        sessions.end(present.browser.id)
        audit.record("signout", subject=present.account.sub, source=source())
    session.clear()
    request_context_forget()


def request_context_forget() -> None:
    """Make Flask-Login forget who it loaded for this request."""
    login_manager._update_request_context_with_user()


def signin_url(next_path: str, *, again: bool = False) -> str:
    """Return the sign-in page's path that continues to `next_path`; `again` asks also who is signed in."""
    query = {"next": next_path} | ({"again": "1"} if again else {})
    return f"/signin?{urlencode(query)}"


def here() -> str:
    """Return the present page's path, to come back to; of a form's answer, the page that the form stands on."""
    return form_page(request.path) if request.method == "POST" else request.full_path.rstrip("?")


def required(view: View) -> View:
    """Let only signed-in people open a page; others sign in first and come back."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Response | Any:
        if current() is None:
            return redirect(signin_url(here()), 303)
        return view(*args, **values)

    return cast(View, guarded)


def fresh_required(view: View) -> View:
    """Let only people in who signed in during the last ten minutes; others prove once more who they are."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Response | Any:
        present = current()
        if present is None or not present.browser.is_fresh():
            return redirect(signin_url(here(), again=present is not None), 303)
        return view(*args, **values)

    return cast(View, guarded)


def admin_required(view: View) -> View:
    """Let only administrators with a fresh sign-in open a page."""
    fresh = fresh_required(view)

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Response | Any:
        present = current()
        if present is not None and not present.account.is_administrator:
            abort(403)
        return fresh(*args, **values)

    return cast(View, guarded)
