"""Pages: the audit log under /admin/audit, its export, and how long events are kept."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response, flash, request
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from idp import audit
from idp.accounts import lookup, telling
from idp.admin import audit_filters, audit_forms, questions
from idp.admin.audit_forms import ExportForm, RetentionForm, SearchForm
from idp.admin.guard import administers
from idp.admin.navigation import actor, show
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import session
from idp.base.http import limited
from idp.signin.pages import Page, go, has_errors
from idp.trail import exporting, retention, searching
from idp.trail.searching import Found, Place

bp = Blueprint("audit", __name__, url_prefix="/audit")

PAGE_SIZE = 25
# The answer is put together before it is sent, so that it is bounded; `idp audit export` is not.
MOST_EXPORTED = 50_000
LARGEST_ID = 2**63 - 1
KEPT = f"/retention/<int(min={retention.LEAST},max={retention.MOST}):days>"


@bp.get("")
@administers("audit.read")
def show_audit() -> Page:
    """Show the events that fit what the address asks for, the newest first; `?older=` and `?newer=` go on from an event."""
    return _show(audit_forms.search_form(), ExportForm(formdata=None))


@bp.post("/export")
@limited("10 per minute")
@administers("audit.export")
def export() -> Page | Response:
    """Send the events that fit as a file, the oldest first; whatever was asked for stands in the audit log itself."""
    asked = parse_qsl(request.form.get("asked", "")[:4000])
    form, search = ExportForm(), audit_forms.search_form(MultiDict(asked))
    if not form.validate_on_submit() or not search.validate():
        return _show(search, form)
    kind = form.format.data
    audit.record("audit.exported", actor=actor(), format=kind, asked=urlencode(search.asked) or None)
    lines = exporting.write(searching.iterate(search.filters(), most=MOST_EXPORTED), kind)
    name = f"audit-{clock.now():%Y-%m-%dT%H%M%S}Z.{kind}"
    answer = Response(encode(lines), content_type=exporting.MEDIA_TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.get("/retention")
@administers("audit.write")
def show_retention() -> Page:
    """Show for how long events are kept, and the form for another time."""
    return _show_retention(RetentionForm(formdata=None, days=retention.get()))


@bp.post("/retention")
@limited("30 per minute")
@administers("audit.write")
def answer_retention() -> Page:
    """Keep events for ever, or ask whether fewer days are meant."""
    form = RetentionForm()
    if not form.validate_on_submit():
        return _show_retention(form)
    days = form.days.data
    refused = retention.check(days)
    if refused is not None:
        form.show_refusal(refused)
        return _show_retention(form)
    if days is None:
        return _keep(None)
    return go(f"/admin/audit/retention/{days}")


@bp.get(KEPT)
@administers("audit.write")
def ask_retention(days: int) -> Page:
    """Ask before events are kept for so many days."""
    crumbs = [*_crumbs(), ("/admin/audit/retention", _("How long events are kept"))]
    return show(
        "confirm.html", question=questions.about_retention(days), cancel="/admin/audit/retention", crumbs=crumbs
    )


@bp.post(KEPT)
@limited("30 per minute")
@administers("audit.write")
def put_retention(days: int) -> Page:
    """Keep events for so many days."""
    return _keep(days)


def _keep(days: int | None) -> Page:
    if retention.put(days, actor=actor()):
        told = (
            _("Events of the audit log are kept for ever from now on.")
            if days is None
            else _("Events of the audit log are kept for %(days)s days from now on.", days=days)
        )
        telling.tell_owners(told, actor=actor(), path="/admin/audit/retention")
    flash(_("It is saved."), "success")
    return go("/admin/audit/retention")


def _show(search: SearchForm, export_form: ExportForm) -> Page:
    place = _place()
    found = Found([]) if not search.validate() else searching.find(session(), search.filters(), place, PAGE_SIZE)
    events = found.events[::-1] if place.forward else found.events
    wrong = has_errors(search) or has_errors(export_form)
    return show(
        "audit.html",
        status=HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK,
        form=search,
        export_form=export_form,
        has_errors=wrong,
        event_names=audit_filters.event_names(),
        events=events,
        names=_names(events),
        asked=search.asked,
        asked_line=urlencode(search.asked),
        **_ways(search, place, found, events),
        stopped_at=_time_of(found.rest) if found.has_stopped else None,
        most_exported=MOST_EXPORTED,
    )


def _ways(search: SearchForm, place: Place, found: Found, events: list[Any]) -> dict[str, str | None]:
    """Return where the page leads on to: older events and newer ones, where there may be some."""
    first, last = (events[0].id, events[-1].id) if events else (place.number, place.number)
    older = found.rest if not place.forward else last
    newer = found.rest if place.forward else (first if place.number is not None else None)
    return {"older": _url(search, older=older), "newer": _url(search, newer=newer)}


def _url(search: SearchForm, **place: int | None) -> str | None:
    (number,) = place.values()
    return None if number is None else f"/admin/audit?{urlencode({**search.asked, **place})}"


def _place() -> Place:
    for name, forward in (("older", False), ("newer", True)):
        number = request.args.get(name, "")
        if number.isascii() and number.isdigit() and len(number) < 20 and int(number) <= LARGEST_ID:
            return Place(int(number), forward)
    return Place()


def _time_of(number: int | None) -> Any:
    return session().scalar(select(AuditEvent.at).where(AuditEvent.id == number))


def _names(events: list[Any]) -> dict[str, str]:
    """Return the address of each account that the events name, by `sub`."""
    return lookup.names_of(sub for event in events for sub in (event.subject, event.actor))


def _show_retention(form: RetentionForm) -> Page:
    return show(
        "audit_retention.html",
        status=HTTPStatus.BAD_REQUEST if has_errors(form) else HTTPStatus.OK,
        form=form,
        has_errors=has_errors(form),
        days=retention.get(),
        oldest=retention.oldest(),
        crumbs=_crumbs(),
    )


def _crumbs() -> list[tuple[str, str]]:
    return [("/admin/audit", _("Audit log"))]


def encode(lines: Iterator[str]) -> Iterator[bytes]:
    """Yield lines as bytes, some hundred at a time."""
    kept: list[str] = []
    for line in lines:
        kept.append(line)
        if len(kept) == 500:
            yield "".join(kept).encode()
            kept.clear()
    yield "".join(kept).encode()
