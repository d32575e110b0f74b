"""The `idp` command, run as operators run it: a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import SECRET_KEY
from tests.core import mails
from tests.factories import Provider
from tests.two_factors import give_app

COMMAND = Path(sys.executable).parent / "idp"


@pytest.fixture
def environment(backend: str, settings: object, tmp_path: Path) -> dict[str, str]:
    """The environment of a server on the database in use."""
    return {
        "PATH": os.environ["PATH"],
        "IDP_DATA_DIR": str(tmp_path / "instance"),
        "IDP_DATABASE_URL": settings.database_url,  # type: ignore[attr-defined] # Settings
    }


def idp(environment: dict[str, str], *arguments: str, given: str = "", fails: bool = False) -> str:
    """Run a command and return what it printed, or what it complained about."""
    done = subprocess.run(
        [COMMAND, *arguments], env=environment, input=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode != 0) == fails, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if fails else done.stdout


@pytest.mark.slow
def test_clients_and_users_are_made_and_described(environment: dict[str, str]) -> None:
    """`client create` and `user create` print one JSON object each; a refusal names what is wrong."""
    made = json.loads(idp(environment, "client", "create", "--name", "App", "--redirect-uri", "https://app.example/cb"))
    assert made["client_id"]
    assert made["client_secret"]
    assert made["grant_types"] == ["authorization_code", "refresh_token"]
    assert made["scope"] == "openid profile email offline_access"
    assert made["require_pkce"] is True
    assert made["require_second_factor"] is False
    public = json.loads(
        idp(environment, "client", "create", "--name", "Spa", "--public", "--redirect-uri", "http://127.0.0.1/cb")
    )
    assert "client_secret" not in public
    chosen = json.loads(
        idp(
            environment, "client", "create", "--name", "Mine", "--client-id", "mine", "--client-secret-stdin",
            "--no-pkce", "--first-party", "--require-second-factor", "--id-token-alg", "EdDSA", "--grant", "authorization_code",
            "--scope", "openid", "--redirect-uri", "https://a.example/cb", "--post-logout-redirect-uri",
            "https://a.example/", given="a secret of my own\n",
        )
    )  # fmt: skip
    assert (chosen["client_id"], chosen["client_secret"]) == ("mine", "a secret of my own")
    assert chosen["require_second_factor"] is True
    bad = idp(environment, "client", "create", "--name", "Bad", "--redirect-uri", "http://app.example/cb", fails=True)
    assert "redirect_uris" in bad
    user = json.loads(
        idp(environment, "user", "create", "--email", "Ann@example.com", "--username", "ann", "--password-stdin",
            "--verified", given="correct horse battery\n")
    )  # fmt: skip
    assert isinstance(user["id"], int)
    assert user["sub"]
    assert "another account" in idp(environment, "user", "create", "--email", "ann@example.com", fails=True)
    bea = ("user", "create", "--email", "bea@example.com", "--claim", "address.locality=Leeds", "--claim")
    assert "birthdate: Enter the date" in idp(environment, *bea, "birthdate=soon", fails=True)
    assert "shoe_size: There is no such claim." in idp(environment, *bea, "shoe_size=39", fails=True)
    assert json.loads(idp(environment, *bea, "birthdate=1990"))["sub"]


def test_lost_factors_are_reset(environment: dict[str, str], app: Flask) -> None:
    """`user reset-factors` removes every factor of one person, tells the person by mail, and refuses unknown addresses."""
    environment = environment | {"IDP_SECRET_KEY": SECRET_KEY}
    provider = Provider(app)
    ann, bob = provider.person(), provider.person("bob@example.org")
    for person in (ann, bob):
        give_app(provider, person)
    assert idp(environment, "user", "reset-factors", "--email", " Ann@example.org") == ""
    with provider.account(ann) as account:
        assert not account.has_second_factor
        assert (mails.newest().to, mails.newest().label) == (ann.email, "factors_changed")
        assert "the administration" in mails.newest().text
    with provider.account(bob) as account:
        assert account.has_second_factor
    for address in ("nobody@example.org", "ann"):
        assert "no such entry" in idp(environment, "user", "reset-factors", "--email", address, fails=True)


@pytest.mark.slow
def test_keys_administrators_and_purge(environment: dict[str, str]) -> None:
    """Keys are listed and rotated, an administrator's link is printed, and purging works on an empty house."""
    listed = idp(environment, "keys", "list").splitlines()
    assert len(listed) == 8
    assert len(idp(environment, "keys", "rotate").splitlines()) == 12
    link = idp(environment, "create-admin", "--email", "root@example.com").strip()
    assert link.startswith("http://127.0.0.1:5000/reset/password?token=")
    assert idp(environment, "purge") == ""
    report = idp(environment, "doctor")
    assert "database  ok" in report


def test_bad_settings_are_one_line(environment: dict[str, str]) -> None:
    """A command with a bad setting ends with status 1 and one line that names it."""
    complaint = idp(environment | {"IDP_TYPO": "1"}, "migrate", fails=True)
    assert complaint.strip() == "idp: unknown setting: IDP_TYPO"


def test_doctor_fails_where_something_is_missing(environment: dict[str, str], tmp_path: Path) -> None:
    """`doctor` exits with 1 and says which check failed, on a database without migrations."""
    fresh = environment | {"IDP_DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"}
    done = subprocess.run([COMMAND, "doctor"], env=fresh, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "database  FAIL" in done.stdout
