"""What the pages of the authorization endpoint share: their blueprint, paths, and the request that waits for its person."""

from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from idp.base.http import show_error
from idp.clients import service as clients
from idp.clients.registered import RegisteredClient
from idp.oauth import initiation, policy
from idp.oauth import waiting as waits
from idp.oauth.parameters import AuthorizationParameters
from idp.oauth.waiting import Waiting
from idp.signin import login

bp = Blueprint("authorize", __name__)
Page = tuple[str, int]
Answer = Response | Page

RESUME_PATH = "/oauth/resume"
DECLINED = {"second_factor": "declined"}


@dataclass(frozen=True)
class Request:
    """A request whose client and redirect URI are good; `secret` names its row, if it waits in one."""

    parameters: AuthorizationParameters
    client: RegisteredClient
    asked_at: datetime
    secret: str | None = None
    agreed_by: int | None = None
    declines_second_factor: bool = False
    is_reference: bool = False  # whether it came as the reference to a pushed request, which does not live long


def load(secret: str) -> Request | Page:
    """Return a waiting request, or the page that says that there is none, or that the client may not ask for it any more."""
    kept = waits.find(secret)
    waiting = kept.waiting if kept is not None else None
    client = clients.find(kept.client_id) if kept is not None else None
    found = take_up(waiting, client, secret) if waiting is not None and client is not None else None
    if found is None:
        return show_over(client)
    return replace(found, declines_second_factor=request.args.get("second_factor") == DECLINED["second_factor"])


def take_up(waiting: Waiting, client: RegisteredClient, secret: str) -> Request | None:
    """Return a request that waited in a row; None where its client may not ask for it any more.

    The registration may have been narrowed meanwhile: what it has lost is neither shown nor consented to.
    """
    parameters = waiting.parameters.complete(client)
    if not _may_still_ask(client, parameters):
        return None
    return Request(parameters, client, waiting.asked_at, secret, waiting.agreed_by)


def show_over(client: RegisteredClient | None) -> Page:
    """Return the page that says that a request has been answered already, or has expired, and leads on to where it came from."""
    start = initiation.find_start(client) if client is not None else None
    ways = [(start, _("Go on to %(name)s", name=client.name))] if client is not None and start is not None else []
    hint = _("You are signed in.") if login.current() else _("Go back to the application and start again there.")
    title, message = _("Start again"), _("This request has been answered already, or has expired.")
    return show_error(
        title, message, HTTPStatus.BAD_REQUEST, hint=hint, ways=[*ways, ("/account", _("To your account"))]
    )


def _may_still_ask(client: RegisteredClient, parameters: AuthorizationParameters) -> bool:
    """Return whether a client's registration, which may have changed meanwhile, allows a request that was checked before."""
    if parameters.is_for_browser and not client.metadata.fedcm_enabled:
        return False
    is_registered = parameters.device is not None or client.check_redirect_uri(parameters.redirect_uri)
    endpoint = policy.BROWSER if parameters.is_for_browser else policy.AUTHORIZATION
    return is_registered and policy.find_problem(endpoint, parameters, client, ()) is None


def keep(asked: Request) -> str:
    """Let a request wait in a row; return the secret that names it. One that was pushed has its row, and waits there from now on."""
    if asked.secret is None:
        return waits.store(asked.parameters, asked.asked_at)
    if asked.is_reference:
        waits.let_wait(asked.secret)
    return asked.secret


def resume_path(secret: str) -> str:
    """Return where a waiting request goes on."""
    return f"{RESUME_PATH}?{urlencode({'id': secret})}"


def decline_path(path: str) -> str | None:
    """Return how a waiting request goes on without the second factor that it wishes for; None for a path to anything else."""
    return f"{path}&{urlencode(DECLINED)}" if path.startswith(f"{RESUME_PATH}?") else None


def consent_path(asked: Request) -> str:
    """Return the consent page's path; that a second factor was declined must not be asked again after it."""
    declined = DECLINED if asked.declines_second_factor else {}
    return f"/consent?{urlencode({'id': keep(asked)} | declined)}"


def no_access_path(asked: Request) -> str:
    """Return the path of the page that says that the client is not for the person."""
    return f"/no-access?{urlencode({'id': keep(asked)})}"
