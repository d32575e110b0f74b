"""`idp admin` and `idp break-glass`: who administers, by which role and until when, and an owner's way back."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Reason, Refused
from idp.cli.frame import explain, fail, in_app

if TYPE_CHECKING:
    from idp.accounts.authority.limited import Limit
    from idp.accounts.models import Account, AdministratorRole, GroupAdministrator


@click.group("admin")
def admin() -> None:
    """Administrators and their roles."""


@admin.command("grant")
@click.option("--email", required=True)
@click.option("--role", required=True, help="owner, people, clients, help-desk or reader.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), default=None, help="The last day, by UTC; without it none.")
@click.option("--group", default=None, help="The path of a group: help-desk or people, for its people alone.")
@in_app
def grant(email: str, role: str, until: datetime | None, group: str | None) -> None:
    """Give a role, or another end to one that is had; prints it as one JSON object."""
    from idp.accounts.authority import granting, holding, limited

    account, day = take(email), until.date() if until is not None else None
    limit = _find_limit(group) if group is not None else None
    row: AdministratorRole | GroupAdministrator | None
    if limit is None:
        refused = granting.grant(account, role, actor=None, until=day)
        row = holding.find(account, role)
    else:
        refused = limited.grant(account, role, limit, actor=None, until=day)
        row = limited.find(account, role, limit.group_id)
    if refused is not None:
        fail(explain(refused))
    if row is not None:
        click.echo(json.dumps(_describe(account, row, limit.path if limit is not None else None)))


@click.command("break-glass")
@click.option("--email", required=True)
@in_app
def break_glass(email: str) -> None:
    """Print a one-use link by which an owner who has lost every second factor gets back in; every owner is told."""
    from idp.factors import break_glass as ways

    link = ways.start(email)
    if isinstance(link, Refused):
        fail(explain(link))
    click.echo(link)


@admin.command("list")
@in_app
def list_administrators() -> None:
    """List who has which role, one JSON object a line."""
    from sqlalchemy import select

    from idp.accounts.authority import holding, limited
    from idp.accounts.models import Account
    from idp.base.database import session
    from idp.groups import reach

    of_groups = list(session().scalars(limited.listing()))
    paths = reach.paths({row.group_id for row in of_groups})
    rows = [(row, None) for row in session().scalars(holding.listing())] + [
        (row, paths[row.group_id]) for row in of_groups
    ]
    found = session().scalars(select(Account).where(Account.id.in_({row.account_id for row, _path in rows})))
    people = {account.id: account for account in found}
    for row, path in rows:
        click.echo(json.dumps(_describe(people[row.account_id], row, path)))


@admin.command("withdraw")
@click.option("--email", required=True)
@click.option("--role", required=True)
@click.option("--group", default=None, help="The path of the group to whose people the role is limited.")
@in_app
def withdraw(email: str, role: str, group: str | None) -> None:
    """Take a role away, but never the last owner's; one that somebody has not stays so."""
    from idp.accounts.authority import granting, limited

    account = take(email)
    if group is None:
        refused = granting.withdraw(account, role, actor=None)
    else:
        refused = limited.withdraw(account, role, _find_limit(group), actor=None)
    if refused is not None:
        fail(explain(refused))
    click.echo("The role is withdrawn.", err=True)


def take(email: str) -> "Account":
    """Return somebody's account, held until the commit; end with a message where there is none."""
    from idp.accounts import lookup, taking
    from idp.accounts.taking import Authority

    found = lookup.find_by_identifier(email) if "@" in email else None
    taken = taking.take(Authority(found.id), is_closed_too=True) if found is not None else None
    if taken is None or isinstance(taken, Refused):
        fail(explain(Refused(Reason.UNKNOWN, "email")))
    return taken


def _find_limit(path: str) -> "Limit":
    """Return the group of a path, as roles are limited to it; end with a message where there is none."""
    from idp.accounts.authority.limited import Limit
    from idp.groups import lookup

    group = lookup.find_by_path(path)
    if group is None:
        fail(explain(Refused(Reason.UNKNOWN, "group")))
    return Limit(group.id, group.path)


def _describe(
    account: "Account", row: "AdministratorRole | GroupAdministrator", group: str | None = None
) -> dict[str, Any]:
    from idp.accounts.authority import holding

    day = holding.last_day(row)
    return {
        "email": account.email,
        "sub": account.sub,
        "role": row.role,
        "group": group,
        "until": day.isoformat() if day is not None else None,
        "given_by": row.given_by,
        "given_at": row.given_at.isoformat(timespec="seconds"),
        "is_in_force": account.is_administrator,
    }
