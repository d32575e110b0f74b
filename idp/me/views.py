"""Pages: /account (the profile), /account/password, /account/apps and /account/activity."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash
from flask_babel import gettext as _

from idp import mail
from idp.accounts import attribute_values, credentials, details, filling
from idp.accounts.authority import owning
from idp.accounts.filling import Filled
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.attributes import known as attributes
from idp.attributes.definition import Definition
from idp.base.http import limited, source
from idp.clients import service as clients
from idp.me import activity, enrolment
from idp.me.forms import ChangePasswordForm, ProfileForm
from idp.me.navigation import person, show
from idp.oauth import consents, initiation
from idp.oauth.scopes import describe
from idp.signin import asking, device_cookie, login
from idp.signin.buttons import has_home
from idp.signin.forms import PlainForm
from idp.signin.login import required
from idp.signin.pages import Page, go, refuse

bp = Blueprint("me", __name__, url_prefix="/account")


@bp.get("")
@required
def show_profile() -> Page:
    """Show the profile."""
    account = person().account
    made, asked = _profile_form(account)
    form = made(formdata=None, obj=account, **details.texts(account.details), **asking.texts(asked, account))
    return _show_profile(form, offers_factor=enrolment.is_offered(account))


@bp.post("")
@limited("30 per minute")
@required
def answer_profile() -> Page:
    """Change the profile, all of it or nothing."""
    account = person().account
    form = _profile_form(account)[0]()
    if not form.validate_on_submit():
        return _show_profile(form)
    profile = Profile(
        given_name=form.text("given_name").strip(),
        family_name=form.text("family_name").strip(),
        username=form.text("username").strip() or None,
        picture=form.text("picture").strip() or None,
    )
    claims = {rule.name: form.text(rule.field) for rule in details.RULES}
    refusals = filling.fill(account, Filled(profile, claims, form.attributes()), source=source())
    if refusals:
        form.refuse(*refusals)
        return _show_profile(form)
    flash(_("Your profile is saved."), "success")
    return go("/account")


@bp.get("/password")
@required
def show_password() -> Page:
    """Show the form for a new password, or where to get a first one."""
    return show("password.html", ChangePasswordForm(formdata=None))


@bp.post("/password")
@limited("20 per minute")
@required
def answer_password() -> Page:
    """Change the password; this browser stays signed in, every other browser and app is signed out. Show what is left."""
    present = person()
    if present.account.password_hash is None or has_home(present.account):
        return go("/account/password")
    form = ChangePasswordForm()
    if not form.validate_on_submit():
        return show("password.html", form)
    refused = credentials.change_password(
        present.account,
        form.text("current_password"),
        form.text("new_password"),
        source=source(),
        keep=present.browser,
        device=device_cookie.read(),
    )
    if refused is not None:
        form.refuse(refused)
        return refuse(show("password.html", form), refused)
    login.renew()
    flash(
        _("Your password is changed. Every other browser and app is signed out; this is what is still open."), "success"
    )
    return go("/account/sessions")


@bp.get("/apps")
@required
def show_apps() -> Page:
    """Show which applications have access to the account."""
    apps = consents.list_apps(person().account.id)
    clients.find_all(app.client_id for app in apps)  # at once, so that none is looked for by itself below
    told = [
        (app, describe(sorted(app.scopes)), initiation.address(app.client_id), _home(app.client_id)) for app in apps
    ]
    return show("apps.html", PlainForm(formdata=None), apps=told, owns_some=owning.owns_any(person().account.id))


@bp.post("/apps/<client_id>/withdraw")
@limited("30 per minute")
@required
def withdraw_app(client_id: str) -> Page:
    """Take an application's access away; its tokens end at once, and a mail tells of it."""
    account = person().account
    names = {app.client_id: app.name for app in consents.list_apps(account.id)}
    if client_id in names:
        consents.withdraw(account.id, client_id, subject=account.sub, source=source())
        mail.app_withdrawn(account, app=names[client_id], source=source())
        flash(_("%(name)s has no access to your account any more.", name=names[client_id]), "success")
    return go("/account/apps")


@bp.get("/activity")
@required
def show_activity() -> Page:
    """Show what happened to the account lately."""
    events = activity.recent(person().account.sub)
    return show("activity.html", PlainForm(formdata=None), events=events)


def _profile_form(account: Account) -> tuple[type[ProfileForm], list[Definition]]:
    """Return the form of a profile with what somebody edits of the custom attributes, and what of all that is asked for."""
    custom = [one for one in attributes.custom() if one.is_edited]
    asked = [*custom, *(one for one in attributes.demanded() if not one.is_custom)]
    return asking.build(ProfileForm, asked, account), asked


def _show_profile(form: ProfileForm, **values: Any) -> Page:
    account = person().account
    definitions = [one for one in attributes.custom() if one.is_seen and not one.is_edited]
    texts = attribute_values.texts(account, definitions)
    shown = [(one.label, texts[one.name] or "–") for one in definitions]
    return show("profile.html", form, shown=shown, **values)


def _home(client_id: str) -> tuple[str, str] | None:
    """Return where an application has its home page, and the host that is shown of it; None for one that is disabled."""
    client = clients.find(client_id)
    uri = client.metadata.client_uri if client is not None else None
    return (uri, urlsplit(uri).hostname or uri) if uri else None
