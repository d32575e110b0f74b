"""`idp provider`: the upstream providers that administrators set up. One JSON object a provider; a secret is read and never printed."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Refused
from idp.cli.frame import explain, fail, in_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.federation.models import UpstreamProvider

ACTOR = "command line"


@click.group()
def provider() -> None:
    """Upstream providers, by which people sign in here."""


def _options(command: "Callable[..., Any]") -> "Callable[..., Any]":
    """Add the options of a provider's members, which are called after them."""
    options = (
        click.option("--display-name", default=None, help="What people see on the button."),
        click.option("--kind", default=None, help="openid, with an issuer; or oauth2, with endpoints."),
        click.option("--issuer", default=None),
        click.option("--authorization-endpoint", default=None),
        click.option("--token-endpoint", default=None),
        click.option("--userinfo-endpoint", default=None),
        click.option("--emails-endpoint", default=None, help="A list of addresses, as GitHub has it."),
        click.option("--client-id", default=None),
        click.option("--client-secret-stdin", is_flag=True, help="Read the secret from standard input."),
        click.option("--auth-method", "token_endpoint_auth_method", default=None, help="At the token endpoint."),
        click.option("--scope", default=None),
        click.option("--pkce/--no-pkce", "use_pkce", default=None),
        click.option(
            "--claim", "claims", multiple=True, metavar="FIELD=CLAIM", help="Where a field stands; empty: nowhere."
        ),
        click.option(
            "--group-mapping", multiple=True, metavar="NAME=PATH", help="What it calls a group, and which that is here."
        ),
        click.option("--no-group-mapping", is_flag=True, help="Nobody comes into a group by it."),
        click.option("--trust-email/--no-trust-email", default=None, help="Believe that an address is verified."),
        click.option("--who-may-link", default=None, help="anybody, existing or domains."),
        click.option("--link-domain", "link_domains", multiple=True),
        click.option("--create-accounts/--no-create-accounts", default=None),
        click.option(
            "--only-domain", "only_domains", multiple=True, help="Its people sign in through this provider alone."
        ),
        click.option("--no-only-domains", is_flag=True, help="Nobody signs in through this provider alone."),
        click.option("--icon", default=None, help="The name of a built-in icon; empty: none."),
        click.option("--icon-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="SVG or PNG."),
        click.option("--position", type=int, default=None, help="Among the buttons, the smallest first."),
        click.option("--accept-lockout", is_flag=True, help="Although administrators have no other way in."),
        click.option("--accept-other-people", is_flag=True, help="Although linked identities may be somebody else's."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@provider.command("create")
@click.argument("key")
@_options
@click.option("--disabled", is_flag=True, help="Show no button yet.")
@in_app
def create_provider(key: str, disabled: bool, **options: Any) -> None:
    """Set a provider up under a key, which stands in addresses; prints one JSON object."""
    from idp.cli import provider_options
    from idp.federation import catalogue

    definition = provider_options.read_new(key, options)
    extras = provider_options.read_extras(options, read_secret=_read_secret)
    made = catalogue.create(_good(definition), _good(extras), actor=ACTOR)
    row = _good(made)
    if disabled:
        catalogue.set_disabled(row, True, actor=ACTOR)
    _print(row)


@provider.command("update")
@click.argument("key")
@_options
@in_app
def update_provider(key: str, **options: Any) -> None:
    """Change what is given, and leave the rest; prints one JSON object."""
    from idp.cli import provider_options
    from idp.federation import catalogue

    row = _find(key)
    definition = provider_options.read_change(catalogue.to_definition(row), options)
    extras = provider_options.read_extras(options, read_secret=_read_secret)
    _print(_good(catalogue.change(row, _good(definition), _good(extras), actor=ACTOR)))


@provider.command("list")
@in_app
def list_providers() -> None:
    """List them in their order, one JSON object a line."""
    from idp.base import database
    from idp.federation import catalogue

    for row in database.session().scalars(catalogue.search()):
        _print(row)


@provider.command("show")
@click.argument("key")
@in_app
def show_provider(key: str) -> None:
    """Print one JSON object, with the redirect URI to register at the provider."""
    _print(_find(key))


@provider.command("try")
@click.argument("key")
@in_app
def try_provider(key: str) -> None:
    """Ask the provider what a sign-in would ask, and print each step; status 1 where one fails."""
    from idp.federation import trial

    steps = trial.run(_find(key))
    for step in steps:
        click.echo(json.dumps({"step": step.title, "outcome": step.outcome, "told": step.told}, ensure_ascii=False))
    if any(step.outcome == trial.BAD for step in steps):
        sys.exit(1)


@provider.command("enable")
@click.argument("key")
@click.option("--accept-lockout", is_flag=True, help="Although administrators have no other way in.")
@in_app
def enable_provider(key: str, accept_lockout: bool) -> None:
    """Show its button again; prints one JSON object."""
    _set_disabled(key, False, accept_lockout)


@provider.command("disable")
@click.argument("key")
@in_app
def disable_provider(key: str) -> None:
    """Let nobody sign in by it; identities stay linked. Prints one JSON object."""
    _set_disabled(key, True, False)


@provider.command("delete")
@click.argument("key")
@click.option("--with-identities", is_flag=True, help="Delete the identities that people have there, too.")
@in_app
def delete_provider(key: str, with_identities: bool) -> None:
    """Delete a provider for good; prints one JSON object that says how many identities went with it."""
    from idp.federation import catalogue

    accepted = frozenset({catalogue.IDENTITIES}) if with_identities else frozenset()
    count = _good(catalogue.remove(_find(key), catalogue.Extras(accepted=accepted), actor=ACTOR))
    click.echo(json.dumps({"key": key, "deleted_identities": count}))


def _set_disabled(key: str, disabled: bool, accept_lockout: bool) -> None:
    from idp.federation import catalogue

    row = _find(key)
    accepted = frozenset({catalogue.LOCKOUT}) if accept_lockout else frozenset()
    refusals = catalogue.set_disabled(row, disabled, catalogue.Extras(accepted=accepted), actor=ACTOR)
    if refusals:
        _good(refusals)
    _print(row)


def _find(key: str) -> "UpstreamProvider":
    from idp.base.outcome import Reason
    from idp.federation import catalogue

    return catalogue.get(key, for_change=True) or fail(explain(Refused(Reason.UNKNOWN, "key")))


def _good(value: Any) -> Any:
    """Return a value that is no refusal; else end with every sentence, each with the option that it concerns."""
    refusals = [value] if isinstance(value, Refused) else value if isinstance(value, list) else []
    if refusals:
        fail("\nidp: ".join(explain(refused) for refused in refusals))
    return value


def _read_secret() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _print(row: "UpstreamProvider") -> None:
    from idp.federation import catalogue, service

    told = catalogue.describe(row) | {"redirect_uri": service.callback_of(row.key)}
    click.echo(json.dumps(told, ensure_ascii=False))
