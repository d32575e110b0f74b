"""Libraries that sign a person in with the settings that docs/libraries.md prints: one provider for all, a client for each."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.interop.parties import EMAIL, HERE, Party, provider, sign_in
from tests.support import services
from tests.support.chromium import Chromium

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Library:
    """A relying party: its program, where a sign-in begins and is answered there, and the options of its client."""

    program: str
    begin: str
    callback: str
    options: tuple[str, ...] = ()
    button: str | None = None


LIBRARIES = {
    "express-openid-connect": Library("express_openid_connect.mjs", "/login", "/callback", ("--claims-in-id-token",)),
    "Auth.js": Library(
        "auth_js.mjs", "/auth/signin", "/auth/callback/gatehouse", ("--claims-in-id-token",), button="button"
    ),
    "passport-openidconnect": Library("passport_openidconnect.mjs", "/login", "/callback", ("--no-pkce",)),
    "oidc-client-ts": Library("oidc_client_ts.mjs", "/", "/callback", ("--public",)),
    "requests-oauthlib": Library("requests_oauthlib_site.py", "/", "/callback"),
    "flask-oidc": Library("flask_oidc_site.py", "/", "/authorize", ("--no-pkce",)),
    "django-allauth": Library(
        "allauth_site.py", "/accounts/oidc/gatehouse/login/", "/accounts/oidc/gatehouse/login/callback/"
    ),
    "python-social-auth": Library("social_auth_site.py", "/enter", "/complete/oidc/", button="button"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Party]:
    """A provider that knows one person."""
    with provider(tmp_path_factory.mktemp("libraries")) as party:
        yield party


@pytest.mark.parametrize("name", LIBRARIES)
def test_the_library_signs_in(house: Party, chromium: Chromium, tmp_path: Path, name: str) -> None:
    """With the settings that the page prints, the application learns whose sign-in it was: identifier and e-mail address."""
    library, port = LIBRARIES[name], services.free_port()
    party = Party(house.provider, port, f"http://127.0.0.1:{port}", tmp_path)
    party.register("--first-party", "--redirect-uri", f"{party.home}{library.callback}", *library.options)
    runner = "node" if library.program.endswith(".mjs") else sys.executable
    with party.running([runner, HERE / library.program], DIRECTORY=str(tmp_path)), chromium.page() as page:
        page.goto(f"{party.home}{library.begin}")
        if library.button:
            page.click(library.button)
        sign_in(page)
        page.wait_for_url(f"{party.home}/**")
        page.wait_for_function("document.body.innerText.trim().startsWith('{')")
        learnt = json.loads(page.inner_text("body"))
        assert learnt["email"] == EMAIL, learnt
        assert len(learnt["sub"]) > 20


def test_jose_verifies_access_tokens(house: Party, tmp_path: Path) -> None:
    """An API on jose takes an access token by its type at+jwt, and nothing whose type is another."""
    party = Party(house.provider, 0, "", tmp_path)
    party.register("--grant", "client_credentials", "--scope", "orders.read")
    import requests

    credentials = (party.client["client_id"], party.client["client_secret"])
    form = {"grant_type": "client_credentials"}
    token = requests.post(f"{party.provider.url}/oauth/token", data=form, auth=credentials, timeout=20).json()

    def verify(value: str) -> "subprocess.CompletedProcess[str]":
        command = ["node", str(HERE / "jose_api.mjs"), value]
        return subprocess.run(
            command, env=party.environment({}), capture_output=True, text=True, timeout=60, check=False
        )

    done = verify(token["access_token"])
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scope"] == "orders.read"
    assert verify(token["access_token"][:-4] + "AAAA").returncode != 0
