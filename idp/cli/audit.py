"""`idp audit`: the audit log as a file, and for how long its events are kept."""

import json
from typing import TYPE_CHECKING

import click

from idp.cli.frame import fail, in_app

if TYPE_CHECKING:
    from idp.trail.searching import Filters


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command("export")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="jsonl", show_default=True)
@click.option("--since", default="", help="A day such as 2026-11-29, a month, a year, or 2026-11-29T14:30, in UTC.")
@click.option("--until", default="", help="The same; the day or the minute that is named is among it.")
@click.option("--event", "what", default="", help="An event's name, or a part of it.")
@click.option("--outcome", type=click.Choice(["success", "failure"]), default=None)
@click.option("--who", default="", help="Whom it is about or who did it: address, username or sub.")
@click.option("--client", default="", help="A client ID, or words of an application's name.")
@click.option("--source", default="", help="The address that the request came from.")
@in_app
def export_events(form: str, outcome: str | None, **asked: str) -> None:
    """Print the events that fit everything asked for, the oldest first, one a line; `at` is in UTC."""
    from idp import audit as log
    from idp.base import database
    from idp.trail import exporting, searching

    filters = _read(outcome, asked)
    told = {name: value for name, value in {**asked, "outcome": outcome}.items() if value}
    log.record("audit.exported", actor="command line", format=form, asked=json.dumps(told) if told else None)
    database.commit()
    for line in exporting.write(searching.iterate(filters), form):
        click.echo(line, nl=False)


@audit.command("retention")
@click.option("--days", type=int, default=None, help="Delete events that are older, by the next purge.")
@click.option("--for-ever", is_flag=True, help="Delete none any more.")
@in_app
def set_retention(days: int | None, for_ever: bool) -> None:
    """Print for how many days events are kept, null for ever; with an option, change it."""
    from idp.accounts import telling
    from idp.trail import retention

    if days is not None and for_ever:
        fail("--days and --for-ever exclude each other")
    refused = retention.check(days)
    if refused is not None:
        fail(f"--days: {refused.detail}")
    if (days is not None or for_ever) and retention.put(days, actor="command line"):
        told = "for ever" if days is None else f"for {days} days"
        sentence = f"Events of the audit log are kept {told} from now on."
        telling.tell_owners(sentence, actor=None, path="/admin/audit/retention")
    click.echo(json.dumps({"days": retention.get()}))


def _read(outcome: str | None, asked: dict[str, str]) -> "Filters":
    from idp.admin import audit_filters
    from idp.trail.searching import Filters

    bounds = {}
    for name in ("since", "until"):
        bounds[name] = audit_filters.read_instant(asked[name]) if asked[name] else None
        if asked[name] and bounds[name] is None:
            fail(f"--{name}: a day such as 2026-11-29 or a time such as 2026-11-29T14:30 is needed, in UTC")
    read = {
        "who": audit_filters.of_person,
        "what": audit_filters.of_event,
        "client": audit_filters.of_client,
        "source": audit_filters.of_source,
    }
    since, until = bounds["since"], bounds["until"]
    return Filters(
        begin=since[0] if since else None,
        end=until[1] if until else None,
        outcome=outcome,
        values=tuple(of(asked[name]) for name, of in read.items() if asked[name]),
    )
