"""`idp user`: people, as the administrators' pages find, show, change and end them."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Reason, Refused
from idp.cli.frame import OPERATOR, explain, fail, in_app, in_core, listing

if TYPE_CHECKING:
    from idp.accounts.models import Account


@click.group()
def user() -> None:
    """People. WHO is an e-mail address, a username or a `sub`."""


@user.command("create")
@click.option("--email", required=True)
@click.option("--username", default=None)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--verified", is_flag=True, help="The address counts as proved.")
@click.option("--claim", "claims", multiple=True, metavar="NAME=VALUE", help="A standard claim, such as birthdate.")
@click.option("--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="A custom attribute.")
@in_core
def create_user(
    email: str,
    username: str | None,
    password_stdin: bool,
    verified: bool,
    claims: tuple[str, ...],
    attributes: tuple[str, ...],
) -> None:
    """Add an account; prints one JSON object with `id` and `sub`."""
    from idp.accounts import attribute_values, service

    password = _read_password() if password_stdin else None
    account = service.add(email, username=username, password=password, verified=verified, claims=_read_claims(claims))
    if isinstance(account, Refused):
        fail(explain(account))
    refusals = attribute_values.change(account, _read_claims(attributes), actor=OPERATOR)
    if refusals:
        fail("; ".join(map(explain, refusals)))
    click.echo(json.dumps({"id": account.id, "sub": account.sub, "email": account.email, "username": account.username}))


@user.command("list")
@click.option("--search", "term", default="", metavar="WORDS", help="Those with these words in names, address or sub.")
@in_app
def list_users(term: str) -> None:
    """List the accounts in the order of their making; prints one JSON object a line."""
    from idp.accounts import lookup
    from idp.accounts.models import Account

    for account in listing(Account, Account.id, lookup.search, term):
        click.echo(json.dumps(_describe(account)))


@user.command("show")
@click.argument("who")
@in_app
def show_user(who: str) -> None:
    """Show an account; prints one JSON object."""
    click.echo(json.dumps(_describe(find_account(who))))


@user.command("update")
@click.argument("who")
@click.option("--email", default=None, help="Counts as not proved, unless --verified says so.")
@click.option("--username", default=None, help="Another; an empty one takes it away.")
@click.option("--password-stdin", is_flag=True, help="Read a new password from standard input; all sessions end.")
@click.option("--verified/--unverified", default=None, help="Whether the address counts as proved.")
@click.option("--claim", "claims", multiple=True, metavar="NAME=VALUE", help="Empty takes the claim away.")
@click.option(
    "--attribute", "attributes", multiple=True, metavar="NAME=VALUE", help="A custom attribute; empty takes it away."
)
@in_app
def update_user(
    who: str,
    email: str | None,
    username: str | None,
    password_stdin: bool,
    verified: bool | None,
    claims: tuple[str, ...],
    attributes: tuple[str, ...],
) -> None:
    """Change what is named of an account, all of it or nothing; prints it as it is then. The person is told by mail."""
    from idp.accounts import amending

    password = _read_password() if password_stdin else None
    told = {"claims": _read_claims(claims), "attributes": _read_claims(attributes)}
    wanted = amending.Amendment(email, verified, username, password, **told)
    if wanted == amending.Amendment():
        fail("name at least one thing to change; --help lists them")
    amended = amending.amend(find_account(who), wanted, actor=OPERATOR)
    if isinstance(amended, Refused):
        fail(explain(amended))
    click.echo(json.dumps(_describe(amended)))


@user.command("disable")
@click.argument("who")
@in_app
def disable_user(who: str) -> None:
    """Disable an account: its sessions and tokens end, and nobody signs in to it."""
    _set_disabled(who, True)


@user.command("enable")
@click.argument("who")
@in_app
def enable_user(who: str) -> None:
    """Enable an account again; one that its owner closed is kept."""
    _set_disabled(who, False)


@user.command("delete")
@click.argument("who")
@in_app
def delete_user(who: str) -> None:
    """Erase an account and all that belongs to it, at once and for good; prints it as it was."""
    from idp.accounts import erasure

    account = _take(who)
    told = _describe(account)
    refused = erasure.erase(account, actor=OPERATOR)
    if refused is not None:
        fail(explain(refused))
    click.echo(json.dumps(told))


@user.command("reset-factors")
@click.option("--email", required=True)
@in_app
def reset_factors(email: str) -> None:
    """Remove every second factor of somebody who has lost them all."""
    from idp.accounts import lookup
    from idp.factors import service

    account = lookup.find_by_identifier(email) if "@" in email else None
    if account is None:
        fail(explain(Refused(Reason.UNKNOWN, "email")))
    service.reset(account, actor=OPERATOR)
    click.echo("Every second factor is removed; the password stays.", err=True)


@user.command("release-username")
@click.option("--username", required=True)
@in_app
def release_username(username: str) -> None:
    """Free a username that somebody left, before its year is over."""
    from idp.accounts import names

    if not names.release(username, actor=OPERATOR):
        fail("this username is not held")
    click.echo(
        "The username is free. Applications that know people by username may take its next owner for the former.",
        err=True,
    )


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _read_claims(claims: tuple[str, ...]) -> dict[str, str]:
    return dict(claim.partition("=")[::2] for claim in claims)


def find_account(who: str) -> "Account":
    """Return an account by address, username or `sub`; end with a message where there is none."""
    from idp.accounts import lookup

    found = lookup.find_by_sub(who) or lookup.find_by_identifier(who)
    return found or fail(explain(Refused(Reason.UNKNOWN, "who")))


def _take(who: str) -> "Account":
    """Return an account to act on, closed or not, held until the commit."""
    from idp.accounts import taking

    taken = taking.take(taking.Authority(find_account(who).id), is_closed_too=True)
    return fail(explain(Refused(Reason.UNKNOWN, "who"))) if isinstance(taken, Refused) else taken


def _set_disabled(who: str, disabled: bool) -> None:
    from idp.accounts import service

    account = _take(who)
    refused = service.set_disabled(account, disabled, actor=OPERATOR)
    if refused is not None:
        fail(explain(refused))
    click.echo(json.dumps(_describe(account)))


def _describe(account: "Account") -> dict[str, Any]:
    from idp.accounts.describing import describe

    return describe(account)
