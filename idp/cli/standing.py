"""`idp group` and `idp role`: groups, members, owners and roles, as on the administrators' pages. JSON; lists are an object a line."""

import json
from typing import TYPE_CHECKING, Any, NoReturn

import click

from idp.base.outcome import Reason, Refused
from idp.cli.frame import explain, fail, in_app

if TYPE_CHECKING:
    from datetime import datetime

    from idp.accounts.models import Account
    from idp.groups.models import Group
    from idp.roles.models import Role

ACTOR = "command line"
MOST = 10_000  # lines of a list


@click.group()
def group() -> None:
    """Groups of people."""


@group.command("create")
@click.argument("path")
@click.option("--description", default="")
@in_app
def create_group(path: str, description: str) -> None:
    """Make a group by its path, such as /eng/backend, and those above it that are not there; prints one JSON object."""
    from idp.groups import service

    made = service.create_path(path, description=description, actor=ACTOR)
    _tell_group(fail(explain(made)) if isinstance(made, Refused) else made)


@group.command("list")
@click.option("--search", "term", default="", help="Words of the path.")
@click.option("--members", "path", default=None, metavar="PATH", help="The members and owners of a group instead.")
@in_app
def list_groups(term: str, path: str | None) -> None:
    """List groups by path, or who belongs to one, one JSON object a line."""
    from idp.groups import lookup

    if path is not None:
        _list_members(_group(path))
        return
    for found in lookup.search(term, MOST).rows():
        _tell_group(found)


@group.command("add")
@click.argument("path")
@click.argument("person")
@click.option("--until", default="", metavar="DAY", help="The last day, such as 2027-01-31.")
@click.option("--owner", is_flag=True, help="As an owner, who says who the members are.")
@in_app
def add_to_group(path: str, person: str, until: str, owner: bool) -> None:
    """Put somebody into a group, by e-mail address or username; of a member the last day changes."""
    from idp.groups import members

    found, account, ends_at = _group(path), _person(person), _last_day(until)
    if owner and until:
        fail("until: an owner has no last day")
    refused = (
        members.add_owner(found, account, actor=ACTOR)
        if owner
        else members.add(found, account, ends_at=ends_at, actor=ACTOR)
    )
    if refused is not None:
        fail(explain(refused))
    click.echo(json.dumps({"group": found.path, "email": account.email, "owner": owner, "until": until or None}))


@group.command("remove")
@click.argument("path")
@click.argument("person")
@click.option("--owner", is_flag=True, help="As an owner; a membership stays.")
@in_app
def remove_from_group(path: str, person: str, owner: bool) -> None:
    """Take somebody out of a group."""
    from idp.groups import members

    found, account = _group(path), _person(person)
    if not (members.remove_owner if owner else members.remove)(found, account, actor=ACTOR):
        fail(f"{account.email} is no {'owner' if owner else 'member'} of {found.path}")
    click.echo("Removed.", err=True)


@group.command("delete")
@click.argument("path")
@click.option("--yes", is_flag=True, help="Also with groups below it, members, owners and clients that it opens.")
@in_app
def delete_group(path: str, yes: bool) -> None:
    """Delete a group with every group below it; says what hangs on it, and without --yes stops there."""
    from idp.groups import service

    found = _group(path)
    hanging = service.hanging_on(found)
    if hanging and not yes:
        fail(f"{_say(hanging)} hang on it; nothing was deleted: say --yes to delete them with it")
    service.remove(found, actor=ACTOR)
    click.echo("The group is deleted.", err=True)


@click.group()
def role() -> None:
    """Roles that applications are told of; no role administers this server."""


@role.command("create")
@click.argument("name")
@click.option("--client", "client_id", default=None, metavar="CLIENT_ID", help="A role of this client alone.")
@click.option("--description", default="")
@click.option("--default", "default", type=click.Choice(["nobody", "new", "everybody"]), default="nobody")
@in_app
def create_role(name: str, client_id: str | None, description: str, default: str) -> None:
    """Make a role; prints one JSON object."""
    from idp.roles import service

    made = service.create(
        name, client_id=client_id, description=description, default=service.Default(default), actor=ACTOR
    )
    _tell_role(fail(explain(made)) if isinstance(made, Refused) else made)


@role.command("list")
@click.option("--search", "term", default="", help="Words of the name.")
@click.option("--client", "client_id", default=None, metavar="CLIENT_ID")
@click.option("--person", default=None, help="The roles that somebody has, and why, instead.")
@in_app
def list_roles(term: str, client_id: str | None, person: str | None) -> None:
    """List roles by name, or those of somebody, one JSON object a line."""
    from idp.groups import ending
    from idp.roles import giving, service

    if person is not None:
        for found, why, ends_at in giving.roles_of(_person(person)):
            _tell_role(found, by=why, until=ending.tell(ends_at))
        return
    for found in service.search(term, MOST, client_id=client_id).rows():
        _tell_role(found)


@role.command("add")
@click.argument("name")
@click.argument("person", required=False)
@click.option("--group", "path", default=None, metavar="PATH", help="The members of a group.")
@click.option("--client", "client_id", default=None, metavar="CLIENT_ID", help="Of the role.")
@click.option("--until", default="", metavar="DAY", help="The last day, such as 2027-01-31.")
@in_app
def give_role(name: str, person: str | None, path: str | None, client_id: str | None, until: str) -> None:
    """Give a role to somebody, or to the members of a group."""
    from idp.roles import giving

    found, ends_at = _role(name, client_id), _last_day(until)
    whom = _one_of(person, path)
    refused = (
        giving.give_to_group(found, _group(whom), ends_at=ends_at, actor=ACTOR)
        if path is not None
        else giving.give(found, _person(whom), ends_at=ends_at, actor=ACTOR)
    )
    if refused is not None:
        fail(explain(refused))
    click.echo(json.dumps({"role": found.name, "client_id": found.client_id, "to": whom, "until": until or None}))


@role.command("remove")
@click.argument("name")
@click.argument("person", required=False)
@click.option("--group", "path", default=None, metavar="PATH", help="From the members of a group.")
@click.option("--client", "client_id", default=None, metavar="CLIENT_ID", help="Of the role.")
@in_app
def take_role(name: str, person: str | None, path: str | None, client_id: str | None) -> None:
    """Take a role from somebody, or from the members of a group."""
    from idp.roles import giving

    found, whom = _role(name, client_id), _one_of(person, path)
    taken = (
        giving.take_from_group(found, _group(whom), actor=ACTOR)
        if path is not None
        else giving.take(found, _person(whom), actor=ACTOR)
    )
    if not taken:
        fail(f"the role was not given to {whom} by name")
    click.echo("Taken.", err=True)


@role.command("delete")
@click.argument("name")
@click.option("--client", "client_id", default=None, metavar="CLIENT_ID", help="Of the role.")
@click.option("--yes", is_flag=True, help="Also where somebody has it.")
@in_app
def delete_role(name: str, client_id: str | None, yes: bool) -> None:
    """Delete a role; says who has it, and without --yes stops there."""
    from idp.roles import service

    found = _role(name, client_id)
    hanging = service.hanging_on(found)
    if hanging and not yes:
        fail(f"{_say(hanging)} have it; nothing was deleted: say --yes to take it from them")
    service.remove(found, actor=ACTOR)
    click.echo("The role is deleted.", err=True)


def _group(path: str) -> "Group":
    from idp.groups import lookup

    return lookup.find_by_path(path) or _unknown("group")


def _role(name: str, client_id: str | None) -> "Role":
    from idp.roles import service

    return service.find_by_name(name, client_id) or _unknown("role")


def _person(identifier: str) -> "Account":
    from idp.accounts import lookup

    return lookup.find_by_identifier(identifier) or _unknown("person")


def _unknown(member: str) -> NoReturn:
    fail(explain(Refused(Reason.UNKNOWN, member)))


def _last_day(text: str) -> "datetime | None":
    from idp.groups import ending

    ends_at = ending.read(text)
    return fail(explain(ends_at)) if isinstance(ends_at, Refused) else ends_at


def _one_of(person: str | None, path: str | None) -> str:
    if (person is None) == (path is None):
        fail("name a person or --group, not both")
    return person or path or ""


def _say(hanging: Any) -> str:
    return ", ".join(f"{count} {what}" for what, count in vars(hanging).items() if count)


def _list_members(found: "Group") -> None:
    from idp.base.database import session
    from idp.groups import ending, lookup

    rows = list(session().scalars(lookup.members(found.id).limit(MOST)))
    people = lookup.people([row.account_id for row in rows])
    owners = lookup.owners(found.id)
    for row in rows:
        account = people[row.account_id]
        told = {"sub": account.sub, "email": account.email, "owner": account in owners}
        click.echo(json.dumps(told | {"member": True, "until": ending.tell(row.ends_at)}))
    for account in owners:
        if account.id not in people:
            told = {"sub": account.sub, "email": account.email, "owner": True}
            click.echo(json.dumps(told | {"member": False, "until": None}))


def _tell_group(found: "Group") -> None:
    told = {"id": found.id, "path": found.path, "name": found.name, "description": found.description}
    click.echo(json.dumps(told | {"parent_id": found.parent_id}))


def _tell_role(found: "Role", **more: Any) -> None:
    from idp.roles import service

    told = {"id": found.id, "name": found.name, "client_id": found.client_id, "description": found.description}
    click.echo(json.dumps(told | {"default": service.default_of(found).value} | more))
