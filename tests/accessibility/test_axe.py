"""Accessibility of every page, by axe-core in a real browser: narrow and wide, light and dark."""

from collections.abc import Iterator
from typing import Literal

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support import services
from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

pytestmark = pytest.mark.slow
Shapes = tuple[tuple[Literal["light", "dark"], int], ...]
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
    "/docs",
    "/oauth/authorize",
    "/verify/link?token=x",
    "/unlock?token=x",
    "/nowhere",
    AUTHORIZE,
]
OWN_PAGES = [
    f"/account{path}" for path in ("", "/password", "/activity", "/apps", "/sessions", "/email", "/data", "/delete")
]
OWN_PAGES += [
    "/account/security",
    "/account/security/authenticator",
    "/account/security/passkeys/new",
    "/account/connections",
    "/auth/username",
    "/signout",
    AUTHORIZE,
]
ADMIN_PAGES = ["/admin", "/admin/clients", "/admin/clients/new", "/admin/clients/app", "/admin/people", "/admin/audit"]
ADMIN_PAGES += [
    "/admin/streams",
    "/admin/audit/retention",
    "/admin/mail",
    "/admin/keys",
    "/admin/policy",
    "/admin/registration",
]
# Each page is looked at in both schemes and both widths, and the pages together in all four shapes.
EVEN: Shapes = (("light", 320), ("dark", 1280))
ODD: Shapes = (("light", 1280), ("dark", 320))


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A server with one client, one person and a provider to connect; its name lets passkeys work."""
    port = services.free_port()
    upstream = {"IDP_GITHUB_CLIENT_ID": "gatehouse", "IDP_GITHUB_CLIENT_SECRET": "a secret that nobody is told"}
    place = {"IDP_BIND": f"127.0.0.1:{port}", "IDP_ISSUER": f"http://localhost:{port}"}
    with serve({"IDP_WORKERS": "1", "IDP_RATELIMIT_ENABLED": "false"} | upstream | place) as running:
        running.idp(
            "client", "create", "--name", "App", "--client-id", "app", "--redirect-uri", "https://app.example/cb"
        )
        running.idp("user", "create", "--email", "ann@example.com", "--password-stdin", "--verified", stdin=PASSWORD)
        yield running


def examine(page: Page, address: str, shapes: Shapes) -> None:
    """Open a page in each shape and expect axe to find nothing, and nothing to overflow."""
    for scheme, width in shapes:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(address)
        results = Axe().run(page)
        assert results.violations_count == 0, f"{address} {scheme} {width}\n{results.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} overflows at {width}"


def examine_all(page: Page, server: RunningServer, paths: list[str]) -> None:
    """Examine pages, every other one in the other two shapes."""
    for number, path in enumerate(paths):
        examine(page, server.url + path, ODD if number % 2 else EVEN)


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
        examine(page, server.url + path, EVEN + ODD)


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
        examine_all(page, server, OWN_PAGES)
        for path, words in (("/account/connections", "GitHub"), ("/auth/username", "username")):
            page.goto(server.url + path)
            expect(page.locator("main")).to_contain_text(words)


def test_pages_of_second_factors(server: RunningServer, chromium: Chromium) -> None:
    """What somebody sees who sets up an app, saves the codes, and signs in with one has no violation (ux.md 29)."""
    server.idp("user", "create", "--email", "bob@example.com", "--password-stdin", "--verified", stdin=PASSWORD)
    codes = "/account/security/recovery-codes"
    with chromium.page() as page:
        sign_in(page, server, "bob@example.com")
        page.goto(f"{server.url}/account/security")
        page.click("#authenticator-submit")
        expect(page.locator("#secret")).to_be_visible()
        examine(page, page.url, EVEN)
        page.fill("#name", "Phone")
        page.fill("#code", pyotp.TOTP(page.locator("#secret").inner_text().replace(" ", "")).now())
        page.click("#code-submit")
        expect(page.locator("#codes")).to_be_visible()
        examine(page, server.url + codes, ODD)
        page.check("#saved")
        page.click("#saved-submit")
        page.wait_for_url(f"{server.url}/account/security")
        examine_all(page, server, ["/account/security", codes])
        page.goto(f"{server.url}/signout")
        page.click("main button")
        sign_in(page, server, "bob@example.com")
        expect(page.locator("#code")).to_be_visible()
        examine_all(page, server, ["/signin/code", "/signin/code?recovery=1"])


def test_admin_pages(server: RunningServer, chromium: Chromium) -> None:
    """The administrators' pages have no violation (ux.md 29)."""
    link = server.idp("create-admin", "--email", "root@example.com").strip()
    with chromium.page() as page:
        page.goto(link)
        page.fill("#password", PASSWORD)
        page.click("#password-submit")
        sign_in(page, server, "root@example.com")
        examine_all(page, server, ADMIN_PAGES)
