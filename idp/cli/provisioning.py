"""`idp provisioning`: the applications that people and groups are brought to by SCIM. JSON; lists are an object a line."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Refused
from idp.cli.frame import explain, fail, in_app, instant

if TYPE_CHECKING:
    from idp.pushing.models import ScimTarget

ACTOR = "command line"


@click.group()
def provisioning() -> None:
    """Applications that people and groups are brought to by SCIM."""


@provisioning.command("set")
@click.argument("client_id")
@click.option("--base-url", required=True, help="Such as https://app.example/scim/v2.")
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input; else the present one stays.")
@click.option("--group", "path", default=None, metavar="PATH", help="The members of this group alone.")
@click.option("--push-groups", is_flag=True, help="Bring groups, too.")
@in_app
def set_target(client_id: str, base_url: str, token_stdin: bool, path: str | None, push_groups: bool) -> None:
    """Say where a client takes people, and whom: everybody whom it lets in, or a group's; prints one JSON object."""
    from idp.clients import service as clients
    from idp.groups import lookup
    from idp.pushing import targets
    from idp.pushing.targets import Wanted

    if clients.get(client_id, for_change=True) is None:
        fail(f"there is no client {client_id}")
    group = lookup.find_by_path(path) if path is not None else None
    if path is not None and group is None:
        fail(f"there is no group {path}")
    token = sys.stdin.read().strip() if token_stdin else None
    wanted = Wanted(base_url, token, group, push_groups, is_for_group=group is not None)
    done = targets.put(client_id, wanted, actor=ACTOR)
    if isinstance(done, Refused):
        fail(explain(done))
    click.echo(json.dumps(_describe(done)))


@provisioning.command("list")
@in_app
def list_targets() -> None:
    """Print the targets, one JSON object a line, with how far each is."""
    from idp.base.database import session
    from idp.pushing import targets

    for row in session().scalars(targets.every()):
        click.echo(json.dumps(_describe(row)))


@provisioning.command("show")
@click.argument("client_id")
@in_app
def show_target(client_id: str) -> None:
    """Print one target as a JSON object, then one object a line for each person who was not taken."""
    from idp.accounts import lookup
    from idp.base.database import session
    from idp.pushing import targets

    row = _find(client_id)
    click.echo(json.dumps(_describe(row)))
    for failed in session().scalars(targets.failures(row).limit(1000)):
        account = lookup.find(failed.account_id)
        told = {"email": account.email if account else None, "tries": failed.failures, "error": failed.last_error}
        click.echo(json.dumps(told))


@provisioning.command("test")
@click.argument("client_id")
@in_app
def test_target(client_id: str) -> None:
    """Ask the application for one person at once; fails where it does not answer as it should."""
    from idp.pushing import targets

    wrong = targets.test(_find(client_id), actor=ACTOR)
    if wrong is not None:
        fail(f"it does not work: {wrong}")
    click.echo("The application answers, and takes the token.", err=True)


@provisioning.command("push")
@click.argument("client_id")
@in_app
def push_again(client_id: str) -> None:
    """Look at everybody anew, and bring whoever failed or is not as the application was told."""
    from idp.pushing import targets

    targets.push_again(_find(client_id), actor=ACTOR)
    click.echo("Everybody is looked at now.", err=True)


@provisioning.command("pause")
@click.argument("client_id")
@in_app
def pause_target(client_id: str) -> None:
    """Bring nobody until it goes on."""
    from idp.pushing import targets

    targets.pause(_find(client_id), actor=ACTOR)
    click.echo("Nobody is brought there.", err=True)


@provisioning.command("resume")
@click.argument("client_id")
@in_app
def resume_target(client_id: str) -> None:
    """Go on at once, also where it waits after failures."""
    from idp.pushing import targets

    targets.resume(_find(client_id), actor=ACTOR)
    click.echo("It goes on.", err=True)


@provisioning.command("delete")
@click.argument("client_id")
@in_app
def delete_target(client_id: str) -> None:
    """Bring nobody there any more; what the application has stays with it."""
    from idp.pushing import targets

    targets.remove(_find(client_id), actor=ACTOR)
    click.echo("The target is deleted.", err=True)


def _find(client_id: str) -> "ScimTarget":
    from idp.pushing import targets

    return targets.get(client_id, for_change=True) or fail(f"the client {client_id} has no target")


def _describe(row: "ScimTarget") -> dict[str, Any]:
    from dataclasses import asdict

    from idp.pushing import targets

    instants = {"paused_at": row.paused_at, "delivered_at": row.delivered_at, "scanned_at": row.scanned_at}
    told = {name: instant(at) for name, at in instants.items()}
    about = {"client_id": row.client_id, **targets.tell(row), "progress": asdict(targets.progress(row))}
    return about | {"failures": row.failures, "last_error": row.last_error} | told
