"""The soak itself: it calls and judges as it says, and finds a leak that is there."""

import sys
from pathlib import Path

import pytest

from tests.soak import judging
from tests.soak.holding import hold
from tests.soak.watching import FILES, MEMORY, ROWS, THREADS, Series

SECONDS = 15.0
WORKER = Series("worker 1", MEMORY)


@pytest.mark.slow
def test_a_sound_provider_passes(tmp_path: Path) -> None:
    """A short run has no fault, every kind of journey led where it should, mails arrived, and the samples are written down."""
    run = hold("postgresql", SECONDS, rate=100, report=tmp_path / "samples")
    assert run.faults == []
    assert run.problems == {}
    assert run.mails > 0
    assert run.requests > SECONDS * 50
    assert {"main 1, MiB", "worker 1, MiB", "worker 2, threads", "courier 1, files", "database, connections"} <= {
        str(each.series) for each in run.findings
    }
    assert "worker 1,MiB" in (tmp_path / "samples.csv").read_text()


@pytest.mark.slow
def test_a_leak_is_found() -> None:
    """An application that keeps the bytes of each request is found by the memory of its workers, and by nothing else."""
    run = hold("sqlite", SECONDS, command=[sys.executable, str(Path(__file__).with_name("leaking.py"))])
    assert {fault.partition(" ")[0] for fault in run.faults} == {"worker"}
    assert {each.series.kind for each in run.findings if each.fault} == {MEMORY}


def series(*values: float) -> list[tuple[float, float]]:
    """Return samples, a second apart."""
    return list(enumerate(values))


def test_growth_before_the_end_of_the_warm_up_is_none() -> None:
    """What rises in the first third and stays then is no leak; neither is what comes and goes, nor rows."""
    steps = series(*range(40, 60), *[60.0, 79.0] * 20)
    assert [each.fault for each in judging.judge({WORKER: steps, Series("grants", ROWS): series(*range(60))})] == [
        "",
        "",
    ]


def test_slow_growth_is_found() -> None:
    """A tenth of a MiB in each sample is found beneath a hash's memory that comes and goes."""
    values = [(at, 40 + at * 0.11 + (19 if at % 3 == 0 else 0)) for at in range(60)]
    (found,) = judging.judge({WORKER: values})
    assert found.fault == "grows by more than 4"
    assert found.growth == pytest.approx(40 * 0.11, abs=0.2)


def test_threads_that_the_settings_give_are_no_growth() -> None:
    """A worker that makes its threads late is sound, and one that goes on to make more is not."""
    given = judging.GIVEN[THREADS]
    late, endless = Series("worker 1", THREADS), Series("worker 2", THREADS)
    found = judging.judge(
        {late: series(*[6] * 30, *range(6, given + 1), *[given] * 30), endless: series(*[6] * 30, *range(6, 39))}
    )
    assert [each.fault for each in found] == ["", "grows by more than 3"]


def test_limits_hold_at_every_time() -> None:
    """One sample above its limit is a fault, also in the warm-up, and so is a process that was not there all the time."""
    heavy = judging.judge({WORKER: series(91, *[50] * 40), Series("courier 1", MEMORY): series(*[30] * 40, 61)})
    assert [each.fault for each in heavy] == ["more than 90 MiB", "more than 60 MiB"]
    late = judging.judge({WORKER: series(*[50] * 40), Series("worker 3", FILES): [(39.0, 9.0)]})
    assert "was not there" in late[1].fault
