"""The consent page: who asks for what, and the person's decision."""

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import redirect, render_template, request

from idp.base import leaving
from idp.base.http import limited, source
from idp.clients.metadata.uris import is_loopback_host
from idp.oauth import addresses, consents, dialects, rich_requests
from idp.oauth import waiting as waits
from idp.oauth.authorize import answering, elsewhere
from idp.oauth.authorize.deciding import decide, look
from idp.oauth.authorize.endpoint import advance
from idp.oauth.authorize.pages import Answer, Page, Request, bp, load, resume_path
from idp.oauth.interaction import AskConsent, Issue
from idp.oauth.scopes import describe
from idp.signin import accent_views, login
from idp.signin.forms import PlainForm


@bp.get("/consent")
def show_consent() -> Answer:
    """Show who asks for what."""
    waiting = load(request.args.get("id", ""))
    present = login.current()
    if not isinstance(waiting, Request):
        return waiting
    if present is None or not isinstance(decide(waiting, look(present.get_id(), waiting)), AskConsent):
        return redirect(resume_path(waiting.secret or ""), HTTPStatus.SEE_OTHER)
    way = elsewhere.find(waiting)
    return (way.ask if way is not None and way.ask is not None else _render_consent)(waiting, present)


@bp.post("/consent")
@limited("60 per minute")
def answer_consent() -> Answer:
    """Take the person's decision and answer the client; nobody allows anything before everything demanded has been shown."""
    waiting = load(request.args.get("id", ""))
    if not isinstance(waiting, Request):
        return waiting
    present = login.held()
    decision = request.form.get("decision")
    if present is None or decision not in {"allow", "deny"}:
        return redirect(resume_path(waiting.secret or ""), HTTPStatus.SEE_OTHER)
    if decision == "deny":
        return answering.refuse(waiting, "access_denied", "The person denied the request.")
    step = decide(waiting, look(present.get_id(), waiting))
    if isinstance(step, Issue):  # consented to in another tab meanwhile
        return advance(waiting)
    if not isinstance(step, AskConsent):
        return redirect(resume_path(waiting.secret or ""), HTTPStatus.SEE_OTHER)
    items = waiting.parameters.consent_items
    account = present.account
    consents.remember(account.id, waiting.client.client_id, items, subject=account.sub, source=source())
    waits.agree(waiting.secret or "", account.id)
    return advance(replace(waiting, agreed_by=account.id))


def _render_consent(asked: Request, present: login.SignedIn) -> Page:
    leaving.lead_on()
    items = asked.parameters.consent_items
    allowed = consents.find(present.account.id, asked.client.client_id)
    more = [item for item in items if item not in allowed.scopes] if allowed is not None else []
    body = render_template(
        "oauth/consent.html",
        form=PlainForm(formdata=None),
        client_name=asked.client.name,
        logo_url=addresses.logo_path(asked.client),
        accent_url=accent_views.url_of(asked.client.metadata.accent_color),
        policy_uri=asked.client.metadata.policy_uri,
        client_uri=asked.client.metadata.client_uri,
        tos_uri=asked.client.metadata.tos_uri,
        host=leaving.host(asked.parameters.redirect_uri),
        published_at=asked.client.host,
        is_local=asked.client.host is not None and all(map(_is_local, asked.client.metadata.redirect_uris)),
        scopes=describe(items),
        details=[*rich_requests.tell(asked.parameters.details)],
        new_scopes=describe(more),
        offline="offline_access" in items or dialects.of(asked.client) is not None,
        account=present.account,
        switch_url=f"{login.signin_url(resume_path(asked.secret or ''), again=True)}&other=1",
    )
    return body, HTTPStatus.OK


def _is_local(redirect_uri: str) -> bool:
    """Return whether an answer goes to whatever program listens on the person's machine, or has claimed a scheme there."""
    parts = urlsplit(redirect_uri)
    return parts.scheme not in {"http", "https"} or is_loopback_host(parts.hostname or "")
