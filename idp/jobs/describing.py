"""A job as programs are told of it, by the command and over HTTP."""

from typing import Any

from idp.base import clock
from idp.jobs.models import PeopleJob


def describe(job: PeopleJob) -> dict[str, Any]:
    """Return what is told of a job."""
    names = ("id", "action", "state", "why", "total", "done", "unchanged", "failures", "examples", "actor")
    told = {name: getattr(job, name) for name in names}
    whom = {"search": job.term} if job.listed is None else {"who": job.listed}
    instants = {name: clock.tell(getattr(job, name)) for name in ("created_at", "finished_at")}
    return {**told, **whom, "group": job.group_path, **instants}
