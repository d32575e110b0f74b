"""`idp authorization-details-type`: types of authorization details, as at /admin/details. It prints JSON; lists are an object a line."""

import json
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

import click

from idp.base.outcome import Reason, Refused
from idp.cli.frame import OPERATOR, explain, fail, in_app

if TYPE_CHECKING:
    from idp.details.definition import Definition
    from idp.details.models import AuthorizationDetailsType

OPTIONS = (
    click.option("--title", default=None, help="What people read above; the type itself, unless said otherwise."),
    click.option("--words", default=None, help="What people read, such as “{amount} to {creditor.name}”."),
    click.option("--schema-file", type=click.File("rb"), default=None, help="A JSON Schema of its objects."),
)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group("authorization-details-type")
def details_type() -> None:
    """Types of authorization details (RFC 9396)."""


@details_type.command("create")
@click.argument("type")
@_options
@in_app
def create_type(type: str, **members: Any) -> None:  # noqa: A002 - as the RFC calls it
    """Register a type; prints one JSON object."""
    from idp.details import service
    from idp.details.definition import Definition

    _tell(service.create(_changed(Definition(type), members), actor=OPERATOR))


@details_type.command("list")
@in_app
def list_types() -> None:
    """List the types, one JSON object a line."""
    from idp.base.database import session
    from idp.details import service

    for row in session().scalars(service.search()):
        _tell(row)


@details_type.command("show")
@click.argument("type")
@in_app
def show_type(type: str) -> None:  # noqa: A002 - as the RFC calls it
    """Show a type; prints one JSON object."""
    _tell(_find(type))


@details_type.command("update")
@click.argument("type")
@_options
@in_app
def update_type(type: str, **members: Any) -> None:  # noqa: A002 - as the RFC calls it
    """Change what is named of a type; its name stays. Prints it as it is then."""
    from idp.details import definition, service

    row = _find(type)
    wanted = _changed(definition.of(row), members)
    if wanted == definition.of(row):
        fail("name at least one thing to change; --help lists them")
    _tell(service.change(row, wanted, actor=OPERATOR))


@details_type.command("delete")
@click.argument("type")
@click.option("--yes", is_flag=True, help="Nobody asks for anything of this type any more.")
@in_app
def delete_type(type: str, yes: bool) -> None:  # noqa: A002 - as the RFC calls it
    """Delete a type; says what that means, and without --yes stops there."""
    from idp.details import service

    row = _find(type)
    if not yes:
        fail("no app may ask for anything of this type any more; nothing was deleted: say --yes to delete it")
    service.remove(row, actor=OPERATOR)
    click.echo("The type is deleted.", err=True)


def _changed(present: "Definition", members: dict[str, Any]) -> "Definition":
    from dataclasses import replace

    named = {name: value for name, value in members.items() if value is not None}
    if "schema_file" in named:
        named["json_schema"] = _read(named.pop("schema_file"))
    return replace(present, **named)


def _read(file: IO[bytes]) -> dict[str, Any]:
    from idp.keys.parsing import read_object

    return read_object(file.read(100_000)) or fail("schema: the file holds no JSON object")


def _find(name: str) -> "AuthorizationDetailsType":
    from idp.details import service

    return service.find(name, for_change=True) or fail(explain(Refused(Reason.UNKNOWN, "type")))


def _tell(found: "AuthorizationDetailsType | list[Refused]") -> None:
    from idp.details import definition

    if isinstance(found, list):
        fail("; ".join(map(explain, found)))
    click.echo(json.dumps(definition.tell(definition.of(found))))
