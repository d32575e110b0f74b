"""The authorization endpoint and the consent page: read, find client, check, decide, and answer in the right way.

A request with a bad client or redirect URI gets an error page and is never redirected (RFC 9700, section 4.11); any other error goes to
the client, with `state` and `iss` (RFC 9207).
"""

from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, current_app, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from idp import keys
from idp.base import clock, database
from idp.base.extensions import settings
from idp.base.http import form_sources, leave_for, limited, programs_only, show_error, source, widen_form_action
from idp.clients import service as clients
from idp.clients.service import RegisteredClient
from idp.factors import policy
from idp.oauth import asking, consents, dialects, interaction, server
from idp.oauth.grants import granted_scope
from idp.oauth.interaction import AskConsent, Enrol, Issue, Presence, Question, Refuse, SignIn, StepUp
from idp.oauth.parameters import AuthorizationParameters, read
from idp.oauth.policy import find_problem
from idp.oauth.scopes import describe
from idp.signin import login
from idp.signin.flow import Step
from idp.signin.forms import PlainForm

bp = Blueprint("authorize", __name__)
Answer = Response | tuple[str, int]

DECLINED = "declined"


@dataclass(frozen=True)
class Request:
    """A request whose client and redirect URI are good; `secret` names its row, if it waits in one."""

    parameters: AuthorizationParameters
    client: RegisteredClient
    asked_at: datetime
    secret: str | None = None
    agreed_by: int | None = None
    declines_second_factor: bool = False


@bp.get("/oauth/authorize")
def authorize() -> Answer:
    """Answer an authorization request (RFC 6749, section 4.1.1)."""
    database.for_writing()
    return _begin({name: request.args.getlist(name) for name in request.args})


@bp.post("/oauth/authorize")
@limited("120 per minute")
@programs_only(
    "relying parties post authorization requests from their own pages; the request changes nothing by itself"
)
def authorize_by_post() -> Answer:
    """Answer an authorization request sent as a form (OpenID Connect Core, section 3.1.2.1).

    A cross-site POST comes without our cookie, so the request waits in a row and goes on with a GET.
    """
    return _begin({name: request.form.getlist(name) for name in request.form}, park=True)


@bp.get("/oauth/resume")
def resume() -> Answer:
    """Take a waiting request up again, after sign-in or in another tab."""
    database.for_writing()
    waiting = _load(request.args.get("id", ""))
    return _advance(waiting) if isinstance(waiting, Request) else waiting


@bp.get("/consent")
def show_consent() -> Answer:
    """Show who asks for what."""
    waiting = _load(request.args.get("id", ""))
    present = login.current()
    if not isinstance(waiting, Request):
        return waiting
    if present is None or not isinstance(_decide(waiting, present), AskConsent):
        return redirect(_resume_path(waiting.secret or ""), HTTPStatus.SEE_OTHER)
    return _render_consent(waiting, present)


@bp.post("/consent")
@limited("60 per minute")
def answer_consent() -> Answer:
    """Take the person's decision and answer the client; nobody allows anything before everything demanded has been shown."""
    waiting = _load(request.args.get("id", ""))
    if not isinstance(waiting, Request):
        return waiting
    present = login.current()
    decision = request.form.get("decision")
    if present is None or decision not in {"allow", "deny"}:
        return redirect(_resume_path(waiting.secret or ""), HTTPStatus.SEE_OTHER)
    if decision == "deny":
        interaction.forget(waiting.secret or "")
        return _answer_error(waiting, "access_denied", "The person denied the request.")
    step = _decide(waiting, present)
    if isinstance(step, Issue):  # consented to in another tab meanwhile
        return _advance(waiting)
    if not isinstance(step, AskConsent):
        return redirect(_resume_path(waiting.secret or ""), HTTPStatus.SEE_OTHER)
    scopes = waiting.parameters.scopes
    account = present.account
    consents.remember(account.id, waiting.client.client_id, scopes, subject=account.sub, source=source())
    interaction.agree(waiting.secret or "", account.id)
    return _advance(replace(waiting, agreed_by=account.id))


def _begin(pairs: dict[str, list[str]], park: bool = False) -> Answer:
    parameters, repeated = read(pairs)
    client = None if "client_id" in repeated else clients.find(parameters.get("client_id"))
    if client is None:
        return _show_refusal(_("No application is registered under this client identifier."))
    parameters = dialects.complete(parameters, client)
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None or "redirect_uri" in repeated:
        return _show_refusal(_("The application did not say where to send you back: the redirect URI is missing."))
    if not client.check_redirect_uri(redirect_uri):
        return _show_refusal(
            _("The application asked to send you back to a redirect URI that is not registered for it.")
        )
    asked = Request(parameters, client, clock.now())
    problem = find_problem(parameters, client, repeated)
    if problem is not None:
        return _answer_error(asked, *problem)
    if park:
        return redirect(_resume_path(interaction.store(parameters, asked.asked_at)), HTTPStatus.SEE_OTHER)
    return _advance(asked)


def _load(secret: str) -> Request | tuple[str, int]:
    kept = interaction.load(secret)
    client = clients.find(kept.parameters.client_id) if kept else None
    if kept is None or client is None or not client.check_redirect_uri(kept.parameters.redirect_uri):
        hint = _("Go back to the application and start again there.")
        title, message = _("Start again"), _("This request has been answered already, or has expired.")
        return show_error(title, message, HTTPStatus.BAD_REQUEST, hint=hint)
    is_declined = request.args.get("second_factor") == DECLINED
    return Request(kept.parameters, client, kept.asked_at, secret, kept.agreed_by, is_declined)


def _advance(asked: Request) -> Answer:
    """Do what is next for a request."""
    present = login.current()
    step = _decide(asked, present)
    match step:
        case SignIn():
            return _make_up(Step.FIRST, asked, is_signed_in=step.again)
        case StepUp():
            return _make_up(Step.SECOND, asked)
        case Enrol():
            return _make_up(Step.ENROL, asked)
        case AskConsent():
            return redirect(_consent_path(asked), HTTPStatus.SEE_OTHER)
        case Refuse():
            return _answer_error(asked, step.error, step.description)
        case Issue():
            return _issue(asked, present)


def _decide(asked: Request, present: login.SignedIn | None) -> interaction.Next:
    """Return what is next for a request."""
    hinted_sub, hint_is_good = _read_hint(asked)
    if not hint_is_good:
        return Refuse("invalid_request", "The parameter id_token_hint is no ID token of this server.")
    question = Question(
        parameters=asked.parameters,
        asked_at=asked.asked_at,
        hinted_sub=hinted_sub,
        trusted=asked.client.metadata.first_party,
        remembers=_remembers(asked),
        requires_second_factor=_requires_second_factor(asked.client, present),
        declines_second_factor=asked.declines_second_factor,
    )
    presence = _presence(present)
    agreement = consents.find(present.account.id, asked.client.client_id) if present else None
    if agreement is not None and present is not None:
        agreement = replace(agreement, now=asked.agreed_by == present.account.id)
    return interaction.decide(question, presence, agreement, clock.now())


def _make_up(step: Step, asked: Request, *, is_signed_in: bool = True) -> Response:
    """Send the person to the page of a missing step, from where the request is taken up again."""
    path = login.path_to(step, _resume_path(_keep(asked)), is_signed_in=is_signed_in)
    return redirect(path, HTTPStatus.SEE_OTHER)


def _presence(present: login.SignedIn | None) -> Presence | None:
    if present is None:
        return None
    browser, account = present.browser, present.account
    return Presence(account.sub, browser.auth_time, browser.second_factor_at, account.has_second_factor)


def _requires_second_factor(client: RegisteredClient, present: login.SignedIn | None) -> bool:
    """Return whether the client or the policy asks for two factors; only of people without one does it have to be known."""
    if present is None or present.account.has_second_factor:
        return False
    return client.metadata.require_second_factor or policy.is_required(present.account)


def _issue(asked: Request, present: login.SignedIn | None) -> Answer:
    authorization_server: server.Server = current_app.extensions["idp.authorization_server"]
    wanted = server.authorization_request(asked.parameters)
    grant = authorization_server.get_authorization_grant(wanted)
    wanted.client = asked.client
    grant.redirect_uri = asked.parameters.redirect_uri
    _status, values, _headers = grant.create_authorization_response(asked.parameters.redirect_uri, present)
    if asked.secret is not None:
        interaction.forget(asked.secret)
    return _answer(asked, values)


def _answer(asked: Request, values: dict[str, str]) -> Response:
    """Send the answer in the query of the redirect URI (RFC 6749, section 4.1.2), with `state` and `iss` (RFC 9207)."""
    state = asked.parameters.get("state")
    members = values | ({"state": state} if state is not None else {}) | {"iss": settings().issuer}
    uri = asked.parameters.redirect_uri
    glue = "&" if "?" in uri else "?"
    return leave_for(f"{uri}{glue}{urlencode(members)}")


def _answer_error(asked: Request, error: str, description: str) -> Response:
    return _answer(asked, {"error": error, "error_description": description})


def _show_refusal(message: str) -> tuple[str, int]:
    hint = _("Tell the people who run the application. Your account is not affected.")
    return show_error(_("This sign-in request does not work"), message, HTTPStatus.BAD_REQUEST, hint=hint)


def _render_consent(asked: Request, present: login.SignedIn) -> tuple[str, int]:
    widen_form_action(form_sources(asked.parameters.redirect_uri))
    scopes = granted_scope(asked.parameters, asked.client).split()
    parts = urlsplit(asked.parameters.redirect_uri)
    body = render_template(
        "oauth/consent.html",
        form=PlainForm(formdata=None),
        client_name=asked.client.name,
        logo_url=asking.logo_path(asked.client),
        policy_uri=asked.client.metadata.policy_uri,
        tos_uri=asked.client.metadata.tos_uri,
        host=parts.netloc or f"{parts.scheme}:",
        scopes=describe(scopes),
        offline="offline_access" in scopes or dialects.of(asked.client) is not None,
        account=present.account,
        switch_url=f"{login.signin_url(_resume_path(asked.secret or ''), again=True)}&other=1",
    )
    return body, HTTPStatus.OK


def _read_hint(asked: Request) -> tuple[str | None, bool]:
    """Return the subject of `id_token_hint`, and whether the hint is good; an expired one still is."""
    hint = asked.parameters.get("id_token_hint")
    if hint is None:
        return None, True
    claims = keys.verify(
        hint, issuer=settings().issuer, typ="JWT", audience=asked.client.client_id, options={"verify_exp": False}
    )
    return (claims["sub"], True) if claims else (None, False)


def _remembers(asked: Request) -> bool:
    """Return whether an earlier consent may stand for this request.

    Anybody on the person's machine can pretend to be a public client behind a loopback or private-scheme redirect URI (RFC 8252,
    section 8.6), so its consent is asked each time; on a loopback issuer, where people develop, it is remembered.
    """
    is_assured = asked.parameters.redirect_uri.startswith("https:") or not asked.client.metadata.is_public
    return is_assured or not settings().is_https


def _keep(asked: Request) -> str:
    return asked.secret or interaction.store(asked.parameters, asked.asked_at)


def _consent_path(asked: Request) -> str:
    """Return the consent page's path; that a second factor was declined must not be asked again after it."""
    declined = {"second_factor": DECLINED} if asked.declines_second_factor else {}
    return f"/consent?{urlencode({'id': _keep(asked)} | declined)}"


def _resume_path(secret: str) -> str:
    return f"/oauth/resume?{urlencode({'id': secret})}"
