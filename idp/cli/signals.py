"""`idp signals`: the streams over which applications hear news (OpenID Shared Signals). JSON; lists are an object a line."""

import json
from typing import TYPE_CHECKING

import click

from idp.cli.frame import fail, in_app

if TYPE_CHECKING:
    from idp.signals.models import SignalStream

ACTOR = "command line"


@click.group()
def signals() -> None:
    """Streams over which applications hear what happens to their people."""


@signals.command("list")
@click.option("--client-id", default=None, help="Those of one client.")
@in_app
def list_streams(client_id: str | None) -> None:
    """Print the streams, one JSON object a line, with how each goes."""
    from idp.base.database import session
    from idp.signals import describing, streams
    from idp.signals.models import SignalStream

    query = streams.every()
    for row in session().scalars(query if client_id is None else query.where(SignalStream.client_id == client_id)):
        click.echo(json.dumps(describing.describe(row)))


@signals.command("show")
@click.argument("stream_id")
@in_app
def show_stream(stream_id: str) -> None:
    """Print one stream as a JSON object, then one object a line for each event that its receiver has refused."""
    from idp.signals import describing

    row = _find(stream_id)
    for told in (describing.describe(row), *describing.describe_refused(row)):
        click.echo(json.dumps(told))


@signals.command("pause")
@click.argument("stream_id")
@click.option("--reason", default=None, help="What the receiver is told.")
@in_app
def pause_stream(stream_id: str, reason: str | None) -> None:
    """Hold events back, up to 10,000 of a week, until the stream is enabled here; its receiver is told."""
    from idp.signals.models import PAUSED

    _set_status(stream_id, PAUSED, reason)


@signals.command("enable")
@click.argument("stream_id")
@in_app
def enable_stream(stream_id: str) -> None:
    """Let events go out again, those that were held first; its receiver is told."""
    from idp.signals.models import ENABLED

    _set_status(stream_id, ENABLED, None)


@signals.command("delete")
@click.argument("stream_id")
@in_app
def delete_stream(stream_id: str) -> None:
    """Delete a stream with whatever waits for it. The client may make another one."""
    from idp.signals import streams

    streams.remove(_find(stream_id), actor=ACTOR)
    click.echo("The stream is deleted.", err=True)


def _set_status(stream_id: str, status: str, reason: str | None) -> None:
    from idp.signals import describing, streams
    from idp.signals.configuration import Invalid, read_text
    from idp.signals.models import LONGEST_REASON

    try:
        text = read_text({"reason": reason}, "reason", LONGEST_REASON)
    except Invalid as error:
        fail(str(error))
    row = _find(stream_id)
    streams.set_status(row, status, text, actor=ACTOR, by_administrator=True)
    click.echo(json.dumps(describing.describe(row)))


def _find(stream_id: str) -> "SignalStream":
    from idp.signals import streams

    return streams.find(stream_id, for_change=True) or fail(f"there is no stream {stream_id}")
