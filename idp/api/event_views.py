"""The audit log under /api/v1/events, newest first, found as on its page."""

from typing import Any

from flask import Blueprint, Response, request

from idp.admin import audit_filters
from idp.api.admission import admit
from idp.api.answering import PATH, page, read_after, read_limit, respond
from idp.api.problem import wrong
from idp.audit import FAILURE, SUCCESS
from idp.base.database import session
from idp.trail import exporting, searching
from idp.trail.searching import Filters, Place

bp = Blueprint("api_events", __name__, url_prefix=f"{PATH}/events")
LARGEST_NUMBER = 2**63 - 1
VALUES = {
    "who": audit_filters.of_person,
    "event": audit_filters.of_event,
    "client": audit_filters.of_client,
    "source": audit_filters.of_source,
}


@bp.get("")
def list_events() -> Response:
    """List events that fit everything asked for: who, event, client, source, outcome, since, until; older ones than `after`."""
    admit("audit.read")
    found = searching.find(session(), _read_filters(), Place(read_after(LARGEST_NUMBER)), read_limit())
    items = [exporting.describe(event) for event in found.events]
    return respond(page(items, str(found.rest) if found.rest is not None else None))


def _read_filters() -> Filters:
    asked = request.args
    begin, end = _instant("since"), _instant("until")
    outcome = asked.get("outcome") or None
    if outcome not in (None, SUCCESS, FAILURE):
        raise wrong([("outcome", f"Use one of: {SUCCESS}, {FAILURE}.")])
    values = tuple(of(asked[name][:200]) for name, of in VALUES.items() if asked.get(name))
    return Filters(begin[0] if begin else None, end[1] if end else None, outcome, values)


def _instant(name: str) -> Any:
    text = request.args.get(name, "")
    read = audit_filters.read_instant(text) if text else None
    if text and read is None:
        raise wrong([(name, "A day such as 2026-11-29 or a time such as 2026-11-29T14:30 is needed, in UTC.")])
    return read
