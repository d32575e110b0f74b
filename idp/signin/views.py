"""Pages: /signin, /signout, /signed-out, and the password manager's well-known address."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote_plus

from flask import Blueprint, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from markupsafe import escape
from werkzeug.wrappers import Response

from idp.accounts import credentials, pending
from idp.accounts.admission import service as admission
from idp.accounts.models import SignUp
from idp.base import expired, once
from idp.base.http import limited, source
from idp.base.outcome import Refused
from idp.base.seals import CSRF
from idp.signin import buttons, device_cookie, login
from idp.signin.asker import find_asker
from idp.signin.code_views import offers_passkeys
from idp.signin.forms import PasswordAgainForm, PlainForm, SignInForm
from idp.signin.pages import Page, find_over, go, next_path, refuse, render, show, with_next

bp = Blueprint("signin", __name__)
SIGN_IN = "signin/signin.html"


@bp.get("/")
def show_home() -> Response:
    """Lead to the account, or to sign-in."""
    return redirect("/account" if login.current() else "/signin", 303)


@bp.get("/signin")
def show_signin() -> Page:
    """Show the sign-in form; who is signed in continues at once, unless the relying party wants to be sure."""
    target = next_path()
    present = login.current()
    if present is not None and "again" not in _args():
        if expired.forget():  # the form was sent once more, by Back or in a second tab
            flash(_("You are signed in already."), "info")
        return go(target or "/account")
    if (over := find_over(target)) is not None:
        return over
    if present is not None and "other" not in _args():
        again = PasswordAgainForm(formdata=None)
        again.username.data = present.account.email
        return show("signin/again.html", again, target=target, account=present.account)
    asker = find_asker(target)
    return _show_empty(target, session.get("known_email") or (asker.login_hint if asker else None))


def _show_empty(target: str | None, name: str | None) -> Page:
    """Show the form that nobody has sent yet: the page by which most people come, and all but the same for all of them."""
    switches = {switch: request.args.get(switch) for switch in ("again", "other")}
    if "_flashes" in session or not {*switches.values()} <= {None, "1"}:
        return show(SIGN_IN, _named(name), target=target)
    asker = find_asker(target)
    shown = replace(asker, login_hint=None) if asker else None
    offers = (offers_passkeys(), tuple(buttons.offer()), admission.lets_strangers_try())
    key = (SIGN_IN, shown, *offers, *switches.values())

    def draw(own: Mapping[str, str]) -> str:
        return render(SIGN_IN, _named(own["name"]), target=own.get("target"), csrf_token=lambda: own[CSRF])

    # Where the page names the path to continue to, it does so in the query of another.
    places = {"name": str(escape(name or ""))} | ({"target": quote_plus(target)} if target else {})
    return once.render(key, places, draw), HTTPStatus.OK


def _named(name: str | None) -> SignInForm:
    form = SignInForm(formdata=None)
    form.username.data = name
    return form


@bp.post("/signin")
@limited("60 per minute")
def answer_signin() -> Page:
    """Check name and password, open a session, continue; whose address has a home of its own is led there, whatever was typed besides."""
    target = next_path()
    present = login.current()
    if present is not None and "again" in _args() and "other" not in _args():
        return _answer_again(present, target)
    form = SignInForm()
    home = buttons.lead_home(form.text("username"), target)
    if home is not None:
        return home
    if not form.validate_on_submit():
        return show(SIGN_IN, form, target=target)
    name, password, known = form.text("username"), form.text("password"), device_cookie.read()
    waiting = pending.recognise(name, password, source=source(), device=known)
    if isinstance(waiting, SignUp):
        session["known_sign_up"] = waiting.id_digest.hex()
        return go(with_next("/verify", target))
    account = waiting or credentials.check(name, password, source=source(), device=known)
    if isinstance(account, Refused):
        form.refuse(account)
        return refuse(show(SIGN_IN, form, target=target), account)
    return login.arrive(account, ["pwd"], target)


def _answer_again(present: login.SignedIn, target: str | None) -> Page:
    form = PasswordAgainForm()
    home = buttons.lead_home(form.text("username") or present.account.email, target)
    if home is not None:
        return home
    if form.validate_on_submit():
        name = form.text("username") or present.account.email
        account = credentials.check(name, form.text("password"), source=source(), device=device_cookie.read())
        if not isinstance(account, Refused):
            return login.arrive(account, ["pwd"], target)
        form.refuse(account, field="password")
        return refuse(show("signin/again.html", form, target=target, account=present.account), account)
    return show("signin/again.html", form, target=target, account=present.account)


@bp.get("/signout")
def show_signout() -> Page:
    """Ask before signing out: a link alone must not do it."""
    if login.current() is None:
        return go("/signed-out")
    return show("signin/signout.html", PlainForm(formdata=None), target=None, client_name=None)


@bp.post("/signout")
@limited("60 per minute")
def answer_signout() -> Page:
    """Sign out."""
    login.leave()
    return go("/signed-out")


@bp.get("/signed-out")
def show_signed_out() -> str:
    """Say whether anybody is signed in: the page is come back to, also after another sign-in."""
    present = login.current()
    return render_template("signin/signed_out.html", account=present.account if present else None)


@bp.get("/.well-known/change-password")
def change_password() -> Response:
    """Lead password managers to the form (W3C, A Well-Known URL for Changing Passwords)."""
    return redirect("/account/password", 302)


def _args() -> set[str]:
    return set(request.args)
