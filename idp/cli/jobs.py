"""`idp user many`, `jobs`, `stop-job` and `export`: acts upon many people, as at /admin/people. They print JSON, the export CSV."""

import json
from typing import TYPE_CHECKING, Any

import click

from idp.base.outcome import Reason, Refused
from idp.cli.frame import OPERATOR, explain, fail, in_app
from idp.cli.people import find_account

if TYPE_CHECKING:
    from idp.jobs.models import PeopleJob
    from idp.jobs.selection import Selection

WHOM = (
    click.option(
        "--who", "who", multiple=True, metavar="WHO", help="An e-mail address, a username or a sub; may be repeated."
    ),
    click.option(
        "--search", "term", default="", metavar="WORDS", help="Everybody with these words in names, address or sub."
    ),
    click.option("--everybody", is_flag=True, help="Everybody who has an account."),
)


def _whom(command: Any) -> Any:
    for option in reversed(WHOM):
        command = option(command)
    return command


@click.command("many")
@click.argument("action", type=click.Choice(["disable", "enable", "sign-out", "add-to-group", "remove-from-group"]))
@_whom
@click.option("--group", "path", default=None, metavar="PATH", help="The group, such as /eng/backend.")
@click.option("--no-wait", is_flag=True, help="Leave it to the server, and print the job as it begins.")
@in_app
def act_on_many(action: str, who: tuple[str, ...], term: str, everybody: bool, path: str | None, no_wait: bool) -> None:
    """Do something to many people, one after the other; prints the job as one JSON object. What is interrupted the server finishes."""
    from idp.base import database
    from idp.groups import lookup as groups
    from idp.jobs import running, service
    from idp.jobs.describing import describe

    group = groups.find_by_path(path) if path is not None else None
    job = service.begin(action, _read(who, term, everybody), actor=None, group=group)
    if isinstance(job, Refused):
        fail(explain(job))
    database.commit()
    if not no_wait:
        job = running.finish(job.id, _say)
        database.commit()
    click.echo(json.dumps(describe(job)))
    if job.state == service.FAILED:
        fail(f"the job failed: {job.why}")


@click.command("jobs")
@in_app
def list_jobs() -> None:
    """List the jobs of the last three months, the newest first, one JSON object a line."""
    from idp.base.database import session
    from idp.jobs import service
    from idp.jobs.describing import describe

    for job in session().scalars(service.listing()):
        click.echo(json.dumps(describe(job)))


@click.command("stop-job")
@click.argument("number", type=int)
@in_app
def stop_job(number: int) -> None:
    """Stop a job where it is; what was done stays done. Prints it as one JSON object."""
    from idp.jobs import service
    from idp.jobs.describing import describe

    job = service.stop(number, actor=OPERATOR)
    if job is None:
        fail(explain(Refused(Reason.UNKNOWN, "number")))
    click.echo(json.dumps(describe(job)))


@click.command("export")
@_whom
@in_app
def export_users(who: tuple[str, ...], term: str, everybody: bool) -> None:
    """Print people as CSV, one a line, with their attributes; cells that a spreadsheet would compute begin with an apostrophe."""
    from idp import audit
    from idp.attributes import known
    from idp.base import database
    from idp.jobs import exporting

    meant = _read(who, term, everybody)
    audit.record("people.exported", actor=OPERATOR, whom=meant.told())
    database.commit()
    for line in exporting.write(meant, known.custom()):
        click.echo(line, nl=False)


def _read(who: tuple[str, ...], term: str, everybody: bool) -> "Selection":
    from idp.jobs.selection import Selection

    if sum(map(bool, (who, term.strip(), everybody))) != 1:
        fail("say whom: one of --who, --search and --everybody")
    if who:
        return Selection(tuple(dict.fromkeys(find_account(one).sub for one in who)))
    return Selection(term=term)


def _say(job: "PeopleJob") -> None:
    click.echo(f"{job.seen} of {job.total}", err=True)
