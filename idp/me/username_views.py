"""Pages: /auth/username, where a person without a username chooses one, and /u/<username>, what everybody may see of a person.

The public page shows the username and nothing else: names and picture are for applications that the person has let in.
"""

from flask import Blueprint, abort, flash, render_template
from flask_babel import gettext as _

from idp.accounts import lookup, service
from idp.accounts.service import Profile
from idp.base.http import limited, source
from idp.me.forms import UsernameForm
from idp.me.navigation import person
from idp.signin import login
from idp.signin.login import required
from idp.signin.pages import Page, go, next_path, show

bp = Blueprint("usernames", __name__)


@bp.get("/auth/username")
@required
def show_username() -> Page:
    """Ask for a username; who has one continues."""
    username = person().account.username
    if username is not None:
        return go(next_path() or f"/u/{username}")
    return show("me/username.html", UsernameForm(formdata=None), target=next_path())


@bp.post("/auth/username/choose")
@limited("30 per minute")
@required
def choose_username() -> Page:
    """Take the username, unless it is malformed or taken."""
    account = person().account
    form = UsernameForm()
    if account.username is not None or not form.validate_on_submit():
        return show_username() if account.username is not None else show("me/username.html", form, target=next_path())
    profile = Profile(account.given_name, account.family_name, form.text("username").strip(), account.picture)
    refusals = service.change_profile(account, profile, source=source())
    if refusals:
        form.refuse(*refusals)
        return show("me/username.html", form, target=next_path())
    flash(_("Your username is chosen."), "success")
    return go(next_path() or f"/u/{profile.username}")


@bp.get("/u/<username>")
@limited("120 per minute", methods=("GET", "HEAD"))
def show_public(username: str) -> str:
    """Show what everybody may see of a person; a closed account looks like none."""
    account = lookup.find_by_identifier(username) if "@" not in username else None
    if account is None or account.disabled_at is not None:
        abort(404)
    present = login.current()
    is_own = present is not None and present.account.id == account.id
    return render_template("me/public.html", username=account.username, is_own=is_own)
