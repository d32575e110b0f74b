"""The pages in the window that a browser opens when its dialog is not enough: to sign in, and to go on to an app.

They end by telling the browser so, by a script of ours; without it the person closes the window.
"""

from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template
from werkzeug.wrappers import Response

from idp.base.http import limited
from idp.fedcm import assertion, cookie, published, switch
from idp.oauth.authorize.pages import Answer, Request
from idp.signin import login

bp = Blueprint("fedcm_pages", __name__)


@bp.get(published.LOGIN)
@limited("600 per minute", methods=("GET", "HEAD"))
def show_sign_in() -> Answer:
    """Sign the person in by the usual pages, then tell the browser that they are, and have it close the window."""
    if not switch.is_on():
        abort(HTTPStatus.NOT_FOUND)
    present = login.current()
    if present is None:
        return redirect(login.signin_url(published.LOGIN), HTTPStatus.SEE_OTHER)
    cookie.note_entered(present)  # also for a session that began before any app was switched to this
    return render_template("fedcm/finish.html", is_signed_in=True), HTTPStatus.OK


def hand_over(asked: Request, present: login.SignedIn) -> Answer:
    """Hand the ID token of a request to the browser, which waits for it."""
    cookie.note_entered(present)
    token = assertion.issue(asked, present.account, present.browser)
    page = render_template(
        "fedcm/finish.html",
        is_signed_in=True,
        token=token,
        account_id=present.account.sub,
        client_name=asked.client.name,
    )
    return Response(page, HTTPStatus.OK, mimetype="text/html")


def close(asked: Request) -> Answer:
    """Have the browser close the window without a token: the app gets nothing."""
    page = render_template("fedcm/finish.html", is_signed_in=False, client_name=asked.client.name)
    return Response(page, HTTPStatus.OK, mimetype="text/html")
