"""`idp client` and `idp initial-access-token`: applications, and what lets them register themselves."""

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Refused
from idp.cli.frame import explain, fail, in_app

if TYPE_CHECKING:
    from idp.clients.models import Client


@click.group()
def client() -> None:
    """Applications that may ask for tokens."""


# Options with a second name are called after the member of a registration that they hold.
@client.command("create")
@click.option("--name", "client_name", required=True)
@click.option("--redirect-uri", "redirect_uris", multiple=True)
@click.option("--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True)
@click.option("--public", is_flag=True, help="No secret: single-page and native apps.")
@click.option("--auth-method", "token_endpoint_auth_method", default=None, help="Token endpoint authentication method.")
@click.option("--auth-alg", "token_endpoint_auth_signing_alg", default=None, help="The one algorithm of its proofs.")
@click.option("--grant", "grant_types", multiple=True)
@click.option("--scope", default=None)
@click.option("--id-token-alg", "id_token_signed_response_alg", default="RS256")
@click.option("--userinfo-alg", "userinfo_signed_response_alg", default=None, help="Sign what userinfo answers.")
@click.option("--request-object-alg", "request_object_signing_alg", default=None, help="The one of its requests.")
@click.option("--response-type", "response_types", multiple=True)
@click.option("--subject-type", default="public", help="public, or pairwise: another sub for each sector.")
@click.option("--sector-identifier-uri", default=None)
@click.option("--default-max-age", type=int, default=None, help="Seconds after which people sign in again.")
@click.option("--default-acr-value", "default_acr_values", multiple=True, help="What it wishes for, the best first.")
@click.option("--require-auth-time", is_flag=True, help="ID tokens always tell when people signed in.")
@click.option("--initiate-login-uri", default=None)
@click.option("--request-uri", "request_uris", multiple=True)
@click.option("--backchannel-logout-uri", default=None)
@click.option("--backchannel-logout-session-required", is_flag=True, help="Notices must name the session.")
@click.option("--no-pkce", is_flag=True, help="PKCE is optional, but enforced when sent.")
@click.option("--first-party", is_flag=True, help="Nobody is asked for consent.")
@click.option("--require-second-factor", is_flag=True, help="Only people with a second factor go on to it.")
@click.option("--claims-in-id-token", is_flag=True, help="For apps that never ask userinfo, such as those on Auth.js.")
@click.option("--jwks-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--jwks-uri", default=None)
@click.option("--application-type", default="web", help="web, or native: installed on devices.")
@click.option("--logo-uri", default=None, help="https: a PNG, JPEG or GIF of at most 200 kB.")
@click.option("--client-uri", default=None, help="Home page.")
@click.option("--policy-uri", default=None, help="Privacy policy.")
@click.option("--tos-uri", default=None, help="Terms of service.")
@click.option("--contact", "contacts", multiple=True, help="E-mail address of somebody who runs it.")
@click.option("--software-id", default=None, help="What all installations of the app have in common.")
@click.option("--software-version", default=None)
@click.option("--client-id", default=None)
@click.option("--client-secret-stdin", is_flag=True, help="Read the secret from standard input.")
@in_app
def create_client(**options: Any) -> None:
    """Register a client; prints one JSON object with its identifier and secret."""
    from idp.cli import client_options

    registered = client_options.register(options, read_secret=lambda: sys.stdin.readline().rstrip("\r\n"))
    if isinstance(registered, Refused):
        fail(explain(registered))
    if options["client_secret_stdin"] and client_options.is_read_differently(registered.get("client_secret", "")):
        click.echo(client_options.WARNING, err=True)
    click.echo(json.dumps(registered))


@client.command("renew-secret")
@click.argument("client_id")
@click.option(
    "--keep-old", type=int, default=None, metavar="HOURS", help="How long the old one counts, too; 24, 0 to end it."
)
@in_app
def renew_secret(client_id: str, keep_old: int | None) -> None:
    """Give a client a new secret; prints one JSON object with it, and until when the old one counts beside it."""
    from idp.clients import service

    row = _find(client_id)
    keep = service.KEEP_OLD if keep_old is None else timedelta(hours=keep_old)
    secret = service.renew_secret(row, keep=keep, actor="command line")
    if isinstance(secret, Refused):
        fail(explain(secret))
    until = row.former_secret_until.isoformat(timespec="seconds") if row.former_secret_until else None
    told = {"client_id": client_id, "client_secret": secret, "client_secret_expires_at": 0}
    click.echo(json.dumps(told | {"old_secret_ends_at": until}))


@client.command("end-old-secret")
@click.argument("client_id")
@in_app
def end_old_secret(client_id: str) -> None:
    """End the secret before the last renewal at once."""
    from idp.clients import service

    if not service.end_former_secret(_find(client_id), actor="command line"):
        fail("there is no old secret that counts")
    click.echo("The old secret is void; the new one counts alone.", err=True)


def _find(client_id: str) -> "Client":
    from idp.base.outcome import Reason
    from idp.clients import service

    return service.get(client_id, for_change=True) or fail(explain(Refused(Reason.UNKNOWN, "client_id")))


@click.group("initial-access-token")
def initial_access_token() -> None:
    """What lets applications register themselves (RFC 7591)."""


@initial_access_token.command("create")
@click.option("--label", default="", help="What it is for; the audit log shows it.")
@click.option("--uses", type=int, default=None, help="How many registrations; without it any number.")
@click.option("--days", type=int, default=None, help="How long it is good; without it 7.")
@in_app
def create_initial_token(label: str, uses: int | None, days: int | None) -> None:
    """Make a token; prints one JSON object with it."""
    from idp.clients import initial_tokens

    days = initial_tokens.DAYS if days is None else days
    made = initial_tokens.create(label, uses=uses, days=days, actor="command line")
    if isinstance(made, Refused):
        fail(explain(made))
    row, token = made
    told = {"id": row.id, "initial_access_token": token, "label": row.label, "uses": row.uses_left}
    click.echo(json.dumps(told | {"expires_at": row.expires_at.isoformat(timespec="seconds")}))


@initial_access_token.command("list")
@in_app
def list_initial_tokens() -> None:
    """List the tokens that have not expired, one line each."""
    from idp.base import database
    from idp.clients import initial_tokens

    for row in database.session().scalars(initial_tokens.search()):
        left = "any number" if row.uses_left is None else f"{row.uses_left} left"
        click.echo(f"{row.id}  {left:10}  until {row.expires_at:%Y-%m-%d %H:%M}Z  {row.label}")


@initial_access_token.command("revoke")
@click.argument("number", type=int)
@in_app
def revoke_initial_token(number: int) -> None:
    """End a token, by the number that `list` shows; what was registered with it stays."""
    from idp.clients import initial_tokens

    revoked = initial_tokens.revoke(number, actor="command line")
    if isinstance(revoked, Refused):
        fail(explain(revoked))
    click.echo("The token is revoked.", err=True)
