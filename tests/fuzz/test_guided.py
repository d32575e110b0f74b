"""Coverage-guided fuzzing of everything that reads what strangers send, each target for FUZZ_SECONDS."""

import importlib.util
import re
import subprocess
import sys

import pytest

from tests.fuzz import targets

SHOWN = 6000  # characters of a failure that are shown


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="Atheris is not installed: it comes as a wheel for CPython 3.11 to 3.13 on Linux (x86-64) alone",
)
@pytest.mark.parametrize("name", targets.TABLE)
def test_guided_by_coverage(name: str, seconds: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever reaches new code is answered, by no surprise, and leads nowhere unregistered."""
    command = [sys.executable, "-m", "tests.fuzz.guided", name]
    options = [f"-max_total_time={seconds}", "-print_final_stats=1", "-verbosity=1"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, errors="replace", check=False)
    found = re.search(r"Test unit written to (\S+)", done.stderr)
    again = f"Try it again: {' '.join(command)} {found[1]}" if found else ""
    assert done.returncode == 0, f"{done.stderr[-SHOWN:]}\n{again}"
    runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    reached = re.findall(r"cov: (\d+)", done.stderr)
    with capfd.disabled():
        print(
            f"\n{name}: {runs[1] if runs else '?'} inputs, {reached[-1] if reached else '?'} places reached, nothing found"
        )
