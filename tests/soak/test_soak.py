"""The provider under load for as long as one likes, an hour where nothing is said: it takes what it took after its warm-up."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.soak.holding import KINDS, hold


@pytest.mark.parametrize("database", KINDS)
def test_nothing_grows(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No worker exceeds 90 MiB nor the courier 60, nothing grows after the warm-up, and what expires is purged (`judging`)."""
    seconds, rate = float(os.environ.get("SOAK_SECONDS", "3600")), float(os.environ.get("SOAK_RATE", "0"))
    place = Path(os.environ.get("SOAK_REPORT") or tempfile.mkdtemp(prefix="gatehouse-soak-"))
    place.mkdir(parents=True, exist_ok=True)
    with capsys.disabled():
        print(
            f"\n{database}: {seconds:.0f} s at {rate or 'as many as it answers'} requests a second; samples go to {place}"
        )
        run = hold(database, seconds, rate=rate, report=place / database, say=print)
        print(run.table, f"{run.requests} requests, {run.journeys} journeys, {run.mails} mails", sep="\n")
        for problem, number in run.problems.most_common(10):
            print(f"{number} x {problem}")
    assert run.faults == []
