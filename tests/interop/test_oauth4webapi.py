"""npm's oauth4webapi as a relying party, plain and as FAPI 2.0 has it, and as an API that verifies access tokens."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.interop.parties import EMAIL, HERE, provider, sign_in, walk
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


def test_oauth4webapi_of_the_fapi_profile(chromium: Chromium, tmp_path: Path) -> None:
    """A client of the profile pushes its request, proves its keys, learns the nonce, and its token is of no use to a thief."""
    with provider(tmp_path) as party:
        private_key, public = party.make_key()
        party.register(
            "--preset", "fapi", "--first-party", "--jwks-file", str(public), "--dpop-nonce-required",
            "--redirect-uri", f"{party.home}/callback",
        )  # fmt: skip
        more = {"PRIVATE_KEY": json.dumps(private_key), "ALGORITHM": "ES256"}
        program = ["node", HERE / "oauth4webapi_fapi.mjs"]
        with party.running(program, **more), chromium.page() as page:
            page.goto(party.home)
            sign_in(page)
            page.wait_for_url(f"{party.home}/callback*")
            learnt = json.loads(page.inner_text("body"))
    assert learnt["userinfo"]["email"] == EMAIL, learnt
    assert learnt["userinfo"]["sub"] == learnt["claims"]["sub"]
    assert (learnt["type"].lower(), learnt["stolen"]) == ("dpop", 401)
    assert learnt["nonces"] == 1


def test_oauth4webapi_as_a_device(chromium: Chromium, tmp_path: Path) -> None:
    """A device polls with proofs until its person has allowed it, verifies the ID token, and refreshes (RFC 8628, RFC 9449)."""
    with provider(tmp_path) as party:
        party.register("--preset", "device")
        program, environment = ["node", str(HERE / "oauth4webapi_device.mjs")], party.environment({})
        with (
            subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True) as device,
            chromium.page() as page,
        ):
            assert device.stdout is not None
            page.goto(device.stdout.readline().strip())
            page.click("#device-submit")
            sign_in(page, consent=True)
            page.wait_for_url("**/device/connected")
            learnt = json.loads(device.communicate(timeout=60)[0])
    assert learnt["userinfo"]["email"] == EMAIL
    assert learnt["userinfo"]["sub"] == learnt["claims"]["sub"]
    assert {learnt["type"], learnt["refreshed"]} == {"dpop"}
    assert set(learnt["errors"]) <= {"authorization_pending"}
