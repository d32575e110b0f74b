"""`idp sign-up`: who may get an account by themselves, as at /admin/sign-up. It prints the policy as one JSON object."""

import json

import click

from idp.cli.frame import OPERATOR, explain, fail, in_app


@click.group("sign-up")
def sign_up() -> None:
    """Who may get an account by themselves."""


@sign_up.command("show")
@in_app
def show_policy() -> None:
    """Print the policy in force as one JSON object."""
    from idp.accounts.admission import service
    from idp.accounts.admission.rules import write

    click.echo(json.dumps(write(service.get())))


@sign_up.command("set")
@click.option("--mode", type=click.Choice(["open", "domains", "invitation", "closed"]), default=None)
@click.option(
    "--allow", multiple=True, metavar="DOMAIN", help="An allowed domain, or *.DOMAIN for those below; '' for none."
)
@click.option("--deny", multiple=True, metavar="DOMAIN", help="A denied domain, in the same way.")
@click.option("--refuse-disposable/--take-disposable", default=None, help="Addresses that are made to be thrown away.")
@in_app
def set_policy(mode: str | None, allow: tuple[str, ...], deny: tuple[str, ...], refuse_disposable: bool | None) -> None:
    """Change what is named and nothing else; a list takes the place of the one before. Prints the policy as one JSON object."""
    from idp import policies
    from idp.accounts.admission import domains, service
    from idp.accounts.admission.rules import RULE, read, write

    wanted = write(policies.hold(RULE))
    if mode is not None:
        wanted["mode"] = mode
    for member, given in (("allow", allow), ("deny", deny)):
        if given:
            wanted[member] = domains.read(" ".join(given))
    if refuse_disposable is not None:
        wanted["refuse_disposable"] = refuse_disposable
    refusals = service.put(read(wanted), actor=OPERATOR)
    if refusals:
        fail("; ".join(map(explain, refusals)))
    click.echo(json.dumps(write(service.get())))
