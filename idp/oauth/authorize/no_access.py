"""The page for somebody whom a client does not let in: it says whom to ask, and sends the client `access_denied` on going on."""

from http import HTTPStatus

from flask import redirect, render_template, request

from idp.base import leaving
from idp.base.http import limited
from idp.clients import service as clients
from idp.oauth import addresses, refusals
from idp.oauth.authorize import answering
from idp.oauth.authorize.deciding import decide, look
from idp.oauth.authorize.pages import Answer, Page, Request, bp, load, resume_path
from idp.oauth.interaction import NOT_ADMITTED, TurnAway
from idp.oauth.refusals import Cause
from idp.signin import accent_views, login
from idp.signin.forms import PlainForm

MOST_CONTACTS = 3


@bp.get("/no-access")
def show_no_access() -> Answer:
    """Say that the app is not for this person; whoever has been let in meanwhile goes on."""
    waiting = load(request.args.get("id", ""))
    if not isinstance(waiting, Request):
        return waiting
    present = login.current()
    if present is None or not isinstance(decide(waiting, look(present.get_id(), waiting)), TurnAway):
        return redirect(resume_path(waiting.secret or ""), HTTPStatus.SEE_OTHER)
    return _render(waiting, present)


@bp.post("/no-access")
@limited("60 per minute")
def answer_no_access() -> Answer:
    """Send the person back to the app, which hears that access is denied."""
    waiting = load(request.args.get("id", ""))
    if not isinstance(waiting, Request):
        return waiting
    present = login.held()
    if present is None or not isinstance(decide(waiting, look(present.get_id(), waiting)), TurnAway):
        return redirect(resume_path(waiting.secret or ""), HTTPStatus.SEE_OTHER)
    refusals.record("request.refused", Cause.NOT_ADMITTED, client_id=waiting.client.client_id, endpoint="authorize")
    return answering.refuse(waiting, NOT_ADMITTED.error, NOT_ADMITTED.description)


def _render(asked: Request, present: login.SignedIn) -> Page:
    leaving.lead_on()
    row = clients.get(asked.client.client_id)
    body = render_template(
        "oauth/no_access.html",
        form=PlainForm(formdata=None),
        client_name=asked.client.name,
        logo_url=addresses.logo_path(asked.client),
        accent_url=accent_views.url_of(asked.client.metadata.accent_color),
        host=leaving.host(asked.parameters.get("redirect_uri") or ""),
        note=row.access_note if row is not None else "",
        contacts=[contact for contact in asked.client.metadata.contacts if "@" in contact][:MOST_CONTACTS],
        account=present.account,
        switch_url=f"{login.signin_url(resume_path(asked.secret or ''), again=True)}&other=1",
    )
    return body, HTTPStatus.OK
