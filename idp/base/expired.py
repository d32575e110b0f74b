"""A form that comes without a good token: back to its page, or the word that the browser keeps no cookies."""

from http import HTTPStatus
from urllib.parse import urlencode

from flask import current_app, flash, redirect, request, session
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData
from werkzeug.wrappers import Response

from idp.base import cookies, database
from idp.base.failures import show_error
from idp.base.paths import form_page, is_local_path
from idp.base.seals import CSRF, csrf_serializer

CHECK = "/cookies"  # the path that tells browsers without cookies from those which lost them
CATEGORY = "expired"  # of the message, which is beside the point for somebody who is signed in by now


def restart_form(_error: CSRFError) -> Response | tuple[str, int]:
    """Send an expired or second-tab form back to itself, with its request intact, instead of a dead end.

    Where the form was made here and no cookie of ours came with it, the cookies are gone or forbidden. Then the way back leads over
    `check_cookies`, since a form without cookies would come back so for ever.
    """
    database.rollback()
    query = f"?{request.query_string.decode('ascii', 'ignore')}" if request.query_string else ""
    path = f"{form_page(request.path)}{query}"
    path = path if is_local_path(path) else "/"
    is_doubtful = _is_ours() and not _came_with_cookies()
    if all(category != CATEGORY for category, _text in session.get("_flashes", [])):
        flash(_("This form had expired. Please try again."), CATEGORY)
    return redirect(f"{CHECK}?{urlencode({'next': path})}" if is_doubtful else path, HTTPStatus.SEE_OTHER)


def check_cookies() -> Response | tuple[str, int]:
    """Send a browser on to the form where it has brought the cookie that it was just given; else say that it keeps none."""
    target = request.args.get("next", "")
    path = target if is_local_path(target) else "/"
    return redirect(path, HTTPStatus.SEE_OTHER) if _came_with_cookies() else _show_no_cookies(path)


def forget() -> bool:
    """Take back the message that a form had expired; return whether there was one."""
    waiting = session.get("_flashes", [])
    kept = [message for message in waiting if message[0] != CATEGORY]
    if len(kept) < len(waiting):
        session["_flashes"] = kept
    return len(kept) < len(waiting)


def _is_ours() -> bool:
    """Return whether the form has a token that this server has signed of late, whoever's session it belongs to."""
    try:
        csrf_serializer().loads(request.form.get(CSRF, ""), max_age=current_app.config["WTF_CSRF_TIME_LIMIT"])
    except BadData:
        return False
    return True


def _came_with_cookies() -> bool:
    prefix = cookies.name_of("")
    return any(name.startswith(prefix) for name in request.cookies)


def _show_no_cookies(path: str) -> tuple[str, int]:
    hint = _(
        "Allow cookies for %(host)s in the settings of your browser, or of an extension that blocks them. If you have closed the "
        "browser since you opened the page, just try again.",
        host=request.host,
    )
    message = _(
        "This page works with cookies alone, and your browser did not send back the one that came with the form."
    )
    title, ways = _("Your browser sent no cookie"), [(path, _("Try again"))]
    return show_error(title, message, HTTPStatus.BAD_REQUEST, hint=hint, ways=ways)
