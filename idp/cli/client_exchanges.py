"""`idp client allow-exchange`, `forbid-exchange` and `exchanges`: whose tokens a client may exchange (RFC 8693)."""

import json

import click

from idp.cli.clients import find
from idp.cli.frame import OPERATOR, explain, fail, in_app

_PAIR = (
    click.option("--subject", required=True, metavar="CLIENT_ID", help="The client whose tokens are exchanged."),
    click.option(
        "--audience",
        default="",
        metavar="IDENTIFIER",
        help="The client or API that the new token is for; this server at first.",
    ),
)


@click.command("allow-exchange")
@click.argument("client_id")
@_PAIR[0]
@_PAIR[1]
@click.option("--scope", default="", help="What the new token may have, of what the old one has.")
@click.option("--manner", type=click.Choice(["delegation", "impersonation"]), default="delegation", show_default=True)
@click.option("--once", is_flag=True, help="Each token may be exchanged a single time.")
@in_app
def allow_exchange(client_id: str, **rule: str | bool) -> None:
    """Let a client exchange the tokens of another one, or its own; prints all rules of the client."""
    from idp.clients import exchanges
    from idp.clients.exchanges import Rule
    from idp.resources import service as resources

    client, wanted = find(client_id, for_change=True), Rule(**rule)  # type: ignore[arg-type] # as the options are called
    unknown = exchanges.find_unknown(wanted, resources.find)
    refused = unknown if unknown is not None else exchanges.put(client, wanted, actor=OPERATOR)
    if refused is not None:
        fail(explain(refused))
    _tell(client_id)


@click.command("forbid-exchange")
@click.argument("client_id")
@_PAIR[0]
@_PAIR[1]
@in_app
def forbid_exchange(client_id: str, subject: str, audience: str) -> None:
    """Let a client exchange some tokens no more, which stays so if it did not; prints the rules that are left."""
    from idp.clients import exchanges

    exchanges.remove(find(client_id, for_change=True), subject, audience, actor=OPERATOR)
    _tell(client_id)


@click.command("exchanges")
@click.argument("client_id")
@in_app
def list_exchanges(client_id: str) -> None:
    """Print whose tokens a client may exchange, as one JSON object."""
    find(client_id)
    _tell(client_id)


def _tell(client_id: str) -> None:
    from idp.clients import exchanges

    rules = [exchanges.tell(rule) for rule in exchanges.of_client(client_id)]
    click.echo(json.dumps({"client_id": client_id, "token_exchanges": rules}))
