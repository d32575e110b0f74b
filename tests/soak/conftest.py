"""The soak: `make soak`, and left out by every run that does not name this directory. `test_finding` is part of `make slow`, too."""

from pathlib import Path

import pytest

from tests.bench import home

HERE = Path(__file__).parent


@pytest.hookimpl
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the long run out unless the command names it."""
    named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    asked = any(path.is_relative_to(HERE) for path in named)
    return True if collection_path.name == "test_soak.py" and not asked else None


@pytest.fixture(autouse=True)
def _on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep databases where a disk is, as the benchmark does."""
    monkeypatch.setattr("tempfile.tempdir", None)
    home.on_disk()
