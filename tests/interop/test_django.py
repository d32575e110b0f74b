"""A Django site on mozilla-django-oidc as a relying party."""

import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.interop.parties import EMAIL, HERE, Party, provider, sign_in
from tests.support.chromium import Chromium

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_mozilla_django_oidc_signs_in_and_out(chromium: Chromium, tmp_path: Path, algorithm: str) -> None:
    """mozilla-django-oidc signs a person in with claims it verifies, renews silently, and signs them out at the provider too."""
    with provider(tmp_path) as party:
        party.register(
            "--id-token-alg", algorithm, "--scope", "openid profile email",
            "--redirect-uri", f"{party.home}/oidc/callback/", "--post-logout-redirect-uri", f"{party.home}/goodbye",
        )  # fmt: skip
        more = {"ALGORITHM": algorithm, "DIRECTORY": str(tmp_path)}
        with party.running([sys.executable, HERE / "django_site.py"], **more), chromium.page() as page:
            page.goto(party.home)
            page.click("#signin")
            sign_in(page, consent=True)
            who = page.inner_text("#who")
            assert who.endswith(f" {EMAIL}")
            until = float(page.inner_text("#renewed"))
            assert renew(page, party) > until
            assert page.inner_text("#who") == who
            page.click("button")
            page.wait_for_selector("#goodbye")
            page.goto(party.home)
            page.click("#signin")
            page.wait_for_selector("#signin-submit")


def test_mozilla_django_oidc_notices_a_sign_out_elsewhere(chromium: Chromium, tmp_path: Path) -> None:
    """A Django site that renews silently learns that its person has signed out at the provider, and lets them go as well."""
    with provider(tmp_path) as party:
        party.register("--first-party", "--redirect-uri", f"{party.home}/oidc/callback/")
        more = {"ALGORITHM": "RS256", "DIRECTORY": str(tmp_path)}
        with party.running([sys.executable, HERE / "django_site.py"], **more), chromium.page() as page:
            page.goto(party.home)
            page.click("#signin")
            sign_in(page)
            page.wait_for_selector("#who")
            page.goto(f"{party.provider.url}/signout")
            page.get_by_role("main").get_by_role("button", name="Sign out").click()
            expect(page.get_by_role("heading", level=1)).to_contain_text("signed out")
            page.goto(f"{party.home}/expire")
            page.goto(party.home)
            page.wait_for_selector("#nobody")


def renew(page: Page, party: Party) -> float:
    """Let the site ask the provider anew; return when it is to ask again, in seconds since 1970."""
    page.goto(f"{party.home}/expire")
    page.goto(party.home)
    return float(page.inner_text("#renewed"))
