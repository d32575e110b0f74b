"""`idp client renew-secret` and `end-old-secret`: a client's secret, and how long the one before counts beside it."""

import json
from datetime import timedelta

import click

from idp.base.outcome import Refused
from idp.cli.clients import find
from idp.cli.frame import OPERATOR, explain, fail, in_app


@click.command("renew-secret")
@click.argument("client_id")
@click.option(
    "--keep-old", type=int, default=None, metavar="HOURS", help="How long the old one counts, too; 24, 0 to end it."
)
@in_app
def renew_secret(client_id: str, keep_old: int | None) -> None:
    """Give a client a new secret; prints one JSON object with it, and until when the old one counts beside it."""
    from idp.clients import service

    row = find(client_id, for_change=True)
    keep = service.KEEP_OLD if keep_old is None else timedelta(hours=keep_old)
    secret = service.renew_secret(row, keep=keep, actor=OPERATOR)
    if isinstance(secret, Refused):
        fail(explain(secret))
    until = row.former_secret_until.isoformat(timespec="seconds") if row.former_secret_until else None
    told = {"client_id": client_id, "client_secret": secret, "client_secret_expires_at": 0}
    click.echo(json.dumps(told | {"old_secret_ends_at": until}))


@click.command("end-old-secret")
@click.argument("client_id")
@in_app
def end_old_secret(client_id: str) -> None:
    """End the secret before the last renewal at once."""
    from idp.clients import service

    if not service.end_former_secret(find(client_id, for_change=True), actor=OPERATOR):
        fail("there is no old secret that counts")
    click.echo("The old secret is void; the new one counts alone.", err=True)
