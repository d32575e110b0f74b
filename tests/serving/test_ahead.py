"""What processes share because it was loaded before they were forked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import builtins, mimetypes, sys
from flask_babel import format_date, format_datetime
from idp import create_app
from idp.base import clock
from idp.serving import ahead

def refuse(*values, **options):
    raise AssertionError(f"{values[0]} is loaded late")

app = create_app()
if sys.argv[1] == "loaded":
    ahead.load(app)
builtins.open = refuse
with app.test_request_context(headers={"Accept-Language": "de, en;q=0.5"}):
    print(format_date(clock.now()), format_datetime(clock.now()), mimetypes.guess_type("a.png")[0])
"""


@pytest.mark.parametrize("state", ["loaded", "not loaded"])
def test_no_page_has_to_read_how_dates_are_written(tmp_path: Path, state: str) -> None:
    """Once loaded, dates and kinds of files need no file any more; without that they do."""
    environment = {"PATH": os.environ["PATH"], "IDP_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, state],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    if state == "loaded":
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("image/png\n")
    else:
        assert "is loaded late" in done.stderr
