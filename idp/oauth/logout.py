"""RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): a valid hint of the present session does not ask, anything else
confirms; a redirect only ever goes to a registered address of the client that the hint or `client_id` names. A hint whose key has been
deleted confirms too, and leads nowhere.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Flask, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from idp.base import database
from idp.base.http import acts, limited, programs_only, show_error
from idp.base.leaving import lead_on, leave_for
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.keys.jose import LONGEST_TOKEN
from idp.oauth import addresses, hints, refusals
from idp.oauth.hints import Flaw
from idp.oauth.parameters import LONGEST
from idp.signin import login
from idp.signin.forms import PlainForm

bp = Blueprint("logout", __name__)
Answer = Response | tuple[str, int] | str
NAMES = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state", "logout_hint")


@dataclass(frozen=True)
class LogoutRequest:
    """A checked request; `hint` are the claims of a valid ID token hint, `uri` a registered address."""

    client: RegisteredClient | None
    hint: dict[str, Any] | None
    uri: str | None
    state: str | None


def init_app(app: Flask) -> None:
    """Answer at these addresses."""
    app.register_blueprint(bp)


@bp.get("/oauth/logout")
@acts
def logout() -> Answer:
    """Answer a logout request."""
    database.for_writing()
    return _answer({name: request.args[name] for name in NAMES if request.args.get(name)})


@bp.post("/oauth/logout")
@limited("120 per minute")
@programs_only("relying parties post logout requests from their own pages; without a hint of the session it asks")
def logout_by_post() -> Answer:
    """Answer a logout request sent as a form; a cross-site POST has no cookie, so it goes on with a GET."""
    values = {name: request.form[name] for name in NAMES if request.form.get(name)}
    if _is_too_long(values):
        return _refuse("too_long", _("The sign-out request is too long."))
    return redirect(f"/oauth/logout?{urlencode(values)}", HTTPStatus.SEE_OTHER)


@bp.get("/oauth/logout/confirm")
def show_confirm() -> Answer:
    """Ask, on behalf of a client, whether to sign out."""
    asked = _read(dict(request.args))
    if not isinstance(asked, LogoutRequest):
        return asked
    if login.current() is None:
        return _finish(asked)
    if asked.uri:
        lead_on()
    name = asked.client.name if asked.client else None
    return render_template("signin/signout.html", form=PlainForm(formdata=None), client_name=name)


@bp.post("/oauth/logout/confirm")
@limited("60 per minute")
def answer_confirm() -> Answer:
    """Sign out, and return to the client where it named a registered address."""
    asked = _read(dict(request.args))
    if not isinstance(asked, LogoutRequest):
        return asked
    login.leave()
    return _finish(asked)


def _answer(values: dict[str, str]) -> Answer:
    asked = _read(values)
    if not isinstance(asked, LogoutRequest):
        return asked
    present = login.current()
    if present is None:
        return _finish(asked)
    if asked.hint is not None and asked.hint.get("sid") == present.browser.id:
        login.leave()
        return _finish(asked)
    return redirect(f"/oauth/logout/confirm?{urlencode(values)}", HTTPStatus.SEE_OTHER)


def _read(values: dict[str, str]) -> LogoutRequest | tuple[str, int]:
    """Check a request (section 2): every refusal is a page with a sentence of its own, never a redirect."""
    if _is_too_long(values):
        return _refuse("too_long", _("The sign-out request is too long."))
    client_id = values.get("client_id")
    hint = hints.read(values["id_token_hint"]) if "id_token_hint" in values else None
    if hint is Flaw.NOT_OURS or (isinstance(hint, dict) and client_id not in (None, hint["aud"])):
        message = _("The ID token hint is not one that this server issued to the application.")
        return _refuse("hint_not_ours", message, client_id, "id_token_hint")
    if isinstance(hint, dict):
        client_id = hint["aud"]
    client = clients.find(client_id)
    if client is None and client_id is not None:
        message = _("The application that asks to sign you out is not registered.")
        return _refuse("unknown_client", message, client_id, "client_id", client_id)
    if isinstance(hint, Flaw):  # nobody can tell whose it was: the person decides, and is sent nowhere (section 4)
        return LogoutRequest(client, None, None, None)
    uri = values.get("post_logout_redirect_uri")
    if uri is not None and client is None:
        message = _("The application must name itself to be returned to after signing out.")
        return _refuse("client_not_named", message, None, "")
    if uri is not None and client is not None and uri not in client.metadata.post_logout_redirect_uris:
        message = _("The address to return to after signing out is not registered for the application.")
        return _refuse("address_not_registered", message, client_id, "post_logout_redirect_uri", uri)
    return LogoutRequest(client, hint, uri, values.get("state"))


def _is_too_long(values: dict[str, str]) -> bool:
    """Return whether a parameter would outgrow the addresses that it travels in; an ID token may hold every claim of a person."""
    return any(len(value) > (LONGEST_TOKEN if name == "id_token_hint" else LONGEST) for name, value in values.items())


def _finish(asked: LogoutRequest) -> Response:
    if asked.uri is None:
        return redirect("/signed-out", HTTPStatus.SEE_OTHER)
    uri = asked.uri if asked.state is None else addresses.with_query(asked.uri, {"state": asked.state})
    return leave_for(uri, asked.client.name if asked.client else None)


def _refuse(
    cause: str, message: str, client_id: str | None = None, name: str | None = None, value: str = ""
) -> tuple[str, int]:
    """Show the page of a refusal, with advice about the parameter of this name, and record it; an ID token is not repeated."""
    address = addresses.without_query(value) if name == "post_logout_redirect_uri" else None
    refusals.record("request.refused", cause, client_id=client_id, endpoint="logout", post_logout_redirect_uri=address)
    advice = {
        "": _(
            "Send id_token_hint or client_id beside post_logout_redirect_uri: by one of them the application is known."
        ),
        "id_token_hint": _("Send the ID token as it was issued, and no client_id but that of its aud."),
        "client_id": _("The client_id is that of no client here, or of one that is disabled."),
        "post_logout_redirect_uri": _(
            "A post_logout_redirect_uri must be registered for the client to the letter, apart from its redirect URIs."
        ),
    }
    return show_error(
        _("This sign-out request does not work"),
        message,
        HTTPStatus.BAD_REQUEST,
        hint=_("You can sign out here instead."),
        ways=[("/signout", _("Sign out")), ("/account", _("To your account"))],
        advice=advice.get(name) if name is not None else None,
        sent=(name, refusals.shorten(value)) if value else None,
    )
