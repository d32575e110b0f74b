"""How a person answers a device: a page that says who asks, from where and since when, and what the device is told."""

from http import HTTPStatus

from flask import redirect, render_template

from idp import audit
from idp.base.addresses import block_of
from idp.base.http import source
from idp.clients.registered import RegisteredClient
from idp.oauth import addresses, consents, dialects, grants, rich_requests, tokens
from idp.oauth.authorize.elsewhere import Way
from idp.oauth.authorize.pages import Answer, Page, Request, resume_path, show_over
from idp.oauth.device import requests
from idp.oauth.device.requests import Asked
from idp.oauth.scopes import describe
from idp.signin import accent_views, login
from idp.signin.forms import PlainForm

CONNECTED, DENIED = "/device/connected", "/device/denied"


def ask(asked: Request, present: login.SignedIn) -> Page:
    """Ask whether a device may have what it asks for (RFC 8628, section 5.4)."""
    device = requests.find(_number(asked))
    if device is None:
        return show_over(asked.client)
    client, items = asked.client, asked.parameters.consent_items
    allowed = consents.find(present.account.id, client.client_id)
    more = [item for item in items if item not in allowed.scopes] if allowed is not None else []
    body = render_template(
        "oauth/device/consent.html",
        form=PlainForm(formdata=None),
        client_name=client.name,
        logo_url=addresses.logo_path(client),
        accent_url=accent_views.url_of(client.metadata.accent_color),
        policy_uri=client.metadata.policy_uri,
        client_uri=client.metadata.client_uri,
        tos_uri=client.metadata.tos_uri,
        device=device,
        is_near=_is_near(device),
        scopes=describe(items),
        details=[*rich_requests.tell(asked.parameters.details)],
        new_scopes=describe(more),
        offline="offline_access" in items or dialects.of(client) is not None,
        account=present.account,
        switch_url=f"{login.signin_url(resume_path(asked.secret or ''), again=True)}&other=1",
    )
    return body, HTTPStatus.OK


def allow(asked: Request, present: login.SignedIn) -> Answer:
    """Record the grant, which the device claims when it polls next."""
    number, client = _number(asked), asked.client
    device = requests.find(number)
    if device is None or not requests.hold(number):
        return show_over(client)
    scope, life = asked.parameters.granted_scope(client), grants.refresh_life(client)
    granted = tokens.record(asked.parameters, scope, present.account, present.browser, code=None, refresh_life=life)
    requests.allow(number, granted.id)
    _note("device.connected", client, device, present.account.sub)
    return redirect(CONNECTED, HTTPStatus.SEE_OTHER)


def refuse(asked: Request) -> Answer:
    """Have the device hear that access is denied."""
    number = _number(asked)
    device = requests.find(number)
    if device is None or not requests.hold(number):
        return show_over(asked.client)
    requests.deny(number)
    present = login.current()
    _note("device.denied", asked.client, device, present.account.sub if present is not None else None)
    return redirect(DENIED, HTTPStatus.SEE_OTHER)


WAY = Way(allow, refuse, ask)


def _number(asked: Request) -> str:
    return asked.parameters.device or "0"


def _is_near(device: Asked) -> bool:
    """Return whether a device asked from the network that the person comes from."""
    return device.source == block_of(source())


def _note(event: str, client: RegisteredClient, device: Asked, sub: str | None) -> None:
    audit.record(event, subject=sub, client_id=client.client_id, source=source(), asked_from=device.source)
