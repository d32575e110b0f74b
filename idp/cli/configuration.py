"""`idp apply` and `idp export`: configuration as code. What would change is a unified diff, or JSON; what is wrong names line and column.

Status: 0 where everything is as the file says, or was brought there; 2 where the file is refused, and nothing was done; with `--exit-code`
3 where a dry run would change something. Everything else that goes wrong is 1.
"""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from idp.cli.frame import OPERATOR, in_app

if TYPE_CHECKING:
    from idp.applying.document import Trouble
    from idp.applying.form import File

REFUSED, WOULD_CHANGE = 2, 3
STANDARD_INPUT = "-"


@click.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path), required=False)
@click.option("--dry-run", is_flag=True, help="Write nothing; print what would change.")
@click.option("--exit-code", is_flag=True, help="With --dry-run: status 3 where something would change.")
@click.option("--prune", is_flag=True, help="Delete what files of this name made before and this one does not say.")
@click.option("--yes", is_flag=True, help="With --prune: also what people belong to, have, or sign in by.")
@click.option("--accept-lockout", is_flag=True, help="Although administrators have no other way in.")
@click.option("--accept-other-people", is_flag=True, help="Although linked identities may be somebody else's.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the file, and do nothing.")
@click.pass_context
def apply_file(context: click.Context, /, file: Path | None, **options: Any) -> None:
    """Bring there what a file says: all of it, or nothing. `-` is standard input."""
    if options["schema"]:
        from idp.applying import schema

        click.echo(schema.write(), nl=False)
        return
    if file is None:
        raise click.UsageError("Name a file, or - for standard input.", context)
    read, troubles = _read(file)
    status = _refuse(file, troubles, options) if troubles else _bring(file, read, options)
    sys.exit(status)


@click.command("export")
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write it into this file."
)
@in_app
def export_file(output: Path | None) -> None:
    """Print what is here as `idp apply` takes it, with references in place of secrets."""
    from idp.applying import exporting
    from idp.base.extensions import settings

    parts = exporting.export(settings().issuer)
    if output is None:
        for part in parts:
            click.echo(part, nl=False)
        return
    with output.open("w", encoding="utf-8") as target:
        target.writelines(parts)


def _read(path: Path) -> "tuple[File, list[Trouble]]":
    """Read a file, and what it refers to, before anything of the application is made."""
    from idp.applying import form, references
    from idp.applying.document import LARGEST

    if str(path) == STANDARD_INPUT:
        content, directory = sys.stdin.buffer.read(LARGEST + 1), Path()
    else:
        with path.open("rb") as source:
            content, directory = source.read(LARGEST + 1), path.parent
    return form.read(content, references.surroundings(directory))


@in_app
def _bring(path: Path, file: "File", options: dict[str, Any]) -> int:
    from idp.applying import running, showing
    from idp.applying.states import YES, Terms
    from idp.federation.catalogue import LOCKOUT, OTHER_PEOPLE

    accepted = frozenset(name for name in (YES, LOCKOUT, OTHER_PEOPLE) if options[name])
    dry_run = options["dry_run"]
    outcome = running.apply(file, Terms(OPERATOR, accepted), prune=options["prune"], dry_run=dry_run)
    if outcome.troubles:
        return _refuse(path, outcome.troubles, options)
    if options["as_json"]:
        click.echo(json.dumps(showing.tell(outcome, dry_run=dry_run), ensure_ascii=False))
    elif dry_run:
        for line in showing.draw(outcome.changes):
            click.echo(line)
    else:
        for change in outcome.changes:
            click.echo(f"{change.action} {change.title}")
    click.echo(showing.sum_up(outcome, dry_run=dry_run), err=True)
    return WOULD_CHANGE if dry_run and options["exit_code"] and outcome.changes else 0


def _refuse(path: Path, troubles: "list[Trouble]", options: dict[str, Any]) -> int:
    """Say all that is wrong, and that nothing was done."""
    from idp.applying import showing

    if options["as_json"]:
        click.echo(json.dumps(showing.tell_troubles(troubles), ensure_ascii=False))
    for trouble in troubles:
        click.echo(showing.write_trouble(str(path), trouble), err=True)
    click.echo("idp: nothing was done.", err=True)
    return REFUSED
