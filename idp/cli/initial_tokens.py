"""`idp initial-access-token`: what lets applications register themselves (RFC 7591, section 3)."""

import json

import click

from idp.base.outcome import Refused
from idp.cli.frame import OPERATOR, explain, fail, in_app


@click.group("initial-access-token")
def initial_access_token() -> None:
    """What lets applications register themselves (RFC 7591)."""


@initial_access_token.command("create")
@click.option("--label", default="", help="What it is for; the audit log shows it.")
@click.option("--uses", type=int, default=None, help="How many registrations; without it any number.")
@click.option("--days", type=int, default=None, help="How long it is good; without it 7.")
@in_app
def create_initial_token(label: str, uses: int | None, days: int | None) -> None:
    """Make a token; prints one JSON object with it."""
    from idp.clients import initial_tokens

    days = initial_tokens.DAYS if days is None else days
    made = initial_tokens.create(label, uses=uses, days=days, actor=OPERATOR)
    if isinstance(made, Refused):
        fail(explain(made))
    row, token = made
    told = {"id": row.id, "initial_access_token": token, "label": row.label, "uses": row.uses_left}
    click.echo(json.dumps(told | {"expires_at": row.expires_at.isoformat(timespec="seconds")}))


@initial_access_token.command("list")
@in_app
def list_initial_tokens() -> None:
    """List the tokens that have not expired, one line each."""
    from idp.base import database
    from idp.clients import initial_tokens

    for row in database.session().scalars(initial_tokens.search()):
        left = "any number" if row.uses_left is None else f"{row.uses_left} left"
        click.echo(f"{row.id}  {left:10}  until {row.expires_at:%Y-%m-%d %H:%M}Z  {row.label}")


@initial_access_token.command("revoke")
@click.argument("number", type=int)
@in_app
def revoke_initial_token(number: int) -> None:
    """End a token, by the number that `list` shows; what was registered with it stays."""
    from idp.clients import initial_tokens

    revoked = initial_tokens.revoke(number, actor=OPERATOR)
    if isinstance(revoked, Refused):
        fail(explain(revoked))
    click.echo("The token is revoked.", err=True)
