"""Pages: the queue of deliveries, under /admin/mail."""

from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, select

from idp import audit, outbox
from idp.accounts import identity, lookup
from idp.accounts.models import Account
from idp.admin import paging
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.database import session
from idp.base.extensions import settings
from idp.base.finding import begins
from idp.base.http import limited
from idp.clients import service as clients
from idp.clients.models import Client
from idp.mail import NOBODY
from idp.oauth import backchannel
from idp.outbox import Delivery
from idp.signals import queue as signals
from idp.signin.pages import Page, go

bp = Blueprint("system", __name__)

LARGEST_ID = 2**63 - 1
MOST_NAMED = 100  # people and apps whose deliveries a search shows
ENDED = {"delivered": Delivery.delivered_at.is_not(None), "failed": Delivery.failed_at.is_not(None)}
WAITING = Delivery.next_attempt_at.is_not(None)


@bp.get("/mail")
@administers("system.read")
def show_mail() -> Page:
    """Show mails and sign-out notices; `?state=` narrows them to waiting, failed or delivered."""
    term, state = paging.term(), paging.term("state")
    query = deliveries(state)
    if term:
        query = query.where(_is_for(term))
    rows = paging.take(query)
    return show(
        "mail.html",
        rows=rows,
        apps=_apps(rows.items),
        term=term,
        state=state,
        labels=_labels(),
        states=[("", _("All")), *_states().items()],
        state_names=_states(),
        sends_mail=settings().mail_server is not None,
    )


@bp.post(f"/mail/<int(max={LARGEST_ID}):delivery_id>/retry")
@limited("60 per minute")
@administers("system.write")
def retry(delivery_id: int) -> Page:
    """Make a waiting or failed delivery due now."""
    if not outbox.retry(delivery_id):
        abort(HTTPStatus.NOT_FOUND)
    audit.record("mail.retried", actor=actor(), delivery=delivery_id)
    flash(_("The delivery is due now. Look again in a moment."), "success")
    return go("/admin/mail")


def deliveries(state: str = "") -> Select[Delivery]:
    """Return the query for deliveries in a state, or for all; what goes to nobody stays hidden."""
    query = outbox.queue().where(Delivery.kind != NOBODY)
    if state == "waiting":
        return query.where(WAITING)
    return query.where(ENDED[state]) if state in ENDED else query


def _is_for(term: str) -> ColumnElement[bool]:
    """Return the condition that a recipient begins with a text, is somebody whom it finds, or an app that it finds."""
    people = select(Account.email).where(Account.id.in_(lookup.search(term, MOST_NAMED).keys))
    apps = clients.search(term, MOST_NAMED).keys
    # Addresses are kept folded.
    return begins(Delivery.recipient, identity.fold(term)) | Delivery.recipient.in_([*session().scalars(people), *apps])


def _apps(rows: list[Delivery]) -> dict[int, Client]:
    """Return the client that each delivery to an app is for, by the delivery's number; one that was deleted is not there."""
    asked = {row.id: row.recipient for row in rows if row.kind in {backchannel.KIND, signals.KIND}}
    found = session().scalars(select(Client).where(Client.client_id.in_(asked.values())))
    by_id = {client.client_id: client for client in found}
    return {number: by_id[client_id] for number, client_id in asked.items() if client_id in by_id}


def _labels() -> dict[str, str]:
    return {
        "verify_email": _("Confirm the address"),
        "already_registered": _("Already registered"),
        "reset_password": _("Reset of the password"),
        "reset_by_admin": _("Reset started by an administrator"),
        "password_changed": _("Password was changed"),
        "set_password": _("Choose a password"),
        "new_device": _("Sign-in with a new browser"),
        "factors_changed": _("Second factors were changed"),
        "recovery_code_used": _("Recovery code was used"),
        "app_withdrawn": _("Access of an app was withdrawn"),
        "address_claimed": _("Address confirmed from elsewhere"),
        "address_confirmed_apart": _("Address confirmed by a code alone"),
        "upstream_linked": _("Another provider was connected"),
        "upstream_unlinked": _("Another provider was disconnected"),
        "account_held": _("Sign-ins are on hold"),
        "confirm_new_email": _("Confirm the new address"),
        "email_change_asked": _("New address was asked for"),
        "email_changed": _("Address was changed"),
        "email_change_undone": _("Change of address was undone"),
        "deletion_scheduled": _("Account will be erased"),
        "administrator_made": _("Became an administrator"),
        "administrator_withdrawn": _("Is no administrator any more"),
        "account_disabled": _("Account was disabled"),
        "account_enabled": _("Account was enabled"),
        "signed_out_by_admin": _("Signed out by an administrator"),
        "invitation": _("Invitation"),
        "invitation_given": _("Invited with an account already"),
        "administrators_told": _("Notice to administrators"),
        backchannel.KIND: _("Sign-out notice"),
        signals.KIND: _("News for an app"),
    }


def _states() -> dict[str, str]:
    return {"waiting": _("Waiting"), "failed": _("Failed"), "delivered": _("Delivered")}
