"""Page: /account/clients, the clients that a person owns; each leads to its own page under /admin, which opens for its owners."""

from flask import Blueprint
from flask_babel import gettext as _

from idp.accounts.authority import owning
from idp.base import paging
from idp.me.navigation import person, show
from idp.signin.forms import PlainForm
from idp.signin.login import required
from idp.signin.pages import Page

bp = Blueprint("own_clients", __name__, url_prefix="/account/clients")


@bp.get("")
@required
def show_clients() -> Page:
    """List the clients that the person owns."""
    rows = paging.take(owning.owned(person().account.id))
    return show("clients.html", PlainForm(formdata=None), rows=rows, crumbs=[("/account/apps", _("Apps"))])
