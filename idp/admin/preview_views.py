"""Page: /admin/clients/<client_id>/preview, what a person's tokens would hold, made by the code that issues them (`oauth.preview`)."""

import json

from flask import Blueprint, request
from flask_babel import gettext as _

from idp.accounts import lookup
from idp.admin import guard, paging
from idp.admin.clients import crumbs, find
from idp.admin.guard import administers
from idp.admin.navigation import administrator, show
from idp.clients import service
from idp.oauth import preview
from idp.signin.pages import Page

bp = Blueprint("preview", __name__, url_prefix="/clients")


@bp.get("/<client_id>/preview")
@administers("clients.read", or_owner=True)
def show_preview(client_id: str) -> Page:
    """Show what a client would be told of a person with some scopes, by default with all that it is registered for."""
    row = find(client_id)
    client = service.parse(row)
    who, scope = paging.term("who"), request.args.get("scope", client.metadata.scope)[:1000]
    account = (lookup.find_by_sub(who) or lookup.find_by_identifier(who)) if who else None
    is_own = account is not None and account.id == administrator().id
    if who and not is_own and not guard.may("people.read"):
        return guard.refuse()
    told = preview.make(client, account, scope) if account is not None else None
    documents = (
        [
            ("preview-id-token", _("ID token"), told.id_token),
            ("preview-access-token", _("Access token"), told.access_token),
            ("preview-userinfo", _("Userinfo"), told.userinfo),
        ]
        if told is not None
        else []
    )
    return show(
        "client_preview.html",
        client=row,
        whom=who,
        scope=scope,
        account=account,
        told=told,
        documents=[
            (name, title, json.dumps(document, indent=2, ensure_ascii=False))
            for name, title, document in documents
            if document
        ],
        crumbs=crumbs(row),
    )
