"""What short commands load: no more than they need."""

import os
import subprocess
import sys
from pathlib import Path

# What few ask for: a database that is not this one's kind, Redis, pictures, other people's providers.
RARE = (
    "alembic",
    "PIL",
    "psycopg",
    "qrcode",
    "redis",
    "requests",
    "urllib3",
)

HEAVY = (
    *RARE,
    "flask_migrate",
    "authlib",
    "webauthn",
    "ua_parser",
    "granian",
    "flask_limiter",
    "flask_login",
    "flask_wtf",
    "wtforms",
    "idp.base.pages",
    "idp.base.door.frame",
    "idp.base.http",
    "idp.oauth",
    "idp.admin",
    "idp.contracts",
)


MOST_MODULES = 1650  # of the whole application; each costs about half a millisecond of each start

# What `idp --help` needs of the house: nothing, nor of what the house stands on.
HOUSE = (
    "flask",
    "werkzeug",
    "sqlalchemy",
    "pydantic",
    "cryptography",
    "redis",
    "argon2",
    "idp.config",
    "idp.base.database",
)


def loaded_by(home: Path, *arguments: str, program: tuple[str, ...] = ("-m", "idp")) -> set[str]:
    """Return the modules that a command, or another program, loads, which must succeed."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *program, *arguments],
        env={"PATH": os.environ["PATH"], "IDP_DATA_DIR": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def test_a_short_command_loads_no_room(tmp_path: Path) -> None:
    """On a migrated database `user create` loads neither Alembic nor the rooms of pages and protocols, nor what these stand on."""
    loaded_by(tmp_path, "migrate")
    loaded = loaded_by(tmp_path, "user", "create", "--email", "ann@example.org")
    assert "idp.accounts.service" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_a_server_loads_what_its_settings_ask_for(tmp_path: Path) -> None:
    """The whole application on SQLite, without Redis and other providers, loads no library for them; what it loads at all is counted."""
    loaded = loaded_by(tmp_path, program=("-c", "import idp.serving; idp.create_app()"))
    assert {"idp.oauth.endpoints", "idp.admin.clients", "idp.contracts.openapi.views"} <= loaded
    assert [name for name in RARE if name in loaded] == []
    assert len(loaded) < MOST_MODULES


def test_help_loads_nothing_of_the_house(tmp_path: Path) -> None:
    """Help of the command and of a group of commands reads neither settings nor database, nor loads what they need."""
    for arguments in (["--help"], ["client", "create", "--help"]):
        loaded = loaded_by(tmp_path, *arguments)
        assert "idp.cli.clients" in loaded
        assert [name for name in (*HEAVY, *HOUSE) if name in loaded] == []
