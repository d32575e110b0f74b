"""`idp client renew-secret` and `end-old-secret`, and what `create` says of a secret that many libraries send as it stands."""

import json
import subprocess

import pytest

from idp.cli import client_options
from tests.cli.test_commands import COMMAND, environment, idp

__all__ = ["environment"]


def create(environment: dict[str, str], secret: str) -> tuple[dict[str, str], str]:
    """Register a client with a chosen secret; return what was printed, and what was warned of."""
    words = ["client", "create", "--name", "App", "--redirect-uri", "https://app.example/cb", "--client-secret-stdin"]
    done = subprocess.run(
        [COMMAND, *words], env=environment, input=f"{secret}\n", capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(done.stdout), done.stderr


@pytest.mark.slow
def test_a_secret_is_renewed_and_the_old_one_ended(environment: dict[str, str]) -> None:
    """The new secret is printed once, with the end of the old one: after 24 hours, or those that were asked for, or now."""
    made, warned = create(environment, "50% of a:secret+")
    assert client_options.WARNING in warned
    assert "50%" not in warned
    name = made["client_id"]
    renewed = json.loads(idp(environment, "client", "renew-secret", name))
    assert renewed["client_id"] == name
    assert len(renewed["client_secret"]) >= 40
    assert renewed["old_secret_ends_at"] is not None
    idp(environment, "client", "end-old-secret", name)
    assert "no old secret" in idp(environment, "client", "end-old-secret", name, fails=True)
    at_once = json.loads(idp(environment, "client", "renew-secret", name, "--keep-old", "0"))
    assert at_once["old_secret_ends_at"] is None
    assert "keep_old" in idp(environment, "client", "renew-secret", name, "--keep-old", "721", fails=True)
    assert "client_id" in idp(environment, "client", "renew-secret", "nobody", fails=True)


def test_which_secrets_are_warned_of() -> None:
    """Those that form-url-encoding changes: letters, digits and -._~ stay as they are."""
    assert not client_options.is_read_differently("AZaz09-._~")
    for secret in ("a b", "a+b", "a%41", "a:b", "a/b=", "ä", "a!b"):
        assert client_options.is_read_differently(secret)
