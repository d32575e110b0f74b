"""Apache with Debian's mod_auth_openidc as a relying party, at a provider that speaks TLS."""

import json
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.interop.parties import EMAIL, HERE, Party, provider, sign_in
from tests.support import services
from tests.support.certificates import make_certificate
from tests.support.chromium import Chromium

pytestmark = pytest.mark.slow

MODULES = "/usr/lib/apache2/modules"
SERVER = "/usr/sbin/apache2"
PAGE = '<p id="who"><!--#echo var="REMOTE_USER" --></p><p id="email"><!--#echo var="OIDC_CLAIM_email" --></p>'


@contextmanager
def site() -> Iterator[Party]:
    """Yield a relying party whose directory Apache's own account may read and write, and a provider with a certificate of its own."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-apache-") as name:
        directory = Path(name)
        (directory / "pages" / "protected").mkdir(parents=True)
        (directory / "pages" / "protected" / "index.shtml").write_text(PAGE)
        (directory / "pages" / "goodbye.html").write_text("<p id='goodbye'>Goodbye</p>")
        certificate, key = make_certificate(directory)
        if os.geteuid() == 0:
            shutil.chown(directory, "www-data")
        settings = {"IDP_TLS_CERT_FILE": certificate, "IDP_TLS_KEY_FILE": key, "IDP_ALLOW_PRIVATE_FETCH": "true"}
        with provider(directory, **settings) as party:
            yield party


@contextmanager
def apache(party: Party, algorithm: str = "RS256") -> Iterator[None]:
    """Run Apache, as its own account where we are root."""
    command = [*services.as_user("www-data"), SERVER, "-D", "FOREGROUND", "-f", str(party.directory / "apache.conf")]
    shutil.copy(HERE / "apache.conf", party.directory)
    more = {
        "DIRECTORY": str(party.directory),
        "MODULES": MODULES,
        "ALGORITHM": algorithm,
        "PASSPHRASE": secrets.token_hex(32),
        "CA_FILE": str(party.directory / "certificate.pem"),
    }
    with party.running(command, **more):
        yield


def ask(page: Page, party: Party) -> dict[str, Any]:
    """Return what the module knows of the session."""
    page.goto(f"{party.home}/protected/callback?info=json")
    known: dict[str, Any] = json.loads(page.inner_text("body"))
    return known


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_mod_auth_openidc_signs_in_and_out(chromium: Chromium, algorithm: str) -> None:
    """mod_auth_openidc opens a page to somebody whose claims it verified, refreshes, and signs them out at the provider too."""
    with site() as party:
        party.register(
            "--id-token-alg", algorithm, "--redirect-uri", f"{party.home}/protected/callback",
            "--post-logout-redirect-uri", f"{party.home}/goodbye.html",
        )  # fmt: skip
        with apache(party, algorithm), chromium.page(ignore_https_errors=True) as page:
            page.goto(f"{party.home}/protected/")
            sign_in(page, consent=True)
            page.wait_for_selector("#who")
            first = ask(page, party)
            assert first["id_token"]["iss"] == party.provider.url
            assert first["userinfo"]["email"] == EMAIL
            back = f"{party.home}/protected/"
            page.goto(f"{party.home}/protected/callback?refresh={back}&access_token={first['access_token']}")
            assert page.url == back
            assert page.inner_text("#who") == first["userinfo"]["sub"] == first["id_token"]["sub"]
            assert page.inner_text("#email") == EMAIL
            assert ask(page, party)["access_token"] != first["access_token"]
            page.goto(f"{party.home}/protected/callback?logout={party.home}/goodbye.html")
            page.wait_for_selector("#goodbye")
            page.goto(f"{party.home}/protected/")
            page.wait_for_selector("#signin-submit")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_mod_auth_openidc_hears_of_a_sign_out_at_the_provider(chromium: Chromium, algorithm: str) -> None:
    """Apache's session ends when its person signs out at the provider, which says so by a back-channel logout token; nobody else's does."""
    with site() as party:
        callback = f"{party.home}/protected/callback"
        party.register(
            "--first-party", "--id-token-alg", algorithm, "--redirect-uri", callback,
            "--backchannel-logout-uri", f"{callback}?logout=backchannel",
        )  # fmt: skip
        private = {"ignore_https_errors": True}
        with apache(party, algorithm), chromium.page(**private) as page, chromium.page(**private) as elsewhere:
            for browser in (page, elsewhere):
                browser.goto(f"{party.home}/protected/")
                sign_in(browser)
                browser.wait_for_selector("#who")
            page.goto(f"{party.provider.url}/signout")
            page.get_by_role("main").get_by_role("button", name="Sign out").click()
            expect(page.get_by_role("heading", level=1)).to_contain_text("signed out")
            wait_until_out(page, party)
            elsewhere.goto(f"{party.home}/protected/")
            assert elsewhere.inner_text("#email") == EMAIL


def wait_until_out(page: Page, party: Party, seconds: float = 30) -> None:
    """Reload the protected page until it leads to the provider's sign-in."""
    deadline = time.monotonic() + seconds
    while True:
        page.goto(f"{party.home}/protected/")
        if page.locator("#signin-submit").count():
            return
        assert time.monotonic() < deadline, "Apache's session has not ended"
        time.sleep(0.2)
