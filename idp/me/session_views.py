"""Pages: /account/sessions, the browsers in which a person is signed in, to end one or all others."""

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp import sessions
from idp.base import user_agents
from idp.base.http import limited, source
from idp.me.navigation import person, show
from idp.sessions.ending import BY_OWNER
from idp.signin import login
from idp.signin.forms import PlainForm
from idp.signin.login import SignedIn, required
from idp.signin.pages import Page, go

bp = Blueprint("own_sessions", __name__, url_prefix="/account/sessions")


@bp.get("")
@required
def show_sessions() -> Page:
    """List the browsers, the one seen last first."""
    present = person()
    rows = sessions.list_live(present.account.id, present.account.token_epoch)
    return show(
        "sessions.html",
        PlainForm(formdata=None),
        browsers=[(row, user_agents.describe(row.user_agent)) for row in rows],
        present_id=present.browser.id,
    )


@bp.post("/<session_id>/end")
@limited("60 per minute")
@required
def end_session(session_id: str) -> Page:
    """End one session of one's own, and the tokens that hang on it; ending the present one signs out."""
    present = person()
    row = sessions.find_of(present.account.id, session_id)
    if row is None:
        abort(404)
    if row.id == present.browser.id:
        login.leave()
        return go("/signed-out")
    sessions.end(row.id, why=_ending(present))
    flash(_("That browser is signed out."), "success")
    return go("/account/sessions")


@bp.post("/end-others")
@limited("30 per minute")
@required
def end_others() -> Page:
    """End every session but the present one."""
    present = person()
    sessions.end_all(present.account.id, why=_ending(present), but=present.browser.id)
    login.renew()
    flash(_("Every other browser is signed out."), "success")
    return go("/account/sessions")


def _ending(present: SignedIn) -> sessions.Ending:
    return sessions.Ending(present.account.sub, BY_OWNER, source=source())
