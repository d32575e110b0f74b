"""Pages: the buttons of other providers on the sign-in page, their icons, and the callback to which a provider sends the browser back."""

from http import HTTPStatus

from flask import Blueprint, Response, abort, flash, request, url_for
from flask_babel import gettext as _

from idp.accounts import homes
from idp.accounts.homes import Home
from idp.accounts.models import Account
from idp.base.database import for_writing
from idp.base.http import acts, limited, show_error, source
from idp.base.leaving import leave_for
from idp.base.outcome import Reason, Refused
from idp.base.phrases import phrase
from idp.federation import browser, icons, linking, providers, service
from idp.federation.providers import Provider
from idp.federation.service import Started, Waiting
from idp.sessions import BrowserSession
from idp.signin import login
from idp.signin.buttons import Button
from idp.signin.pages import Page, go, next_path, with_next

DOOR = "pages"
CONNECTIONS = "/account/connections"
STATUSES = {
    Reason.UPSTREAM_OFF: HTTPStatus.SERVICE_UNAVAILABLE,
    Reason.UPSTREAM_TAKEN: HTTPStatus.CONFLICT,
    Reason.UPSTREAM_SIGN_IN_FIRST: HTTPStatus.CONFLICT,
    Reason.UPSTREAM_NO_ACCOUNT: HTTPStatus.FORBIDDEN,
    Reason.UPSTREAM_NOT_ADMITTED: HTTPStatus.FORBIDDEN,
    Reason.UPSTREAM_ELSEWHERE: HTTPStatus.FORBIDDEN,
    Reason.UPSTREAM_UNPROVED: HTTPStatus.FORBIDDEN,
    Reason.SIGN_UP_CLOSED: HTTPStatus.FORBIDDEN,
    Reason.SIGN_UP_INVITED: HTTPStatus.FORBIDDEN,
    Reason.SIGN_UP_DOMAIN: HTTPStatus.FORBIDDEN,
    Reason.SIGN_UP_DISPOSABLE: HTTPStatus.FORBIDDEN,
    Reason.ACCOUNT_DISABLED: HTTPStatus.FORBIDDEN,
    Reason.ACCOUNT_LEAVING: HTTPStatus.FORBIDDEN,
}

bp = Blueprint("upstream", __name__, url_prefix=service.PAGES)


@bp.post("/<provider_key>")
@limited("30 per minute", "200 per hour")
def begin(provider_key: str) -> Page:
    """Go to a provider, to sign in by it."""
    provider = _find(provider_key)
    target = next_path()
    return leave(provider, start(provider, target), Waiting(DOOR, target, is_connecting=False))


@bp.get("/<provider_key>/callback")
@acts
def finish(provider_key: str) -> Page:
    """Take a provider's answer: sign in and continue, or connect it to the account that asked for it."""
    provider = _find(provider_key)
    callback, name = service.callback_of(provider.key), browser.known()
    waiting = service.peek(provider.key, request.args, browser=name, callback=callback)
    present = login.current()
    for_writing()
    finished = service.finish(
        provider.key,
        request.args,
        browser=name,
        callback=callback,
        source=source(),
        signed_in=present.browser if present else None,
    )
    if isinstance(finished, Refused):
        return show_failure(provider, finished, waiting)
    if finished.is_connected:
        flash(_("%(provider)s is connected to your account.", provider=provider.label), "success")
        return go(finished.return_to or CONNECTIONS)
    return login.arrive(finished.account, finished.amr, finished.return_to)


@bp.get("/<provider_key>/icon")
@limited("600 per minute", methods=("GET", "HEAD"))
def show_icon(provider_key: str) -> Response:
    """Show a provider's own icon: a picture in which nothing runs, wherever it is opened."""
    icon = icons.find(provider_key) or abort(HTTPStatus.NOT_FOUND)
    policy = "default-src 'none'; style-src 'none'; sandbox"
    headers = {"Cache-Control": "public, max-age=86400", "Content-Security-Policy": policy}
    return Response(icon.content, mimetype=icon.media_type, headers=headers)


def offer(account: Account | None) -> list[Button]:
    """Return a button for each provider, or for those that one account is connected to."""
    linked = {row.provider for row in linking.list_all(account.id)} if account is not None else None
    home = homes.find(account.email) if account is not None else None
    if linked is not None and home is not None:
        linked = {home.key}  # through which alone it signs in
    return [
        Button(provider.key, provider.label, f"{bp.url_prefix}/{provider.key}", icon_url(provider.icon))
        for provider in providers.list_configured()
        if linked is None or provider.key in linked
    ]


def lead(home: Home, email: str, target: str | None) -> Page:
    """Lead somebody who typed an address of a provider's own people to that provider."""
    provider = _find(home.key)
    return leave(provider, start(provider, target, login_hint=email), Waiting(DOOR, target, is_connecting=False))


def icon_url(icon: str | None) -> str | None:
    """Return the address of an icon: a built-in one is a static file."""
    return icon if icon is None or icon.startswith("/") else url_for("static", filename=icon)


def start(
    provider: Provider,
    return_to: str | None,
    signed_in: BrowserSession | None = None,
    login_hint: str | None = None,
) -> Started | Refused:
    """Begin at the pages' own door; with `signed_in` to connect that session's account. Refusals: those of `service.start`."""
    return service.start(
        provider.key,
        callback=service.callback_of(provider.key),
        door=DOOR,
        return_to=return_to,
        browser=browser.name(),
        signed_in=signed_in,
        login_hint=login_hint,
    )


def leave(provider: Provider, started: Started | Refused, waiting: Waiting) -> Page:
    """Send the browser to a provider, or say why that does not work."""
    if isinstance(started, Refused):
        return show_failure(provider, started, waiting)
    return leave_for(started.authorization_url)


def show_failure(provider: Provider, refused: Refused, waiting: Waiting | None) -> Page:
    """Say why somebody did not get in, and lead back to where another way is chosen."""
    is_connecting = waiting is not None and waiting.is_connecting
    back = CONNECTIONS if is_connecting else with_next("/signin", waiting.return_to if waiting else None)
    way = (back, _("Back to your account") if is_connecting else _("Back to sign-in"))
    title = _("Sign-in with %(provider)s did not work", provider=provider.label)
    return show_error(title, phrase(refused), STATUSES.get(refused.reason, HTTPStatus.BAD_REQUEST), ways=[way])


def _find(key: str) -> Provider:
    return providers.find(key) or abort(404)
