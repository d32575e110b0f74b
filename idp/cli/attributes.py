"""`idp attribute`: what administrators want to know of people, as at /admin/attributes. It prints JSON; lists are an object a line."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Reason, Refused
from idp.cli.frame import OPERATOR, explain, fail, in_app

if TYPE_CHECKING:
    from idp.attributes.definition import Definition
    from idp.attributes.models import Attribute

OPTIONS = (
    click.option("--label", default=None, help="What people read; the name, unless said otherwise."),
    click.option("--about", default=None, help="What people are told beside the field."),
    click.option(
        "--choice", "choices", multiple=True, help="Of kind choice: one of them, in their order; may be repeated."
    ),
    click.option(
        "--minimum", default=None, help="The smallest number, first day or fewest characters; empty for none."
    ),
    click.option("--maximum", default=None, help="The largest number, last day or most characters; empty for none."),
    click.option("--required/--not-required", default=None, help="Whoever edits it is asked for it."),
    click.option("--seen-by", type=click.Choice(["person", "administrators"]), default=None),
    click.option("--edited-by", type=click.Choice(["person", "administrators"]), default=None),
    click.option("--at-sign-up/--not-at-sign-up", default=None, help="Whoever signs up is asked for it."),
    click.option("--position", type=int, default=None, help="Among the fields, the smallest first."),
)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group()
def attribute() -> None:
    """Custom attributes of people, and which standard fields are required."""


@attribute.command("create")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(["text", "number", "choice", "date", "standard"]),
    default="text",
    help="What may stand in it; standard says that NAME is a field of the profile.",
)
@_options
@in_app
def create_attribute(name: str, kind: str, **members: Any) -> None:
    """Define an attribute; prints one JSON object."""
    from idp.attributes import service
    from idp.attributes.definition import Definition

    made = service.create(_changed(Definition(name, kind), members), actor=OPERATOR)
    _tell(made)


@attribute.command("list")
@in_app
def list_attributes() -> None:
    """List the attributes in their order, one JSON object a line."""
    from idp.attributes import service
    from idp.base.database import session

    for row in session().scalars(service.search()):
        _tell(row)


@attribute.command("show")
@click.argument("name")
@in_app
def show_attribute(name: str) -> None:
    """Show an attribute; prints one JSON object."""
    _tell(_find(name))


@attribute.command("update")
@click.argument("name")
@_options
@in_app
def update_attribute(name: str, **members: Any) -> None:
    """Change what is named of an attribute; name and kind stay. Choices are given anew, all of them. Prints it as it is then."""
    from idp.attributes import definition, service

    row = _find(name)
    wanted = _changed(definition.of(row), members)
    if wanted == definition.of(row):
        fail("name at least one thing to change; --help lists them")
    _tell(service.change(row, wanted, actor=OPERATOR))


@attribute.command("delete")
@click.argument("name")
@click.option("--yes", is_flag=True, help="What people have in it is lost.")
@in_app
def delete_attribute(name: str, yes: bool) -> None:
    """Delete an attribute with what people have in it; says so, and without --yes stops there."""
    from idp.accounts import attribute_values
    from idp.attributes import definition

    row = _find(name)
    if definition.of(row).is_custom and not yes:
        fail("what people have in it is lost; nothing was deleted: say --yes to delete it")
    attribute_values.remove(row, actor=OPERATOR)
    click.echo("The attribute is deleted.", err=True)


def _changed(present: "Definition", members: dict[str, Any]) -> "Definition":
    from dataclasses import replace

    named = {name: value for name, value in members.items() if value is not None and value != ()}
    return replace(present, **named)


def _find(name: str) -> "Attribute":
    from idp.attributes import service

    return service.find(name, for_change=True) or fail(explain(Refused(Reason.UNKNOWN, "name")))


def _tell(found: "Attribute | list[Refused]") -> None:
    from idp.attributes import definition

    if isinstance(found, list):
        fail("; ".join(map(explain, found)))
    click.echo(json.dumps(definition.tell(definition.of(found))))
