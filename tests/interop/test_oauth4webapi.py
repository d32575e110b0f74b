"""npm's oauth4webapi as a relying party, and as an API that verifies access tokens."""

from pathlib import Path

import pytest

from tests.interop.parties import walk
from tests.support.chromium import Chromium

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("authentication", "algorithm"), [("none", "ES256"), ("client_secret_post", "PS256"), ("private_key_jwt", "EdDSA")]
)
def test_oauth4webapi_signs_in_and_out(chromium: Chromium, tmp_path: Path, authentication: str, algorithm: str) -> None:
    """oauth4webapi gets claims it verifies, refreshes, takes the access token for a JWT of RFC 9068, and signs out."""
    learnt = walk(chromium, tmp_path, "oauth4webapi.mjs", authentication, algorithm)
    assert learnt["access"]["sub"] == learnt["claims"]["sub"]
    assert learnt["access"]["scope"].split() == ["openid", "profile", "email", "offline_access"]
