"""Pages: to disable, enable and delete a client, each after a question. What happens is decided by `clients.service`."""

from flask import Blueprint, flash
from flask_babel import gettext as _

from idp.admin import questions
from idp.admin.clients import crumbs, find, path
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.http import limited
from idp.clients import service
from idp.signin.pages import Page, go

bp = Blueprint("client_ends", __name__, url_prefix="/clients")


@bp.get("/<client_id>/<any(disable, enable):verb>")
@administers("clients.write")
def ask(client_id: str, verb: str) -> Page:
    """Ask before a client is disabled or enabled."""
    client = find(client_id)
    question = questions.about_client(verb, client)
    return show("confirm.html", question=question, cancel=path(client), crumbs=crumbs(client))


@bp.post("/<client_id>/disable")
@limited("60 per minute")
@administers("clients.write")
def disable(client_id: str) -> Page:
    """Disable a client."""
    client = find(client_id, for_change=True)
    service.set_disabled(client, True, actor=actor())
    flash(_("The client is disabled: it gets no tokens, and those it has are refused."), "success")
    return go(path(client))


@bp.post("/<client_id>/enable")
@limited("60 per minute")
@administers("clients.write")
def enable(client_id: str) -> Page:
    """Enable a client again."""
    client = find(client_id, for_change=True)
    service.set_disabled(client, False, actor=actor())
    flash(_("The client is enabled."), "success")
    return go(path(client))


@bp.get("/<client_id>/delete")
@administers("clients.write")
def show_delete(client_id: str) -> Page:
    """Ask before deleting a client."""
    return show("client_delete.html", client=find(client_id), crumbs=crumbs())


@bp.post("/<client_id>/delete")
@limited("60 per minute")
@administers("clients.write")
def answer_delete(client_id: str) -> Page:
    """Delete a client."""
    client = find(client_id, for_change=True)
    service.remove(client, actor=actor())
    flash(_("The client %(name)s is deleted.", name=client.client_name), "success")
    return go("/admin/clients")
