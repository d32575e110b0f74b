"""Pages: /admin/streams, to whom the audit log is passed on: making, testing, pausing and deleting, and how deliveries went."""

import re
from http import HTTPStatus

from flask import Blueprint, abort, flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Optional

from idp.admin import paging, questions, tickets
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.base import clock
from idp.base.database import session
from idp.base.http import limited
from idp.base.outcome import Refused
from idp.base.phrases import phrase
from idp.signin.forms import EntranceForm
from idp.signin.pages import Page, go, has_errors
from idp.streams import service
from idp.streams.models import Stream

bp = Blueprint("streams", __name__, url_prefix="/streams")
STREAM = f"/<int(max={service.LARGEST_ID}):stream_id>"
ASKED = f"{STREAM}/<any{questions.STREAM_VERBS}:verb>"


class StreamForm(EntranceForm):
    """A new stream; the ticket lets the form work once."""

    name = StringField(_l("Name"), [InputRequired(_l("Enter a name."))])
    address = StringField(
        _l("Address"),
        [InputRequired(_l("Enter an address."))],
        description=_l(
            "https://... for a signed webhook; syslog+tls://host, syslog+tcp://host or syslog+udp://host for syslog."
        ),
    )
    events = StringField(
        _l("Events"),
        [Optional()],
        description=_l("Names such as signin, or account.* for all that begin so. Left empty: every event."),
    )
    from_start = BooleanField(_l("Send also what the log holds already"))
    ticket = HiddenField()

    def show_refusal(self, refused: Refused) -> None:
        """Show a refusal of the service at its field."""
        field = self._fields[refused.field or "name"]
        field.errors = [*field.errors, refused.detail or phrase(refused)]


@bp.get("")
@administers("audit.write")
def show_streams() -> Page:
    """List the streams with how far behind each is, below the form for a new one."""
    return _show(StreamForm(formdata=None))


@bp.post("")
@limited("30 per minute")
@administers("audit.write")
def answer_streams() -> Page:
    """Make a stream, and show a webhook's secret, this once; the same form sent again makes no other."""
    form = StreamForm()
    if not form.validate_on_submit():
        return _show(form)
    if not tickets.spend(form.ticket.data):
        flash(_("That form was sent before, or is too old. Nothing was made now."), "info")
        return go("/admin/streams")
    patterns = [word for word in re.split(r"[\s,]+", form.text("events")) if word]
    made = service.create(
        form.text("name"), form.text("address").strip(), events=patterns, from_start=form.from_start.data, actor=actor()
    )
    if isinstance(made, Refused):
        form.show_refusal(made)
        return _show(form)
    row, secret = made
    if secret is None:
        flash(_("The stream is made."), "success")
        return go(f"/admin/streams/{row.id}")
    return _show_secret(row, secret, HTTPStatus.CREATED)


@bp.get(STREAM)
@administers("audit.write")
def show_stream(stream_id: int) -> Page:
    """Show where a stream leads, how far it has come, and how deliveries went."""
    row = _get(stream_id)
    has_former = row.former_secret_until is not None and row.former_secret_until > clock.now()
    return show(
        "stream.html",
        row=row,
        where=service.where(row),
        lag=service.lag(row),
        runs=paging.take(service.runs(row)),
        has_former_secret=has_former,
        crumbs=_crumbs(),
    )


@bp.post(f"{STREAM}/test")
@limited("20 per minute")
@administers("audit.write")
def test(stream_id: int) -> Page:
    """Send an event of its own at once, and say what came of it."""
    wrong = service.test(_get(stream_id), actor=actor())
    if wrong is None:
        flash(_("A test event was sent, and nothing was wrong."), "success")
    else:
        flash(_("The test event was not taken: %(error)s.", error=wrong), "error")
    return go(f"/admin/streams/{stream_id}")


@bp.post(f"{STREAM}/pause")
@limited("60 per minute")
@administers("audit.write")
def pause(stream_id: int) -> Page:
    """Pause a stream."""
    service.pause(_get(stream_id, for_change=True), actor=actor())
    flash(_("The stream is paused."), "success")
    return go(f"/admin/streams/{stream_id}")


@bp.post(f"{STREAM}/resume")
@limited("60 per minute")
@administers("audit.write")
def resume(stream_id: int) -> Page:
    """Let a stream go on at once."""
    service.resume(_get(stream_id, for_change=True), actor=actor())
    flash(_("The stream goes on. Look again in a moment."), "success")
    return go(f"/admin/streams/{stream_id}")


@bp.get(ASKED)
@administers("audit.write")
def ask(stream_id: int, verb: str) -> Page:
    """Ask before a stream or a secret of it ends."""
    row = _get(stream_id)
    own = f"/admin/streams/{stream_id}"
    question = questions.about_stream(verb, row.name)
    return show("confirm.html", question=question, cancel=own, crumbs=[*_crumbs(), (own, row.name)])


@bp.post(ASKED)
@limited("30 per minute")
@administers("audit.write")
def act(stream_id: int, verb: str) -> Page:
    """Delete a stream, renew its secret, or end the old one."""
    row = _get(stream_id, for_change=True)
    match verb:
        case "delete":
            service.remove(row, actor=actor())
            flash(_("The stream is deleted."), "success")
            return go("/admin/streams")
        case "secret":
            secret = service.renew_secret(row, actor=actor())
            return abort(HTTPStatus.NOT_FOUND) if isinstance(secret, Refused) else _show_secret(row, secret)
        case _:
            service.end_former_secret(row, actor=actor())
            flash(_("The new secret signs alone from now on."), "success")
            return go(f"/admin/streams/{stream_id}")


def _show(form: StreamForm) -> Page:
    form.ticket.data = tickets.new()
    rows = list(session().scalars(service.search()))
    wrong = has_errors(form)
    return show(
        "streams.html",
        status=HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK,
        form=form,
        has_errors=wrong,
        rows=[(row, service.where(row), service.lag(row)) for row in rows],
    )


def _show_secret(row: Stream, secret: str, status: int = HTTPStatus.OK) -> Page:
    return show("stream_secret.html", status=status, row=row, secret=secret, crumbs=_crumbs())


def _get(stream_id: int, *, for_change: bool = False) -> Stream:
    return service.get(stream_id, for_change=for_change) or abort(HTTPStatus.NOT_FOUND)


def _crumbs() -> list[tuple[str, str]]:
    return [("/admin/streams", _("Streams"))]
