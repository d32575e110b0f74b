"""`idp backup` and `idp restore`: the whole database in one encrypted file, and back."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from idp.cli.frame import OPERATOR, application, fail, in_core


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@in_core
def back_up(file: Path) -> None:
    """Write the whole database to FILE, encrypted under the server's secret, while it serves; prints one JSON object."""
    from idp.backup import running
    from idp.backup.on_postgresql import ProgramFailed

    try:
        made = running.back_up(file, actor=OPERATOR)
    except ProgramFailed as error:
        fail(f"the database is not copied: {error}")
    click.echo(json.dumps(asdict(made)))


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--replace", is_flag=True, help="Put it in the place of a database that has people in it.")
@click.option(
    "--keep-sessions", is_flag=True, help="Let sessions and tokens of the backup live on: nothing has happened since."
)
def restore(file: Path, replace: bool, keep_sessions: bool) -> None:
    """Put a backup in the place of the database. Stop the servers first; everybody has to sign in anew."""
    from idp import create_core
    from idp.backup import running
    from idp.backup.archive import Unreadable
    from idp.backup.on_postgresql import ProgramFailed
    from idp.backup.running import NotRestored

    with application(create_core) as app, app.app_context():
        try:
            header = running.restore(app, file, replace=replace, keep_sessions=keep_sessions, actor=OPERATOR)
        except (Unreadable, NotRestored) as error:
            fail(f"{file}: {error}")
        except ProgramFailed as error:
            fail(f"the database is not restored: {error}")
    click.echo(json.dumps({name: header.get(name) for name in ("made_at", "dialect", "revision", "accounts")}))
