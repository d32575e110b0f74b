"""`idp client`: applications, as the administrators' pages register, show, change and end them."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Reason, Refused
from idp.cli.client_members import members
from idp.cli.frame import OPERATOR, explain, fail, in_app, instant, listing

if TYPE_CHECKING:
    from idp.clients.models import Client


@click.group()
def client() -> None:
    """Applications that may ask for tokens."""


@client.command("create")
@click.option("--name", "client_name", required=True)
@members
@click.option(
    "--preset",
    type=click.Choice(["web", "spa", "native", "service", "mcp", "fapi", "device"]),
    help="What is usual for a kind.",
)
@click.option("--public", is_flag=True, help="No secret: single-page and native apps.")
@click.option("--client-id", default=None)
@click.option("--client-secret-stdin", is_flag=True, help="Read the secret from standard input.")
@in_app
def create_client(**options: Any) -> None:
    """Register a client; prints one JSON object with its identifier and secret."""
    from idp.cli import client_options

    registered = client_options.register(options, read_secret=lambda: sys.stdin.readline().rstrip("\r\n"))
    if isinstance(registered, Refused):
        fail(explain(registered))
    if options["client_secret_stdin"] and client_options.is_read_differently(registered.get("client_secret", "")):
        click.echo(client_options.WARNING, err=True)
    click.echo(json.dumps(registered))


@client.command("list")
@click.option("--search", "term", default="", metavar="WORDS", help="Those with these words in name or identifier.")
@click.option(
    "--unused-for",
    "days",
    type=click.IntRange(1, 3650),
    metavar="DAYS",
    help="Those that got no tokens for so many days, the longest unused first.",
)
@in_app
def list_clients(term: str, days: int | None) -> None:
    """List the clients by name; prints one JSON object a line, without secrets."""
    from idp.base.database import session
    from idp.clients import service, uses
    from idp.clients.models import Client

    if days is None:
        rows = listing(Client, Client.search_text, service.search, term)
    else:
        rows = session().scalars(uses.unused(days, term), execution_options={"yield_per": 500})
    for row in rows:
        click.echo(json.dumps(_describe(row)))


@client.command("show")
@click.argument("client_id")
@in_app
def show_client(client_id: str) -> None:
    """Show a client, with its owners; prints one JSON object, without its secret."""
    from idp.accounts.authority import owning

    told = _describe(find(client_id)) | {"owners": [owner.email for owner in owning.owners(client_id)]}
    click.echo(json.dumps(told))


@client.command("update")
@click.argument("client_id")
@click.option("--name", "client_name", default=None)
@members
@in_app
def update_client(client_id: str, **options: Any) -> None:
    """Change what is named of a client, and nothing else; prints it as it is then.

    A list takes the place of the one before. An empty text takes a member away.
    """
    from idp.base import database
    from idp.cli import client_options
    from idp.clients import service

    present = service.to_metadata(find(client_id))
    metadata = client_options.amend(present, options)
    if isinstance(metadata, Refused):
        fail(explain(metadata))
    database.pause()  # the document at a sector_identifier_uri may be fetched now
    refused = service.vet(metadata)
    row = find(client_id, for_change=True)
    if service.to_metadata(row) != present:
        fail("the client has changed at this moment; look at it, then try again")
    changed = service.change(row, metadata, actor=OPERATOR) if refused is None else refused
    if isinstance(changed, Refused):
        fail(explain(changed))
    click.echo(json.dumps(_describe(row)))


@client.command("disable")
@click.argument("client_id")
@in_app
def disable_client(client_id: str) -> None:
    """Disable a client: it gets no tokens, and those it has are refused."""
    _set_disabled(client_id, True)


@client.command("enable")
@click.argument("client_id")
@in_app
def enable_client(client_id: str) -> None:
    """Enable a client again."""
    _set_disabled(client_id, False)


@client.command("delete")
@click.argument("client_id")
@in_app
def delete_client(client_id: str) -> None:
    """Delete a client for good; prints it as it was."""
    from idp.clients import service

    row = find(client_id, for_change=True)
    told = _describe(row)
    service.remove(row, actor=OPERATOR)
    click.echo(json.dumps(told))


def find(client_id: str, *, for_change: bool = False) -> "Client":
    """Return a client, disabled or not, locked where it is going to be changed; end with a message where there is none."""
    from idp.clients import service

    return service.get(client_id, for_change=for_change) or fail(explain(Refused(Reason.UNKNOWN, "client_id")))


def _set_disabled(client_id: str, disabled: bool) -> None:
    from idp.clients import service

    row = find(client_id, for_change=True)
    service.set_disabled(row, disabled, actor=OPERATOR)
    click.echo(json.dumps(_describe(row)))


def _describe(row: "Client") -> dict[str, Any]:
    """Return a client's members as `create` prints them, and what has become of it since."""
    from idp.clients import service, uses

    told = service.describe(row.client_id, service.to_metadata(row), None) | uses.describe(row)
    return told | {name: instant(getattr(row, name)) for name in ("created_at", "updated_at", "disabled_at")}
