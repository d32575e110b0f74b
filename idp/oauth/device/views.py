"""Pages: /device, where a person types the code of a device (RFC 8628, section 3.3), what comes afterwards, and its QR code."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired

from idp import throttle
from idp.base import clock
from idp.base.extensions import settings
from idp.base.http import limited, source
from idp.base.outcome import Reason, Refused
from idp.clients import service as clients
from idp.factors.totp import qr_png, qr_svg
from idp.oauth import waiting
from idp.oauth.authorize.pages import resume_path
from idp.oauth.device import requests, user_codes
from idp.oauth.device.answering import CONNECTED, DENIED
from idp.oauth.device.endpoint import PAGE
from idp.oauth.device.requests import Asked
from idp.signin import login
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, refuse, show
from idp.throttle import Limit, block_of

bp = Blueprint("device", __name__)

LIMIT = "60 per minute"
# After five wrong codes of a person, or from a network: with 34 bits, and what waits at once, nobody guesses one (section 5.1).
FREE, WAIT, FORGET = 5, timedelta(minutes=1), timedelta(hours=1)


class UserCodeForm(EntranceForm):
    """The code that a device shows."""

    user_code = StringField(_l("Code"), [InputRequired(_l("Enter the code that your device shows."))])


@bp.get("/device")
def show_device() -> Page:
    """Ask for the code; one that came with the link stands in the field, for the person to compare."""
    typed = user_codes.read(request.args.get("user_code", ""))
    form = UserCodeForm(formdata=None, data={"user_code": user_codes.show(typed) if typed else ""})
    return _show(form, came_along=typed is not None)


@bp.post("/device")
@limited(LIMIT)
def answer_device() -> Page:
    """Lead the person on to sign in for the device whose code was typed; of a wrong one nothing is told."""
    form = UserCodeForm()
    if not form.validate_on_submit():
        return _show(form)
    found = _find(form.text("user_code"))
    if isinstance(found, Refused):
        form.refuse(found, field="user_code")
        return refuse(_show(form), found)
    return go(resume_path(waiting.store(found.parameters, clock.now(), found.expires_at)))


@bp.get(CONNECTED)
def show_connected() -> str:
    """Send the person back to the device."""
    return render_template("oauth/device/done.html", is_connected=True)


@bp.get(DENIED)
def show_denied() -> str:
    """Say that the device gets nothing."""
    return render_template("oauth/device/done.html", is_connected=False)


@bp.get("/device/qr.<kind>")
@limited("600 per minute", methods=("GET", "HEAD"))
def show_qr(kind: str) -> Response:
    """Draw the link with a code as a QR code, for devices that cannot; nothing is looked up, so that nothing is told."""
    code = user_codes.read(request.args.get("user_code", ""))
    if code is None or kind not in {"svg", "png"}:
        abort(HTTPStatus.NOT_FOUND)
    link = f"{settings().issuer}{PAGE}?{urlencode({'user_code': user_codes.show(code)})}"
    headers = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "cross-origin"}
    if kind == "png":
        return Response(qr_png(link), mimetype="image/png", headers=headers)
    return Response(qr_svg(link), mimetype="image/svg+xml", headers=headers)


def _find(typed: str) -> Asked | Refused:
    """Return the request behind a typed code. Refusals: TOO_MANY_TRIES, USER_CODE_INVALID."""
    present = login.current()
    tries = [f"user_code/source/{block_of(source())}"]
    tries += [f"user_code/account/{present.account.id}"] if present is not None else []
    limits = [Limit(key, FREE, shortest=WAIT, forget_after=FORGET) for key in tries]
    seconds = throttle.attempt(limits)
    if seconds:
        return Refused(Reason.TOO_MANY_TRIES, retry_after=seconds)
    code = user_codes.read(typed)
    found = requests.find_typed(code) if code is not None else None
    if found is None or clients.find(found.client_id) is None:
        return Refused(Reason.USER_CODE_INVALID)
    # Not forgotten: whoever has a client can make good codes, and would try wrong ones in between.
    throttle.uncount(limits)
    return found


def _show(form: UserCodeForm, *, came_along: bool = False) -> Page:
    return show("oauth/device/code.html", form, came_along=came_along)
