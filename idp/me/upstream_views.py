"""Pages: /account/connections, the identities at other providers that sign a person in."""

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.base.http import limited, source
from idp.base.leaving import lead_on
from idp.base.outcome import Refused
from idp.federation import linking, providers
from idp.federation import views as upstream
from idp.federation.service import Waiting
from idp.me.navigation import person, show
from idp.signin.forms import EntranceForm, PlainForm
from idp.signin.login import fresh_required, required
from idp.signin.pages import Page, go

bp = Blueprint("own_connections", __name__, url_prefix=upstream.CONNECTIONS)


@bp.get("")
@required
def show_connections() -> Page:
    """List the identities, and the providers that can be connected."""
    return _show(PlainForm(formdata=None))


@bp.post("/<provider_key>/connect")
@limited("30 per minute")
@fresh_required
def connect(provider_key: str) -> Page:
    """Go to a provider, to connect it to the account."""
    provider = providers.find(provider_key) or abort(404)
    started = upstream.start(provider, upstream.CONNECTIONS, person().browser)
    return upstream.leave(provider, started, Waiting(upstream.DOOR, upstream.CONNECTIONS, is_connecting=True))


@bp.post("/<int:identity_id>/disconnect")
@limited("30 per minute")
@fresh_required
def disconnect(identity_id: int) -> Page:
    """Take a provider's way in away, unless it is the last one."""
    refused = linking.unlink(person().account, identity_id, source=source())
    if refused is None:
        flash(_("It is disconnected and signs you in no more."), "success")
        return go(upstream.CONNECTIONS)
    return _refuse(refused)


def _refuse(refused: Refused) -> Page:
    form = PlainForm(formdata=None)
    form.refuse(refused)
    return _show(form)


def _show(form: EntranceForm) -> Page:
    offered = providers.list_configured()
    if offered:
        lead_on()
    rows = linking.list_all(person().account.id)
    linked = {row.provider for row in rows}
    return show(
        "connections.html",
        form,
        connections=[(row, _label(row.provider)) for row in rows],
        offered=[provider for provider in offered if provider.key not in linked],
    )


def _label(key: str) -> str:
    provider = providers.find(key)
    return provider.label if provider is not None else key
