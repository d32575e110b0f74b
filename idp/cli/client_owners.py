"""`idp client add-owner` and `remove-owner`: who sees and changes a client without administering anything else."""

import json
from dataclasses import replace

import click

from idp.cli.administrators import take
from idp.cli.clients import find
from idp.cli.frame import OPERATOR, explain, fail, in_app


@click.command("add-owner")
@click.argument("client_id")
@click.option("--email", required=True)
@in_app
def add_owner(client_id: str, email: str) -> None:
    """Let somebody own a client; prints the client's owners as one JSON object."""
    from idp.accounts.authority import owning

    client = find(client_id)
    refused = owning.add(client, take(email), actor=OPERATOR)
    if refused is not None:
        fail(explain(replace(refused, field="email") if refused.field == "person" else refused))
    _tell(client_id)


@click.command("remove-owner")
@click.argument("client_id")
@click.option("--email", required=True)
@in_app
def remove_owner(client_id: str, email: str) -> None:
    """Let somebody own a client no more, who stays none if they did not; prints the client's owners as one JSON object."""
    from idp.accounts.authority import owning

    find(client_id)
    owning.remove(client_id, take(email), actor=OPERATOR)
    _tell(client_id)


def _tell(client_id: str) -> None:
    from idp.accounts.authority import owning

    click.echo(json.dumps({"client_id": client_id, "owners": [owner.email for owner in owning.owners(client_id)]}))
