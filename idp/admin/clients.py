"""Pages: /admin/clients, to find, register and change clients.

A secret is shown once, on the answer to its making; what happens is decided by `clients.service`.
"""

from dataclasses import asdict, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, flash, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from idp import audit
from idp.accounts import lookup as people
from idp.accounts.authority import owning
from idp.admin import editing, guard, paging, powers, quickstart, tickets
from idp.admin.forms import ClientForm, NewClientForm
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.database import session
from idp.base.http import limited
from idp.base.outcome import Reason, Refused
from idp.clients import documents, sectors, service, uses
from idp.clients.metadata import FEDERATED_METHOD, JWT_BEARER, Metadata, profiles
from idp.clients.metadata import check as check_metadata
from idp.clients.models import Client
from idp.clients.presets import PRESETS
from idp.issuers import service as issuers
from idp.issuers.models import TrustedIssuer
from idp.signin.pages import Page, go, has_errors

bp = Blueprint("clients", __name__, url_prefix="/clients")

Registered = tuple[Client, str | None]

RECENT_CHANGES = 10
UNUSED = (30, 90, 180, 365)  # days, of which the list offers a choice


@bp.get("")
@administers("clients.read")
def show_clients() -> Page:
    """List and search clients, by name; `?unused=` lists those that nobody has used for so many days, the longest unused first."""
    term, days = paging.term(), _days()
    by_name = days is None
    rows = paging.cut(service.search(term, paging.MOST)) if by_name else paging.take(uses.unused(days or 0, term))
    choices = [(str(days), ngettext("%(num)s day", "%(num)s days", days)) for days in UNUSED]
    return show("clients.html", rows=rows, term=term, days=days, choices=choices)


@bp.get("/new")
@administers("clients.write")
def show_new() -> Page:
    """Show the form for a new client; `?kind=` chooses its kind."""
    form = NewClientForm(formdata=None)
    kind = request.args.get("kind")
    if kind in PRESETS:
        form.kind.data = kind
    return _show_new(form)


@bp.post("/new")
@limited("60 per minute")
@administers("clients.write")
def answer_new() -> Page:
    """Register the client and show its secret, this once; the same form sent again leads to the client."""
    form = NewClientForm()
    client_id = tickets.read_client_id(form.ticket.data)
    if client_id is not None and service.get(client_id) is not None:
        return _go_registered(client_id)
    if client_id is None:
        form.form_errors.append(_("This form had expired. Please send it again."))
    if not form.validate_on_submit() or client_id is None:
        return _show_new(form)
    metadata = form.metadata()
    refused = _check(metadata, None)
    registered = _register(metadata, client_id) if refused is None else refused
    if isinstance(registered, Refused):
        if registered.reason is Reason.CLIENT_INVALID and registered.field == "client_id":
            return _go_registered(client_id)
        form.show_refusal(registered)
        return _show_new(form)
    client, secret = registered
    if secret is None:
        flash(_("The client is registered. It has no secret."), "success")
        return go(path(client))
    return show_secret(client, secret, HTTPStatus.CREATED)


@bp.get("/<client_id>")
@administers("clients.read", or_owner=True)
def show_client(client_id: str) -> Page:
    """Show a client, with its settings to change."""
    client = find(client_id)
    return _show_client(client, _form_of(service.to_metadata(client)))


@bp.post("/<client_id>")
@limited("60 per minute")
@administers("clients.write", or_owner=True)
def answer_client(client_id: str) -> Page:
    """Change a client's settings, unless somebody else has since the form was read; the check may take as long as a fetch."""
    client = find(client_id)
    form = ClientForm()
    if not form.validate_on_submit():
        return _show_client(client, form)
    seen, present = editing.begun_with(form.seen.data), service.to_metadata(client)
    metadata = form.metadata(present)
    if seen is None:
        editing.note_expired()
        return _show_client(client, _form_of(metadata, seen=present), status=HTTPStatus.CONFLICT)
    if seen != _values(present):
        return _show_conflict(client, seen, metadata)
    refused = _check(metadata, present)
    guard.hold_still("clients.write", client_id)
    client = find(client_id, for_change=True)
    if seen != _values(service.to_metadata(client)):
        return _show_conflict(client, seen, metadata)
    changed = service.change(client, metadata, actor=actor()) if refused is None else refused
    if isinstance(changed, Refused):
        form.show_refusal(changed)
        return _show_client(client, form)
    flash(_("The settings are saved."), "success")
    return go(path(client))


def _check(metadata: Metadata, present: Metadata | None) -> Refused | None:
    """Refuse what is beyond the administrator who asks; then have the sector's document fetched where it, or what it must list, is new.

    Whatever else is wrong is told first, by the service.
    """
    beyond = powers.check(metadata, present)
    if beyond is not None:
        return beyond
    asked = (metadata.sector_identifier_uri, metadata.redirect_uris)
    is_new = present is None or asked != (present.sector_identifier_uri, present.redirect_uris)
    return sectors.check(metadata) if is_new and check_metadata(metadata) is None else None


def _register(metadata: Metadata, client_id: str) -> Registered | Refused:
    """Register under the ticket's identifier; a second request at the same instant finds it taken like a later one."""
    try:
        with session().begin_nested():
            return service.register(metadata, client_id=client_id, actor=actor())
    except IntegrityError:
        return Refused(Reason.CLIENT_INVALID, "client_id")


def _show_new(form: NewClientForm) -> Page:
    if tickets.read_client_id(form.ticket.data) is None:
        form.ticket.data = tickets.new_client_id()
    return show("client_new.html", form=form, status=_status(form), crumbs=crumbs(), has_errors=has_errors(form))


def _form_of(metadata: Metadata, *, seen: Metadata | None = None) -> ClientForm:
    """Return the form that shows settings, and says of which it knows."""
    form = ClientForm(formdata=None)
    form.fill(metadata)
    form.seen.data = editing.begin(_values(seen or metadata))
    return form


def _values(metadata: Metadata) -> dict[str, Any]:
    return asdict(metadata)


def _show_conflict(client: Client, seen: editing.Values, yours: Metadata) -> Page:
    """Show what somebody else has changed meanwhile, above the form with both changes in it."""
    present = service.to_metadata(client)
    values = (seen, _values(present), _values(yours))
    form = _form_of(replace(present, **editing.merge(*values)), seen=present)
    differences = editing.compare(*values, editing.labels_of(form))
    return _show_client(client, form, status=HTTPStatus.CONFLICT, differences=differences)


def _show_client(client: Client, form: ClientForm, *, status: int | None = None, **more: Any) -> Page:
    events = audit.changes_of_client(client.client_id, RECENT_CHANGES)
    return show(
        "client.html",
        status=_status(form) if status is None else status,
        form=form,
        client=client,
        published_at=documents.host_of(client.client_id),
        has_secret=has_secret(client),
        old_until=old_until(client),
        snippets=quickstart.snippets(client),
        rules=_rules(client),
        left_out=_left_out(client),
        issuers=_issuers(client),
        crumbs=crumbs(),
        has_errors=has_errors(form),
        events=events,
        owners=owning.owners(client.client_id),
        names=people.names_of(event.actor for event in events),
        **more,
    )


def _rules(client: Client) -> list[dict[str, Any]]:
    """Return each rule of the client's profile, or of the one that it could have, and whether it is met."""
    metadata = service.to_metadata(client)
    found = profiles.rules_of(metadata.profile or profiles.FAPI2)
    return [{"sentence": rule.sentence, "section": rule.section, "is_met": rule.is_met(metadata)} for rule in found]


def _issuers(client: Client) -> list[TrustedIssuer] | None:
    """Return the issuers whose tokens the client may show; None where it is not registered to show any."""
    needs = client.token_endpoint_auth_method == FEDERATED_METHOD or JWT_BEARER in client.grant_types
    return issuers.of_client(client.client_id) if needs else None


def _left_out(client: Client) -> list[str]:
    """Return the scopes that the client asked for lately and was not granted, since it is not registered for them."""
    event = audit.latest_of_client(client.client_id, "scope.narrowed")
    asked = str(event.detail.get("left_out", "")).split() if event is not None else []
    return [scope for scope in asked if scope not in client.scope.split()]


def old_until(client: Client) -> datetime | None:
    """Return until when the secret before the last renewal counts; None where only one does."""
    former = service.former_secret(client)
    return former.until if former is not None and former.is_good else None


def show_secret(client: Client, secret: str, status: int) -> Page:
    """Show a secret, this once."""
    return show(
        "client_secret.html",
        status=status,
        client=client,
        secret=secret,
        old_until=old_until(client),
        is_new=status == HTTPStatus.CREATED,
        snippets=quickstart.snippets(client),
        crumbs=crumbs(client),
    )


def _go_registered(client_id: str) -> Response:
    flash(_("This client is registered already. Its secret was shown once; you can renew it."), "info")
    return go(f"/admin/clients/{client_id}")


def find(client_id: str, *, for_change: bool = False) -> Client:
    """Return a client as it is, locked where it is going to be changed; 404 where there is none."""
    return service.get(client_id, for_change=for_change) or abort(HTTPStatus.NOT_FOUND)


def has_secret(client: Client) -> bool:
    """Return whether a client has a secret."""
    return client.client_secret_digest is not None


def _days() -> int | None:
    """Return for how many days a client must be unused to be listed; None where that is not asked."""
    text = request.args.get("unused", "")
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return min(days, uses.LONGEST_DAYS) or None


def _status(form: ClientForm) -> int:
    return HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK


def path(client: Client) -> str:
    """Return the address of a client's page."""
    return f"/admin/clients/{documents.to_segment(client.client_id)}"


def crumbs(client: Client | None = None) -> list[tuple[str, str]]:
    """Return the way here."""
    own = [(path(client), client.client_name)] if client else []
    return [("/account/clients", _("Your clients")) if guard.is_owner() else ("/admin/clients", _("Clients")), *own]
