"""`idp client allow-id-jag`, `forbid-id-jag` and `id-jags`: for which other servers a client gets identity assertions."""

import json
from typing import Any

import click

from idp.cli.clients import find
from idp.cli.frame import OPERATOR, explain, fail, in_app

_AUDIENCE = click.option("--audience", required=True, metavar="ISSUER", help="The other authorization server.")
_OPTIONS = (
    _AUDIENCE,
    click.option("--client-id-there", "there", default="", help="What the client is called there; the same at first."),
    click.option("--scope", default="", help="Of the other server, the most that may be had."),
    click.option("--resource", "resources", multiple=True, help="An API behind it that may be named; repeatable."),
    click.option("--group", "groups", multiple=True, help="The path of a group; without one it is for everybody."),
    click.option("--sso-client-id", default="", help="The client here by which the other server signs people in."),
    click.option("--email", is_flag=True, help="Tell the confirmed email address."),
)


def _options(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("allow-id-jag")
@click.argument("client_id")
@_options
@in_app
def allow_id_jag(
    client_id: str, audience: str, there: str, resources: tuple[str, ...], groups: tuple[str, ...], **rest: Any
) -> None:
    """Let a client get assertions for another server; prints all rules of the client."""
    from idp.groups import assertion_rules
    from idp.groups.assertion_rules import Rule

    client = find(client_id, for_change=True)
    paths = tuple(sorted(set(groups))) or None
    refused = assertion_rules.put(
        client, Rule(audience, there, resources=resources, groups=paths, **rest), actor=OPERATOR
    )
    if refused is not None:
        fail(explain(refused))
    _tell(client_id)


@click.command("forbid-id-jag")
@click.argument("client_id")
@_AUDIENCE
@in_app
def forbid_id_jag(client_id: str, audience: str) -> None:
    """Let a client get no more assertions for a server, which stays so if it did not; prints the rules that are left."""
    from idp.groups import assertion_rules

    assertion_rules.remove(find(client_id, for_change=True), audience, actor=OPERATOR)
    _tell(client_id)


@click.command("id-jags")
@click.argument("client_id")
@in_app
def list_id_jags(client_id: str) -> None:
    """Print for which servers a client gets assertions, as one JSON object."""
    find(client_id)
    _tell(client_id)


def _tell(client_id: str) -> None:
    from idp.groups import assertion_rules

    rules = [assertion_rules.tell(rule) for rule in assertion_rules.of_client(client_id)]
    click.echo(json.dumps({"client_id": client_id, "id_jags": rules}))
