"""What short commands load: no more than they need."""

import os
import subprocess
import sys
from pathlib import Path

HEAVY = (
    "alembic",
    "flask_migrate",
    "authlib",
    "webauthn",
    "qrcode",
    "ua_parser",
    "granian",
    "idp.oauth",
    "idp.admin",
    "idp.contracts",
)


def test_a_short_command_loads_no_room(tmp_path: Path) -> None:
    """On a migrated database `user create` loads neither Alembic nor the rooms of pages and protocols, nor their libraries."""
    environment = {"PATH": os.environ["PATH"], "IDP_DATA_DIR": str(tmp_path)}
    done = [
        subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "idp", *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        for arguments in (["migrate"], ["user", "create", "--email", "ann@example.org"])
    ]
    loaded = {
        line.rpartition("|")[2].strip() for line in done[1].stderr.splitlines() if line.startswith("import time:")
    }
    assert "idp.accounts.service" in loaded
    assert [name for name in HEAVY if name in loaded] == []
