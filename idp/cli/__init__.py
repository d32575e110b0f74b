"""The `idp` command: serve, migrate, doctor, and what operators script: clients, providers, people, configuration, keys, purge.

Machine-readable answers are one JSON object on standard output; messages go to standard error; a refusal exits with 1.
"""

import os
import sys

import click

from idp import __version__
from idp.base.outcome import Refused
from idp.cli import (
    administrators,
    attributes,
    audit,
    backups,
    client_exchanges,
    client_id_jags,
    client_owners,
    client_secrets,
    clients,
    configuration,
    details,
    imports,
    initial_tokens,
    invitations,
    issuers,
    jobs,
    people,
    providers,
    provisioning,
    resources,
    sign_up,
    signals,
    standing,
    streams,
    terms,
)
from idp.cli.frame import OPERATOR, Command, application, explain, fail, in_app, in_core


@click.group(cls=Command)
@click.version_option(__version__)
def main() -> None:
    """Gatehouse, a server-rendered identity provider."""
    os.umask(0o077)  # what this program writes is for its own account alone


main.add_command(audit.audit)
main.add_command(backups.back_up)
main.add_command(backups.restore)
secrets, owners = client_secrets, client_owners
for command in (secrets.renew_secret, secrets.end_old_secret, owners.add_owner, owners.remove_owner):
    clients.client.add_command(command)
for command in (client_exchanges.allow_exchange, client_exchanges.forbid_exchange, client_exchanges.list_exchanges):
    clients.client.add_command(command)
for command in (client_id_jags.allow_id_jag, client_id_jags.forbid_id_jag, client_id_jags.list_id_jags):
    clients.client.add_command(command)
main.add_command(clients.client)
main.add_command(streams.stream)
main.add_command(administrators.admin)
main.add_command(administrators.break_glass)
main.add_command(initial_tokens.initial_access_token)
for command in (jobs.act_on_many, jobs.list_jobs, jobs.stop_job, jobs.export_users):
    people.user.add_command(command)
main.add_command(people.user)
main.add_command(imports.import_group)
main.add_command(configuration.apply_file)
main.add_command(configuration.export_file)
main.add_command(providers.provider)
main.add_command(provisioning.provisioning)
main.add_command(resources.resource)
main.add_command(issuers.issuer)
main.add_command(details.details_type)
main.add_command(signals.signals)
main.add_command(invitations.invitation)
main.add_command(sign_up.sign_up)
main.add_command(terms.terms)
main.add_command(attributes.attribute)
main.add_command(standing.group)
main.add_command(standing.role)


@main.command()
def serve() -> None:
    """Migrate if needed, then serve under the production WSGI server."""
    from idp import serving
    from idp.config import listening

    with application() as app:
        listening.check(app.extensions["idp.settings"])
        serving.prepare(app)
        serving.serve(app)


@main.command()
def worker() -> None:
    """Deliver mail in a process of its own (`idp serve` keeps one too)."""
    from idp import serving

    with application() as app:
        serving.prepare(app)
        serving.work(app)


@main.command()
@in_core
def migrate() -> None:
    """Bring the database to the newest revision."""
    click.echo("The database is at head.", err=True)


@main.command()
def doctor() -> None:
    """Check settings, database, Redis, mail, keys and clock, one line each."""
    from idp import doctor as checks

    sys.exit(0 if checks.run(click.echo) else 1)


@main.command("create-admin")
@click.option("--email", required=True)
@in_app
def create_admin(email: str) -> None:
    """Make an owner; prints a one-use link to choose the password."""
    from idp.accounts import founding

    created = founding.create_administrator(email)
    if isinstance(created, Refused):
        fail(explain(created))
    click.echo(created[1])


@main.group("keys")
def keys_group() -> None:
    """Signing keys."""


@keys_group.command("list")
@in_core
def list_keys() -> None:
    """List the keys, one line each, and say when the next rotation by age is due."""
    from idp import keys

    _say_keys()
    due = [pair.due_at for pair in keys.pairs().values()]
    if due:
        click.echo(f"The next rotation by age is due on {min(due):%Y-%m-%d %H:%M}Z.", err=True)


@keys_group.command("rotate")
@click.option("--alg", "algorithms", multiple=True, help="Rotate the keys of this algorithm alone; may be repeated.")
@in_core
def rotate_keys(algorithms: tuple[str, ...]) -> None:
    """Let the published next keys sign from now on: those of every algorithm, unless some are named."""
    from idp import keys
    from idp.base import clock

    unknown = [name for name in algorithms if name not in keys.offered()]
    if unknown:
        fail(f"--alg: there are no keys of {', '.join(unknown)}, but of {', '.join(keys.offered())}")
    seen = {name: pair for name, pair in keys.pairs().items() if name in (algorithms or keys.offered())}
    newest = max(pair.next.created_at for pair in seen.values())
    if not keys.rotate(actor=OPERATOR, seen=seen):
        fail("another rotation came first; nothing was changed")
    if clock.now() - newest < keys.PUBLISHED_FIRST:
        click.echo(
            "Some of these were published less than a day ago: apps that keep the key set for long may not know them.",
            err=True,
        )
    _say_keys()


def _say_keys() -> None:
    from idp import keys

    for key in keys.listing():
        off = "" if key.algorithm in keys.offered() else "  switched off"
        click.echo(f"{key.kid}  {key.algorithm:6} {key.state:8} {key.created_at:%Y-%m-%d %H:%M}Z{off}")


@main.command()
@in_app
def purge() -> None:
    """Delete what has expired, in batches."""
    from idp import purging

    click.echo(f"{purging.run()} rows deleted.", err=True)
