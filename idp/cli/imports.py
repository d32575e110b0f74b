"""`idp import`: people and clients of other software, from its exports. The report is JSON, one object a line, the summary last."""

import json
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

import click

from idp.cli.frame import fail, in_app

if TYPE_CHECKING:
    from idp.importing.entries import Source
    from idp.importing.report import Line
    from idp.importing.running import Done
    from idp.importing.terms import Terms

SOURCE = re.compile(r"[A-Za-z0-9._~:/@-]{1,64}")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("import")
def import_group() -> None:
    """Bring people and clients from other software."""


def _terms(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that all of them have."""
    for option in (
        click.option("--source", default=None, metavar="NAME", help="What tells two installations of it apart."),
        click.option("--dry-run", is_flag=True, help="Write nothing; say what would come."),
        click.option("--resume", is_flag=True, help="Go on where the last import of this file stopped."),
        click.option(
            "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the lines into this file."
        ),
        click.option(
            "--keep-subjects", is_flag=True, help="Apps go on knowing people by the sub that they have there."
        ),
        click.option("--trust-emails", is_flag=True, help="Every address counts as proved."),
        click.option("--join", is_flag=True, help="Groups and roles of the same name that are here are the same."),
        click.option("--add-memberships", is_flag=True, help="Also those of people who came before."),
    ):
        command = option(command)
    return command


@import_group.command("keycloak")
@click.argument("file", type=FILE)
@_terms
@in_app
def import_keycloak(file: Path, **options: Any) -> None:
    """Bring a realm: the file of `kc.sh export --users same_file`."""
    from idp.importing.sources.keycloak import Keycloak

    _bring(lambda name: Keycloak(file, name), "keycloak", file, options)


@import_group.command("django")
@click.argument("place", metavar="FILE_OR_URL")
@click.option("--user-model", default="auth.user", metavar="APP.MODEL", help="Where AUTH_USER_MODEL is another one.")
@_terms
@in_app
def import_django(place: str, user_model: str, **options: Any) -> None:
    """Bring users: a dump (`manage.py dumpdata`), auth_user as CSV, or the address of the database, which is only read."""
    from idp.importing.sources import django, records

    model = user_model.lower()
    if re.fullmatch(r"[a-z0-9_]+\.[a-z0-9_]+", model) is None:
        fail("--user-model: an application and a model are needed, such as auth.user")
    if "://" in place:
        url = records.read_url(place)
        if isinstance(url, str):
            fail(url)
        found: records.Records = records.Database(url, django.models(model))
        place = url.render_as_string(hide_password=True)
    else:
        path = _existing(place)
        found = records.UserTable(path, model) if path.suffix.lower() == ".csv" else records.Dump(path)
    _bring(lambda name: django.Django(found, name, model), "django", Path(place), options)


@import_group.command("authentik")
@click.argument("file", type=FILE)
@_terms
@in_app
def import_authentik(file: Path, **options: Any) -> None:
    """Bring users and clients: `ak dumpdata`, which has passwords, a blueprint (YAML or JSON), or the users of the API."""
    from idp.importing.sources.authentik import Authentik

    _bring(lambda name: Authentik(file, name), "authentik", file, options)


@import_group.command("auth0")
@click.argument("file", type=FILE)
@click.option("--hashes", type=FILE, default=None, help="The file of password hashes that Auth0's support exports.")
@click.option("--clients", type=FILE, default=None, help="What `auth0 apps list --json --reveal-secrets` prints.")
@_terms
@in_app
def import_auth0(file: Path, hashes: Path | None, clients: Path | None, **options: Any) -> None:
    """Bring users: an export of users, a user a line, or the file of hashes itself."""
    from idp.importing.sources.auth0 import Auth0

    _bring(lambda name: Auth0(file, name, hashes=hashes, clients=clients), "auth0", file, options)


@import_group.command("csv")
@click.argument("file", type=FILE)
@_terms
@in_app
def import_csv(file: Path, **options: Any) -> None:
    """Bring a table of people; its head names the columns."""
    from idp.importing.sources.tables import Table

    _bring(lambda name: Table(file, name), "csv", file, options)


def _existing(place: str) -> Path:
    path = Path(place)
    if not path.is_file():
        fail(f"there is no file {place}")
    return path


def _bring(make: "Callable[[str], Source]", product: str, file: Path, options: dict[str, Any]) -> None:
    """Run an import and write its report.

    A run that stops says where, what is in the database for good, and how to go on.
    """
    from idp.importing import running

    terms = _read_terms(product, options)
    source = make(terms.source)
    continued = None
    if options["resume"]:
        continued = running.find_unfinished(source)
        if continued is None:
            fail(
                "--resume: no import of this very file has stopped half-way; without --resume it begins, and leaves who is there"
            )
    signal.signal(signal.SIGTERM, _interrupt)
    with _Report(options["report"]) as report:
        try:
            done = running.bring(
                source,
                terms,
                tell=report.tell,
                progress=_say,
                dry_run=options["dry_run"],
                continued=None if options["dry_run"] else continued,
            )
        except running.Stopped as stopped:
            report.end({"stopped": True, "why": stopped.why, "after": stopped.after, "batch": stopped.batches + 1})
            again = (
                "Nothing was written." if options["dry_run"] else _how_to_go_on(stopped.done, product, file, options)
            )
            fail(f"{stopped}. {again}")
        report.end(_summary(done, terms.source, file, options))


def _read_terms(product: str, options: dict[str, Any]) -> "Terms":
    from idp.importing.terms import Terms

    if options["source"] is not None and not SOURCE.fullmatch(options["source"]):
        fail("--source: use 1 to 64 letters, digits and . _ ~ : / @ -")
    return Terms(
        f"{product}:{options['source']}" if options["source"] else product,
        trusts_emails=options["trust_emails"],
        keeps_subjects=options["keep_subjects"],
        joins=options["join"],
        adds_memberships=options["add_memberships"],
    )


def _how_to_go_on(done: int, product: str, file: Path, options: dict[str, Any]) -> str:
    more = f" --source {options['source']}" if options["source"] else ""
    return (
        f"The {done} entries before are in the database for good. Go on with: idp import {product} {file}{more} --resume"
        " (or, once the file is mended, without --resume: whoever came stays as they are)"
    )


def _summary(done: "Done", source: str, file: Path, options: dict[str, Any]) -> dict[str, Any]:
    return {
        "source": source,
        "file": file.name,
        "dry_run": options["dry_run"],
        "entries": done.entries,
        **done.counts.kept(),
        "could_not_come_yet": {one.kind: one.count for one in done.uncounted},
        "seconds": round(done.seconds, 1),
    }


class _Report:
    """Where lines go: standard output, or a file for nobody else's eyes; the summary goes to standard output in either case."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: TextIO = sys.stdout

    def __enter__(self) -> "_Report":
        if self._path is not None:
            self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w")
        return self

    def __exit__(self, *_error: object) -> None:
        if self._path is not None:
            self._file.close()

    def tell(self, line: "Line") -> None:
        """Write what became of an entry."""
        self._file.write(json.dumps(line.told()) + "\n")

    def end(self, summary: dict[str, Any]) -> None:
        """Write the last line."""
        told = json.dumps({"summary": summary})
        if self._path is not None:
            self._file.write(told + "\n")
            self._file.flush()
        click.echo(told)


def _say(entries: int) -> None:
    if entries and entries % 10_000 == 0:
        click.echo(f"{entries} entries", err=True)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
