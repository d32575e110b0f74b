"""npm's openid-client as a relying party."""

from pathlib import Path

import pytest

from tests.interop.parties import walk
from tests.support.chromium import Chromium

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("authentication", "algorithm"), [("none", "EdDSA"), ("client_secret_basic", "RS256"), ("private_key_jwt", "ES256")]
)
def test_openid_client_signs_in_and_out(
    chromium: Chromium, tmp_path: Path, authentication: str, algorithm: str
) -> None:
    """openid-client, public, with a secret and with a private key, gets claims it verifies, refreshes by its kind's rule, and signs out."""
    walk(chromium, tmp_path, "openid_client.mjs", authentication, algorithm)
