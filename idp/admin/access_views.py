"""Page: /admin/clients/<client_id>/access, for whom a client is. The rule is `groups.access`."""

from http import HTTPStatus

from flask import Blueprint, flash
from flask_babel import gettext as _

from idp.admin.clients import crumbs, find, path
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.admin.protocol_fields import lines
from idp.admin.standing_forms import EVERYBODY, GROUPS, AccessForm
from idp.base.http import limited
from idp.clients.models import Client
from idp.groups import access, lookup
from idp.groups.models import Group
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("access", __name__, url_prefix="/clients")


@bp.get("/<client_id>/access")
@administers("clients.read")
def show_access(client_id: str) -> Page:
    """Show for whom a client is."""
    client, form = find(client_id), AccessForm(formdata=None)
    rule = access.of(client)
    form.access.data = GROUPS if rule.is_restricted else EVERYBODY
    form.groups.data, form.note.data = "\n".join(group.path for group in rule.groups), rule.note
    return _show(client, form)


@bp.post("/<client_id>/access")
@limited("60 per minute")
@administers("clients.write")
def answer_access(client_id: str) -> Page:
    """Say for whom a client is; it counts from the next request on."""
    client, form = find(client_id, for_change=True), AccessForm()
    groups = _read_groups(form) if form.validate_on_submit() else []
    if has_errors(form):
        return _show(client, form)
    is_restricted = form.access.data == GROUPS
    refused = access.put(client, is_restricted=is_restricted, groups=groups, note=form.text("note"), actor=actor())
    if refused is not None:
        form.refuse(refused)
        return _show(client, form)
    flash(_("Who may use the app is saved."), "success")
    return go(path(client))


def _read_groups(form: AccessForm) -> list[Group]:
    """Return the groups whose paths were typed; those that are none are named at the field."""
    typed = lines(form.groups.data)[: access.MOST_GROUPS + 1]
    found = {line: lookup.find_by_path(line) for line in typed}
    unknown = [line for line, group in found.items() if group is None]
    if unknown:
        form.groups.errors = [_("There is no group %(path)s.", path=line[:100]) for line in unknown[:5]]
    return [group for group in found.values() if group is not None]


def _show(client: Client, form: AccessForm) -> Page:
    status = HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK
    values = {"client": client, "cancel": path(client), "crumbs": crumbs(client), "has_errors": has_errors(form)}
    return show("client_access.html", status=status, form=form, **values)
