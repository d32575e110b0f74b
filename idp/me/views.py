"""Pages: /account (the profile), /account/password, /account/apps and /account/activity."""

from urllib.parse import urlsplit

from flask import Blueprint, flash
from flask_babel import gettext as _

from idp import mail
from idp.accounts import credentials, details, service
from idp.accounts.authority import owning
from idp.accounts.service import Profile
from idp.base.http import limited, source
from idp.clients import service as clients
from idp.me import activity, enrolment
from idp.me.forms import ChangePasswordForm, ProfileForm
from idp.me.navigation import person, show
from idp.oauth import consents, initiation
from idp.oauth.scopes import describe
from idp.signin import device_cookie, login
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
    form = ProfileForm(formdata=None, obj=account, **details.texts(account.details))
    return show("profile.html", form, offers_factor=enrolment.is_offered(account))


@bp.post("")
@limited("30 per minute")
@required
def answer_profile() -> Page:
    """Change the profile, all of it or nothing."""
    form = ProfileForm()
    if not form.validate_on_submit():
        return show("profile.html", form)
    profile = Profile(
        given_name=form.text("given_name").strip(),
        family_name=form.text("family_name").strip(),
        username=form.text("username").strip() or None,
        picture=form.text("picture").strip() or None,
    )
    more = {rule.name: form.text(rule.field) for rule in details.RULES}
    refusals = service.change_profile(person().account, profile, more=more, source=source())
    if refusals:
        form.refuse(*refusals)
        return show("profile.html", form)
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


def _home(client_id: str) -> tuple[str, str] | None:
    """Return where an application has its home page, and the host that is shown of it; None for one that is disabled."""
    client = clients.find(client_id)
    uri = client.metadata.client_uri if client is not None else None
    return (uri, urlsplit(uri).hostname or uri) if uri else None
