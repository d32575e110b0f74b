"""Pages: /admin/clients/<client_id>/secret, to renew a client's secret and to end the one before.

A secret is shown once, on the answer to its making; how long two count is decided by `clients.service`.
"""

from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.admin import guard, powers, questions, tickets
from idp.admin.clients import crumbs, find, has_secret, old_until, path, show_secret
from idp.admin.forms import RenewalForm
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.clients import service
from idp.clients.models import Client
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("client_secrets", __name__, url_prefix="/clients")


@bp.get("/<client_id>/secret")
@administers("clients.write", or_owner=True)
def show_renewal(client_id: str) -> Page:
    """Ask before renewing a secret."""
    client = find(client_id)
    if not has_secret(client):
        abort(HTTPStatus.NOT_FOUND)
    if powers.is_beyond(client.scope):
        return guard.refuse()
    form = RenewalForm(formdata=None)
    form.ticket.data = tickets.of_state(_state(client))
    return _show_renewal(client, form)


@bp.post("/<client_id>/secret")
@limited("60 per minute")
@administers("clients.write", or_owner=True)
def answer_renewal(client_id: str) -> Page:
    """Renew a secret and show it, this once; the same form sent again does nothing."""
    client = find(client_id, for_change=True)
    if powers.is_beyond(client.scope):
        return guard.refuse()
    form = RenewalForm()
    if not tickets.is_of_state(form.ticket.data, _state(client)):
        flash(_("The client has changed since that page was opened. Nothing was renewed now."), "info")
        return go(path(client))
    if not form.validate_on_submit():
        return _show_renewal(client, form)
    secret = service.renew_secret(client, keep=timedelta(hours=int(form.keep_old.data)), actor=actor())
    if isinstance(secret, Refused):
        abort(HTTPStatus.NOT_FOUND)
    return show_secret(client, secret, HTTPStatus.OK)


@bp.get("/<client_id>/secret/end-old")
@administers("clients.write", or_owner=True)
def ask_end_old(client_id: str) -> Page:
    """Ask before the secret before the last renewal is ended."""
    client = find(client_id)
    question = questions.about_old_secret(client)
    return show("confirm.html", question=question, cancel=path(client), crumbs=crumbs(client))


@bp.post("/<client_id>/secret/end-old")
@limited("60 per minute")
@administers("clients.write", or_owner=True)
def end_old_secret(client_id: str) -> Page:
    """End the secret before the last renewal at once."""
    client = find(client_id, for_change=True)
    if service.end_former_secret(client, actor=actor()):
        flash(_("The old secret is void. The new one counts alone."), "success")
    else:
        flash(_("The old secret had ended already."), "info")
    return go(path(client))


def _show_renewal(client: Client, form: RenewalForm) -> Page:
    return show(
        "client_renew.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        client=client,
        form=form,
        old_until=old_until(client),
        crumbs=crumbs(client),
        has_errors=has_errors(form),
    )


def _state(client: Client) -> str:
    return f"{client.client_id} {client.updated_at.isoformat()}"
