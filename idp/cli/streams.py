"""`idp stream`: to whom the audit log is passed on."""

import json
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Refused
from idp.cli.frame import explain, fail, in_app, instant

if TYPE_CHECKING:
    from idp.streams.models import Stream

ACTOR = "command line"


@click.group()
def stream() -> None:
    """Receivers of the audit log: webhooks and syslog."""


@stream.command("create")
@click.option("--name", required=True)
@click.option(
    "--address", required=True, help="https://..., syslog+tls://host, syslog+tcp://host or syslog+udp://host."
)
@click.option("--event", "events", multiple=True, help="Pass on this event alone, or account.*; may be repeated.")
@click.option("--from-start", is_flag=True, help="Send also what the log holds already.")
@in_app
def create_stream(name: str, address: str, events: tuple[str, ...], from_start: bool) -> None:
    """Make a stream; prints one JSON object, with the secret of a webhook, which is shown this once."""
    from idp.streams import service

    made = service.create(name, address, events=list(events), from_start=from_start, actor=ACTOR)
    if isinstance(made, Refused):
        fail(explain(made))
    row, secret = made
    click.echo(json.dumps({"id": row.id, "name": row.name, "kind": row.kind, "address": row.address, "secret": secret}))


@stream.command("list")
@in_app
def list_streams() -> None:
    """Print the streams, one JSON object a line, with how far each is behind."""
    from idp.base.database import session
    from idp.streams import service

    for row in session().scalars(service.search()):
        click.echo(json.dumps(_describe(row)))


@stream.command("test")
@click.argument("number", type=int)
@in_app
def test_stream(number: int) -> None:
    """Send an event of its own at once; fails where the receiver does not take it."""
    from idp.streams import service

    wrong = service.test(_find(number), actor=ACTOR)
    if wrong is not None:
        fail(f"the test event was not taken: {wrong}")
    click.echo("A test event was sent, and nothing was wrong.", err=True)


@stream.command("pause")
@click.argument("number", type=int)
@in_app
def pause_stream(number: int) -> None:
    """Send nothing until it goes on."""
    from idp.streams import service

    service.pause(_find(number), actor=ACTOR)
    click.echo("The stream is paused.", err=True)


@stream.command("resume")
@click.argument("number", type=int)
@in_app
def resume_stream(number: int) -> None:
    """Go on at once where it was, also where it waits after failures."""
    from idp.streams import service

    service.resume(_find(number), actor=ACTOR)
    click.echo("The stream goes on.", err=True)


@stream.command("renew-secret")
@click.argument("number", type=int)
@in_app
def renew_secret(number: int) -> None:
    """Give a webhook a new secret; prints one JSON object with it. The old one signs beside it for 24 hours."""
    from idp.streams import service

    row = _find(number)
    secret = service.renew_secret(row, actor=ACTOR)
    if isinstance(secret, Refused):
        fail(explain(secret))
    until = row.former_secret_until.isoformat(timespec="seconds") if row.former_secret_until else None
    click.echo(json.dumps({"id": row.id, "secret": secret, "old_secret_ends_at": until}))


@stream.command("end-old-secret")
@click.argument("number", type=int)
@in_app
def end_old_secret(number: int) -> None:
    """Let the new secret sign alone at once."""
    from idp.streams import service

    if not service.end_former_secret(_find(number), actor=ACTOR):
        fail("there is no old secret that signs")
    click.echo("The new secret signs alone.", err=True)


@stream.command("delete")
@click.argument("number", type=int)
@in_app
def delete_stream(number: int) -> None:
    """Delete a stream; what it has not sent yet it never sends."""
    from idp.streams import service

    service.remove(_find(number), actor=ACTOR)
    click.echo("The stream is deleted.", err=True)


def _find(number: int) -> "Stream":
    from idp.base.outcome import Reason
    from idp.streams import service

    return service.get(number, for_change=True) or fail(explain(Refused(Reason.UNKNOWN, "number")))


def _describe(row: "Stream") -> dict[str, Any]:
    from idp.streams import service

    lag = service.lag(row)
    instants = {"paused_at": row.paused_at, "delivered_at": row.delivered_at, "waiting_since": lag.since}
    told = {name: instant(at) for name, at in instants.items()}
    about = {"id": row.id, "name": row.name, "kind": row.kind, "address": row.address, "events": row.events}
    return about | {"behind": lag.told, "failures": row.failures, "last_error": row.last_error} | told
