"""Pages: /admin/clients/<client_id>/owners, who owns a client: named by the exact address or username, and removed after a question.

Who administers clients need not see people, and so is shown nobody but owners. The rules live in `accounts.authority.owning`.
"""

from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.accounts import lookup, taking
from idp.accounts.authority import holding, owning
from idp.accounts.models import Account
from idp.admin import questions, taken
from idp.admin.clients import crumbs, find, path
from idp.admin.forms import OwnerForm
from idp.admin.guard import administers
from idp.admin.navigation import actor, administrator, show
from idp.base.http import limited
from idp.base.outcome import Reason, Refused
from idp.clients.models import Client
from idp.signin import login
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("client_owners", __name__, url_prefix="/clients")


@bp.get("/<client_id>/owners")
@administers("clients.read")
def show_owners(client_id: str) -> Page:
    """List the owners of a client, above the form to name another one."""
    return _show(find(client_id), OwnerForm(formdata=None))


@bp.post("/<client_id>/owners")
@limited("60 per minute")
@administers("clients.write")
def answer_owners(client_id: str) -> Page:
    """Make somebody an owner; who is one stays so."""
    client, form = find(client_id), OwnerForm()
    if not form.validate_on_submit():
        return _show(client, form)
    found = lookup.find_by_identifier(form.text("person"))
    if found is None:
        form.refuse(Refused(Reason.UNKNOWN, "person"))
        return _show(client, form)
    account = _take(found)
    refused = owning.add(client, account, actor=actor())
    if refused is not None:
        form.refuse(refused)
        return _show(client, form)
    flash(_("%(name)s owns the client now.", name=account.display_name), "success")
    return go(_path(client))


@bp.get("/<client_id>/owners/<sub>/remove")
@administers("clients.write")
def ask_removal(client_id: str, sub: str) -> Page:
    """Ask before somebody owns a client no more."""
    client = find(client_id)
    question = questions.about_client_owner(client, _find_owner(client_id, sub))
    return show("confirm.html", question=question, cancel=_path(client), crumbs=crumbs(client))


@bp.post("/<client_id>/owners/<sub>/remove")
@limited("60 per minute")
@administers("clients.write")
def remove(client_id: str, sub: str) -> Page:
    """Let somebody own a client no more; who does not stays so."""
    client, found = find(client_id), taken.find(sub)
    account = _take(found)
    if owning.remove(client.client_id, account, actor=actor()):
        flash(_("%(name)s owns the client no more.", name=account.display_name), "success")
    return go(_path(client))


@bp.get("/<client_id>/give-up")
@administers("clients.write", or_owner=True)
def ask_giving_up(client_id: str) -> Page:
    """Ask before an owner gives a client up."""
    client = find(client_id)
    question = questions.about_giving_up(client)
    return show("confirm.html", question=question, cancel=path(client), crumbs=crumbs(client))


@bp.post("/<client_id>/give-up")
@limited("60 per minute")
@administers("clients.write", or_owner=True)
def give_up(client_id: str) -> Page:
    """Own a client no more, of one's own accord."""
    client = find(client_id)
    if owning.remove(client.client_id, administrator(), actor=actor()):
        flash(_("You own the client %(name)s no more.", name=client.client_name), "success")
    return go("/account/clients")


def _find_owner(client_id: str, sub: str) -> Account:
    """Return an owner of a client; of anybody else nothing is told."""
    found = next((owner for owner in owning.owners(client_id) if owner.sub == sub), None)
    return found or abort(HTTPStatus.NOT_FOUND)


def _take(found: Account) -> Account:
    """Return somebody's account, held, and so is the administrator's, whatever else that person administers."""
    present = login.current() or abort(HTTPStatus.FORBIDDEN)
    both = taking.take_both(login.authority(present), found.id)
    if isinstance(both, Refused):
        abort(HTTPStatus.NOT_FOUND if both.reason is Reason.UNKNOWN else HTTPStatus.FORBIDDEN)
    acting, account = both
    if "clients.write" not in holding.permissions_of(acting):
        abort(HTTPStatus.FORBIDDEN)
    return account


def _path(client: Client) -> str:
    return f"{path(client)}/owners"


def _show(client: Client, form: OwnerForm) -> Page:
    return show(
        "client_owners.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        client=client,
        form=form,
        owners=owning.owners(client.client_id),
        crumbs=crumbs(client),
        has_errors=has_errors(form),
    )
