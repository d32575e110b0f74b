"""The `idp` command in the test's own process, on the test's own database: as operators run it, without the start of a Python each time."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from idp.cli import main
from tests.conftest import SECRET_KEY


@pytest.fixture
def command(settings: object, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command and return what it printed, or with `fails` what it complained about."""
    monkeypatch.setenv("IDP_DATA_DIR", str(settings.data_dir))  # type: ignore[attr-defined] # Settings
    monkeypatch.setenv("IDP_DATABASE_URL", settings.database_url)  # type: ignore[attr-defined] # Settings
    monkeypatch.setenv("IDP_SECRET_KEY", SECRET_KEY)
    monkeypatch.setattr("idp.cli.frame.gc.freeze", lambda: None)  # of this process more is left than one command

    def run(*arguments: str, given: str = "", fails: bool = False) -> str:
        done = CliRunner().invoke(main, arguments, input=given)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.output
        assert (done.exit_code != 0) == fails, done.output
        return done.stderr if fails else done.stdout

    return run
