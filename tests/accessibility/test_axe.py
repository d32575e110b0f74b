"""Accessibility of every page, by axe-core in a real browser: narrow and wide, light and dark."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

pytestmark = pytest.mark.slow
PASSWORD = "correct horse battery"
AUTHORIZE = (
    "/oauth/authorize?client_id=app&redirect_uri=https://app.example/cb&response_type=code&scope=openid+profile+email"
    "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
)
OPEN_PAGES = [
    "/signin",
    "/signup",
    "/reset",
    "/signed-out",
    "/oauth/authorize",
    "/verify/link?token=x",
    "/nowhere",
    AUTHORIZE,
]
OWN_PAGES = ["/account", "/account/password", "/account/activity", "/account/apps", "/signout", AUTHORIZE]
ADMIN_PAGES = ["/admin", "/admin/clients", "/admin/clients/new", "/admin/clients/app", "/admin/people", "/admin/audit"]
ADMIN_PAGES += ["/admin/mail", "/admin/keys"]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A server with one client, one person and one administrator."""
    with serve({"IDP_WORKERS": "1", "IDP_RATELIMIT_ENABLED": "false"}) as running:
        running.idp(
            "client", "create", "--name", "App", "--client-id", "app", "--redirect-uri", "https://app.example/cb"
        )
        running.idp("user", "create", "--email", "ann@example.com", "--password-stdin", "--verified", stdin=PASSWORD)
        yield running


def examine(page: Page, address: str) -> None:
    """Open a page in each shape and expect axe to find nothing, and nothing to overflow at 320 px."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(address)
            results = Axe().run(page)
            assert results.violations_count == 0, f"{address} {scheme} {width}\n{results.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} overflows at {width}"


def sign_in(page: Page, server: RunningServer, email: str) -> None:
    """Sign in at the form."""
    page.goto(f"{server.url}/signin")
    page.fill("#username", email)
    page.fill("#password", PASSWORD)
    page.click("#signin-submit")


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_entrance_pages(server: RunningServer, chromium: Chromium, path: str) -> None:
    """The pages that anybody may open have no violation (ux.md 29)."""
    with chromium.page() as page:
        examine(page, server.url + path)


def test_a_form_with_errors(server: RunningServer, chromium: Chromium) -> None:
    """A form that was refused has no violation either, and the focus is on its summary (ux.md 20)."""
    with chromium.page() as page:
        page.goto(f"{server.url}/signup")
        page.fill("#email", "no address")
        page.fill("#password", "short")
        page.click("#signup-submit")
        expect(page.locator("#error-summary")).to_be_focused()
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


def test_own_pages(server: RunningServer, chromium: Chromium) -> None:
    """A signed-in person's pages and the consent page have no violation (ux.md 29)."""
    with chromium.page() as page:
        sign_in(page, server, "ann@example.com")
        for path in OWN_PAGES:
            examine(page, server.url + path)


def test_admin_pages(server: RunningServer, chromium: Chromium) -> None:
    """The administrators' pages have no violation (ux.md 29)."""
    link = server.idp("create-admin", "--email", "root@example.com").strip()
    with chromium.page() as page:
        page.goto(link)
        page.fill("#password", PASSWORD)
        page.click("#password-submit")
        sign_in(page, server, "root@example.com")
        for path in ADMIN_PAGES:
            examine(page, server.url + path)
