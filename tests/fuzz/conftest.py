"""Generated input, for as long as one likes: `make fuzz`, and left out by every run that does not name this directory."""

import os
from pathlib import Path

import pytest

from tests.contracts.conftest import open_own

__all__ = ["open_own"]

HERE = Path(__file__).parent


@pytest.hookimpl
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these tests out unless the command names them."""
    named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    return None if any(path.is_relative_to(HERE) for path in named) else True


@pytest.fixture(scope="session")
def seconds() -> int:
    """How long each trial may go on: FUZZ_SECONDS, two minutes where it is unset."""
    return int(os.environ.get("FUZZ_SECONDS", "120"))
