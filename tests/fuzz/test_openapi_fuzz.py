"""The older interfaces under generated requests, by their own description, for minutes and on both databases."""

from pathlib import Path

import pytest

from tests.contracts import trial
from tests.contracts.conftest import OpenHouse


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_generated_requests(open_own: OpenHouse, backend: str, tmp_path: Path, seconds: int) -> None:
    """Whatever is sent, in whatever order, is answered as described, and never by a surprise."""
    with trial.open_tried(open_own, backend) as house:
        phases = "examples,coverage,fuzzing,stateful"
        trial.run(house, tmp_path, "--phases", phases, "--max-time", str(seconds))
