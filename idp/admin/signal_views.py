"""Page: /admin/clients/<client_id>/signals, the streams over which an app hears news, how each goes, and what its receiver has refused."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _

from idp.admin import questions
from idp.admin.clients import crumbs, find, path
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base.database import session
from idp.base.http import limited
from idp.clients.metadata import SIGNALS_EVERYBODY_SCOPE, SIGNALS_SCOPE
from idp.clients.models import Client
from idp.signals import kinds, queue, streams
from idp.signals.models import ENABLED, PAUSED, SignalEvent, SignalStream
from idp.signin.pages import Page, go

bp = Blueprint("signals", __name__, url_prefix="/clients")
PLACE = "/<client_id>/signals"
MOST_REFUSED = 20  # that are shown of a stream


@dataclass(frozen=True)
class Shown:
    """A stream, where it leads, how much waits, and the newest of what was refused."""

    row: SignalStream
    where: str
    events: list[str]
    waiting: int
    refused: list[tuple[SignalEvent, str]]


@bp.get(PLACE)
@administers("clients.read")
def show_signals(client_id: str) -> Page:
    """Show an app's streams."""
    client = find(client_id)
    scopes = client.scope.split()
    return show(
        "client_signals.html",
        client=client,
        streams=[_describe(row) for row in streams.of_client(client_id)],
        may_hear=SIGNALS_SCOPE in scopes,
        hears_everybody=SIGNALS_EVERYBODY_SCOPE in scopes,
        keep=queue.KEEP.days,
        most=queue.MOST_WAITING,
        crumbs=crumbs(client),
    )


@bp.post(f"{PLACE}/<stream_id>/<any(pause, enable):verb>")
@limited("30 per minute")
@administers("clients.write")
def act(client_id: str, stream_id: str, verb: str) -> Page:
    """Hold events back, or let them go out again; the receiver is told."""
    client = find(client_id)
    row = _find(client_id, stream_id, for_change=True)
    status = PAUSED if verb == "pause" else ENABLED
    streams.set_status(row, status, None, actor=actor(), by_administrator=True)
    said = _("Events wait until you let them go out again. The app is told.")
    flash(said if verb == "pause" else _("Events go out, those that waited first."), "success")
    return go(_place(client))


@bp.get(f"{PLACE}/<stream_id>/delete")
@administers("clients.write")
def ask_removal(client_id: str, stream_id: str) -> Page:
    """Ask before a stream is deleted."""
    client = find(client_id)
    row = _find(client_id, stream_id)
    question = questions.about_signals(client, queue.count(queue.waiting(row)))
    trail = [*crumbs(client), (_place(client), _("News"))]
    return show("confirm.html", question=question, cancel=_place(client), crumbs=trail)


@bp.post(f"{PLACE}/<stream_id>/delete")
@limited("30 per minute")
@administers("clients.write")
def remove(client_id: str, stream_id: str) -> Page:
    """Delete a stream."""
    client = find(client_id)
    streams.remove(_find(client_id, stream_id, for_change=True), actor=actor())
    flash(_("The stream is deleted."), "success")
    return go(_place(client))


def _describe(row: SignalStream) -> Shown:
    refused = session().scalars(queue.refused(row).limit(MOST_REFUSED))
    return Shown(
        row,
        streams.where(row),
        [kinds.short(kind) for kind in kinds.delivered(row.events_requested)],
        queue.count(queue.waiting(row)),
        [(event, kinds.short(event.event_type)) for event in refused],
    )


def _find(client_id: str, stream_id: str, *, for_change: bool = False) -> SignalStream:
    return streams.find(stream_id, client_id, for_change=for_change) or abort(HTTPStatus.NOT_FOUND)


def _place(client: Client) -> str:
    return f"{path(client)}/signals"
