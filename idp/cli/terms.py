"""`idp terms`: the terms of service that people accept, as at /admin/terms. It prints JSON; lists are an object a line."""

import json
from typing import IO, TYPE_CHECKING

import click

from idp.cli.frame import OPERATOR, explain, fail, in_app, instant, read_text

if TYPE_CHECKING:
    from idp.terms.models import TermsVersion


@click.group()
def terms() -> None:
    """Terms of service in versions."""


@terms.command("publish")
@click.option("--name", required=True, help="What people and the records call the version, such as 2027-01.")
@click.option("--file", "file", type=click.File("rb"), required=True, help="The text; - for standard input.")
@click.option("--summary", default="", help="What has changed.")
@in_app
def publish_terms(name: str, file: IO[bytes], summary: str) -> None:
    """Put a new version in force, which everybody has to accept; prints it as one JSON object."""
    from idp import policies
    from idp.terms import service

    made = service.publish(name, read_text(file), summary, actor=OPERATOR)
    if isinstance(made, list):
        fail("; ".join(map(explain, made)))
    click.echo(json.dumps(_describe(made, policies.get(service.RULE))))


@terms.command("list")
@in_app
def list_terms() -> None:
    """List the versions, the newest first, one JSON object a line."""
    from idp import policies
    from idp.base.database import session
    from idp.terms import service

    present = policies.get(service.RULE)
    for version in session().scalars(service.listing()):
        click.echo(json.dumps(_describe(version, present)))


@terms.command("end")
@in_app
def end_terms() -> None:
    """Let there be no terms from now on; what was accepted stays recorded."""
    from idp.terms import service

    if not service.end(actor=OPERATOR):
        fail("there are no terms in force")
    click.echo("The terms are ended.", err=True)


def _describe(version: "TermsVersion", present: int) -> dict[str, object]:
    return {
        "number": version.id,
        "name": version.name,
        "summary": version.summary,
        "published_at": instant(version.published_at),
        "published_by": version.published_by,
        "is_in_force": version.id == present,
    }
