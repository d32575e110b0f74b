"""`idp resource`: the APIs that access tokens are for, as at /admin/resources. It prints JSON; lists are an object a line."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Reason, Refused
from idp.cli.frame import OPERATOR, explain, fail, in_app

if TYPE_CHECKING:
    from idp.resources.definition import Definition
    from idp.resources.models import Resource

OPTIONS = (
    click.option("--name", "resource_name", default=None, help="What people read; the host, unless said otherwise."),
    click.option(
        "--scope",
        "scopes",
        multiple=True,
        help="“orders.read See your orders | Which ones.”: the scope, its words, a second sentence; may be repeated.",
    ),
    click.option("--format", "access_token_format", type=click.Choice(["jwt", "opaque"]), default=None),
    click.option(
        "--signing-alg",
        "access_token_signing_alg",
        type=click.Choice(["ES256", "RS256", "PS256", "EdDSA"]),
        default=None,
        help="Of JWTs; ES256, unless said otherwise.",
    ),
    click.option("--life", "access_token_life", type=int, default=None, help="Seconds that an access token lives."),
    click.option(
        "--self-registration/--no-self-registration",
        default=None,
        help="Clients that register themselves get its scopes.",
    ),
)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group()
def resource() -> None:
    """APIs that access tokens are for (RFC 8707)."""


@resource.command("create")
@click.argument("resource")
@_options
@in_app
def create_resource(resource: str, **members: Any) -> None:
    """Register an API by its identifier, a URI; prints one JSON object."""
    from idp.resources import service
    from idp.resources.definition import Definition

    _tell(service.create(_changed(Definition(resource), members), actor=OPERATOR))


@resource.command("list")
@in_app
def list_resources() -> None:
    """List the APIs, one JSON object a line."""
    from idp.base.database import session
    from idp.resources import service

    for row in session().scalars(service.search()):
        _tell(row)


@resource.command("show")
@click.argument("resource")
@in_app
def show_resource(resource: str) -> None:
    """Show an API; prints one JSON object."""
    _tell(_find(resource))


@resource.command("update")
@click.argument("resource")
@_options
@in_app
def update_resource(resource: str, **members: Any) -> None:
    """Change what is named of an API; its identifier stays. Scopes are given anew, all of them. Prints it as it is then."""
    from idp.resources import definition, service

    row = _find(resource)
    wanted = _changed(definition.of(row), members)
    if wanted == definition.of(row):
        fail("name at least one thing to change; --help lists them")
    _tell(service.change(row, wanted, actor=OPERATOR))


@resource.command("delete")
@click.argument("resource")
@click.option("--yes", is_flag=True, help="No app gets a token for it any more.")
@in_app
def delete_resource(resource: str, yes: bool) -> None:
    """Delete an API; says what that means, and without --yes stops there."""
    from idp.resources import service

    row = _find(resource)
    if not yes:
        fail("no app gets a token for it any more; nothing was deleted: say --yes to delete it")
    service.remove(row, actor=OPERATOR)
    click.echo("The API is deleted.", err=True)


def _changed(present: "Definition", members: dict[str, Any]) -> "Definition":
    from dataclasses import replace

    from idp.resources.definition import read_line

    named = {name: value for name, value in members.items() if value is not None and value != ()}
    if "scopes" in named:
        named["scopes"] = tuple(map(read_line, named["scopes"]))
    return replace(present, **named)


def _find(identifier: str) -> "Resource":
    from idp.resources import service

    return service.find(identifier, for_change=True) or fail(explain(Refused(Reason.UNKNOWN, "resource")))


def _tell(found: "Resource | list[Refused]") -> None:
    from idp.resources import definition

    if isinstance(found, list):
        fail("; ".join(map(explain, found)))
    click.echo(json.dumps(definition.tell(definition.of(found))))
