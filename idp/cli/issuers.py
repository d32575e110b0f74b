"""`idp issuer`: the issuers whose tokens count here, as at /admin/issuers. It prints JSON; lists are an object a line."""

import json
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

import click

from idp.base.outcome import Reason, Refused
from idp.cli.frame import OPERATOR, explain, fail, in_app

if TYPE_CHECKING:
    from idp.issuers.definition import Definition
    from idp.issuers.models import TrustedIssuer

OPTIONS = (
    click.option("--name", "issuer_name", default=None, help="What administrators read; the host, unless said otherwise."),
    click.option("--jwks-uri", default=None, help="Where its public keys are; else its metadata say where. Empty: none."),
    click.option("--jwks-file", type=click.File("rb"), default=None, help="Its public keys: a JWK set. Of no use with --jwks-uri."),
    click.option("--audience", "audiences", multiple=True, help="What aud may have beside this server; may be repeated."),
    click.option(
        "--workload",
        "workloads",
        multiple=True,
        help="“orders system:serviceaccount:shop:orders”: the client, and the sub of its tokens; may be repeated.",
    ),
    click.option(
        "--take-as",
        "grant_profiles",
        type=click.Choice(["jwt", "id-jag"]),
        multiple=True,
        help="What its tokens about people are taken as; may be repeated.",
    ),
    click.option("--client", "clients", multiple=True, help="A client that may show them; may be repeated."),
    click.option("--scope", default=None, help="The scopes that they bring at most, with spaces between."),
    click.option("--account-claim", default=None, help="The claim that names the person; sub, unless said otherwise."),
    click.option(
        "--account-member",
        type=click.Choice(["identity", "sub", "email", "username"]),
        default=None,
        help="What of an account it says; identity, unless said otherwise.",
    ),
    click.option("--provider", default=None, help="Of identity: the key of the sign-in provider."),
    click.option("--email-domain", "email_domains", multiple=True, help="About whose addresses it speaks; may be repeated."),
)  # fmt: skip


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group()
def issuer() -> None:
    """Other servers whose tokens count here (RFC 7523)."""


@issuer.command("create")
@click.argument("issuer")
@_options
@in_app
def create_issuer(issuer: str, **members: Any) -> None:
    """Trust an issuer, named as in the iss of its tokens; prints one JSON object."""
    from idp.issuers import service
    from idp.issuers.definition import Definition

    _tell(service.create(_changed(Definition(issuer), members), actor=OPERATOR))


@issuer.command("list")
@in_app
def list_issuers() -> None:
    """List the issuers, one JSON object a line."""
    from idp.base.database import session
    from idp.issuers import service

    for row in session().scalars(service.search()):
        _tell(row)


@issuer.command("show")
@click.argument("issuer")
@in_app
def show_issuer(issuer: str) -> None:
    """Show an issuer; prints one JSON object."""
    _tell(_find(issuer))


@issuer.command("update")
@click.argument("issuer")
@_options
@in_app
def update_issuer(issuer: str, **members: Any) -> None:
    """Change what is named of an issuer, which itself stays. Lists are given anew, all of them; an empty text empties one."""
    from idp.issuers import definition, service

    row = _find(issuer)
    wanted = _changed(definition.of(row), members)
    if wanted == definition.of(row):
        fail("name at least one thing to change; --help lists them")
    _tell(service.change(row, wanted, actor=OPERATOR))


@issuer.command("delete")
@click.argument("issuer")
@click.option("--yes", is_flag=True, help="None of its tokens is taken any more.")
@in_app
def delete_issuer(issuer: str, yes: bool) -> None:
    """Trust an issuer no more; says what that means, and without --yes stops there."""
    from idp.issuers import service

    row = _find(issuer)
    if not yes:
        fail("none of its tokens is taken any more; nothing was deleted: say --yes to delete it")
    service.remove(row, actor=OPERATOR)
    click.echo("The issuer is deleted.", err=True)


def _changed(present: "Definition", members: dict[str, Any]) -> "Definition":
    """Return a definition with what was named; new keys take the place of those that were there, wherever these are."""
    from dataclasses import replace

    from idp.issuers.definition import read_line

    file = members.pop("jwks_file")
    named = {name: value for name, value in members.items() if value is not None and value != ()}
    named |= {name: tuple(filter(None, value)) for name, value in named.items() if isinstance(value, tuple)}
    if "workloads" in named:
        named["workloads"] = tuple(map(read_line, named["workloads"]))
    if file is not None:
        named = {"jwks_uri": None} | named | {"jwks": _read(file)}
    elif "jwks_uri" in named:
        named["jwks"] = None
    return replace(present, **named)


def _read(file: IO[bytes]) -> dict[str, Any]:
    from idp.keys.parsing import read_object

    return read_object(file.read(100_000)) or fail("jwks: the file holds no JWK set")


def _find(identifier: str) -> "TrustedIssuer":
    from idp.issuers import service

    return service.find(identifier, for_change=True) or fail(explain(Refused(Reason.UNKNOWN, "issuer")))


def _tell(found: "TrustedIssuer | list[Refused]") -> None:
    from idp.issuers import definition

    if isinstance(found, list):
        fail("; ".join(map(explain, found)))
    click.echo(json.dumps(definition.tell(definition.of(found))))
