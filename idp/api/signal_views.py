"""Streams of news for applications under /api/v1/signals: how they go; held back, let go on and deleted, as at a client's page."""

from http import HTTPStatus

from flask import Blueprint, Response, request

from idp.api.admission import Acting, admit
from idp.api.answering import PATH, page, programs, read_body, read_limit, respond
from idp.api.problem import missing, wrong
from idp.base.database import session
from idp.signals import streams
from idp.signals.configuration import Invalid, read_text
from idp.signals.describing import describe, describe_refused
from idp.signals.models import ENABLED, LONGEST_REASON, PAUSED, SignalStream

bp = Blueprint("api_signals", __name__, url_prefix=f"{PATH}/signals")
LONGEST_ID, LONGEST_CLIENT_ID = 22, 255
MOST_REFUSED = 100


@bp.get("")
def list_streams() -> Response:
    """List the streams, or those of the client of `client_id`, by identifier, behind `after`."""
    admit("clients.read")
    limit, after, client_id = read_limit(), _read_name("after", LONGEST_ID), _read_name("client_id", LONGEST_CLIENT_ID)
    rows = list(session().scalars(streams.listing(client_id, after).limit(limit + 1)))
    items = [describe(row) for row in rows[:limit]]
    return respond(page(items, rows[limit - 1].id if len(rows) > limit else None))


@bp.get("/<stream_id>")
def show_stream(stream_id: str) -> Response:
    """Tell how a stream goes, with the newest events that its receiver has refused."""
    admit("clients.read")
    row = _find(stream_id)
    return respond(describe(row) | {"refused_events": describe_refused(row, MOST_REFUSED)})


@bp.post("/<stream_id>/pause")
@programs
def pause_stream(stream_id: str) -> Response:
    """Hold events back until they are let go on here; the receiver is told, with the `reason` that the body may give."""
    acting = admit("clients.write")
    return _set_status(acting, stream_id, PAUSED, _read_reason())


@bp.post("/<stream_id>/enable")
@programs
def enable_stream(stream_id: str) -> Response:
    """Let events go out again, those that were held first; the receiver is told."""
    return _set_status(admit("clients.write"), stream_id, ENABLED, None)


@bp.delete("/<stream_id>")
@programs
def delete_stream(stream_id: str) -> Response:
    """Delete a stream with whatever waits for it. The client may make another one."""
    acting = admit("clients.write")
    streams.remove(_find(stream_id, for_change=True), actor=acting.actor)
    return respond(None, HTTPStatus.NO_CONTENT)


def _set_status(acting: Acting, stream_id: str, status: str, reason: str | None) -> Response:
    row = _find(stream_id, for_change=True)
    streams.set_status(row, status, reason, actor=acting.actor, by_administrator=True)
    return respond(describe(row))


def _find(stream_id: str, *, for_change: bool = False) -> SignalStream:
    row = streams.find(stream_id, for_change=for_change)
    if row is None:
        raise missing("stream", stream_id)
    return row


def _read_name(parameter: str, longest: int) -> str | None:
    """Return an identifier that is asked for, None for none. Raises: Problem, for what can be none."""
    name = request.args.get(parameter)
    if name is not None and not (name.isascii() and name.isprintable() and 0 < len(name) <= longest):
        raise wrong([(parameter, f"An identifier of up to {longest} characters is needed.")])
    return name


def _read_reason() -> str | None:
    body = read_body() if request.get_data() else {}
    unknown = [(name, "There is no member of this name.") for name in body if name != "reason"]
    if unknown:
        raise wrong(unknown)
    try:
        return read_text(body, "reason", LONGEST_REASON)
    except Invalid as error:
        raise wrong([("reason", "A line of printable text is needed.")]) from error
