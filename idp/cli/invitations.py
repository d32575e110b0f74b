"""`idp invitation`: people who are invited by mail, as at /admin/invitations. JSON; lists are an object a line."""

import json
from typing import IO, TYPE_CHECKING, NoReturn

import click

from idp.base.outcome import Reason, Refused
from idp.cli.frame import OPERATOR, explain, fail, in_app, read_text

if TYPE_CHECKING:
    from idp.accounts.models import Account
    from idp.groups.models import Group
    from idp.invitations.models import Invitation

MOST = 10_000  # lines of a list, and addresses of a file


@click.group()
def invitation() -> None:
    """Invitations by mail. WHICH is the number of one, or the address of an open one."""


@invitation.command("create")
@click.argument("addresses", nargs=-1)
@click.option("--file", "file", type=click.File("rb"), default=None, help="A list, or CSV; - for standard input.")
@click.option(
    "--group", "paths", multiple=True, metavar="PATH", help="Whoever comes becomes a member; may be repeated."
)
@click.option("--days", type=click.IntRange(1, 365), default=7, help="For how many days the link works.")
@in_app
def create_invitations(addresses: tuple[str, ...], file: IO[bytes] | None, paths: tuple[str, ...], days: int) -> None:
    """Invite people; prints one JSON object an address with its `outcome`: sent, given, held back or withheld."""
    from idp.invitations import lookup, reading, service

    text = "\n".join([*([read_text(file)] if file is not None else []), *addresses])
    found = reading.read(text, MOST)
    if found.problems:
        fail("nobody was invited\n" + "\n".join(found.problems))
    closed = service.refuse()
    if closed is not None:
        fail(explain(closed))
    letter = service.Letter([_group(path) for path in paths], days, OPERATOR)
    sent = service.invite(found.addresses, letter, take=_take, limited=False)
    for outcome, emails in sent.by_outcome.items():
        for email in emails:
            made = lookup.find_newest(email)
            number = made.id if made is not None and outcome is not service.Outcome.WITHHELD else None
            click.echo(json.dumps({"id": number, "email": email, "outcome": outcome.value}))


@invitation.command("list")
@click.option("--search", "term", default="", metavar="TEXT", help="Those whose address begins with it.")
@click.option("--state", type=click.Choice(["waiting", "came", "revoked"]), default=None)
@in_app
def list_invitations(term: str, state: str | None) -> None:
    """List invitations, the newest first, and who came by them, one JSON object a line."""
    from idp.base.database import session
    from idp.groups import lookup as groups
    from idp.invitations import lookup

    rows = list(session().scalars(lookup.search(term, state or "").limit(MOST)))
    people = groups.people([row.account_id for row in rows if row.account_id is not None])
    paths = lookup.groups_of([row.id for row in rows])
    for row in rows:
        who = people.get(row.account_id) if row.account_id is not None else None
        told = _describe(row) | {"groups": [group.path for group in paths[row.id]]}
        click.echo(json.dumps(told | {"sub": who.sub if who is not None else None, "had_account": row.had_account}))


@invitation.command("resend")
@click.argument("which")
@click.option("--days", type=click.IntRange(1, 365), default=None, help="For how many days the new link works.")
@in_app
def resend_invitation(which: str, days: int | None) -> None:
    """Send the message again with a new link; the earlier one is void. Prints one JSON object."""
    from idp.invitations import service

    found = _find(which)
    outcome = service.resend(found, actor=OPERATOR, days=days, limited=False)
    if isinstance(outcome, Refused):
        fail("the invitation is over" if outcome.reason is Reason.UNKNOWN else explain(outcome))
    click.echo(json.dumps(_describe(found) | {"outcome": outcome.value}))


@invitation.command("revoke")
@click.argument("which")
@in_app
def revoke_invitation(which: str) -> None:
    """End an invitation, so that its link opens nothing. Prints one JSON object."""
    from idp.invitations import service

    found = _find(which)
    if not service.revoke(found, actor=OPERATOR):
        fail("the invitation is over already")
    click.echo(json.dumps(_describe(found)))


def _find(which: str) -> "Invitation":
    from idp.accounts import identity
    from idp.invitations import lookup

    if which.isascii() and which.isdigit() and len(which) < 12:
        return lookup.find(int(which), for_change=True) or _unknown("invitation")
    email = identity.read_email(which)
    if isinstance(email, Refused):
        fail(explain(email))
    return lookup.find_open(email, for_change=True) or _unknown("invitation")


def _group(path: str) -> "Group":
    from idp.groups import lookup

    return lookup.find_by_path(path) or _unknown("group")


def _take(account_id: int) -> "Account | Refused":
    from idp.accounts import taking
    from idp.accounts.taking import Authority

    return taking.take(Authority(account_id), is_closed_too=True)


def _unknown(member: str) -> NoReturn:
    fail(explain(Refused(Reason.UNKNOWN, member)))


def _describe(found: "Invitation") -> dict[str, object]:
    from idp.invitations.describing import describe

    return describe(found)
