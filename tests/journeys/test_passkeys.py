"""Passkeys in a real browser, with the virtual authenticator of its developer tools: registered, used alone and as second factors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.conftest import sqlite_url
from tests.factories import PASSWORD, Provider
from tests.support import services
from tests.support.beside import beside
from tests.support.chromium import Chromium

NEW, OPTIONS = "/account/security/passkeys/new", "/signin/passkey/options"
# Browsers that do not offer passkeys among names, and older ones that know no JSON either.
BY_BUTTON = "PublicKeyCredential.isConditionalMediationAvailable = async () => false;"
OLDER = "".join(
    f"delete PublicKeyCredential{name};"
    for name in (
        ".isConditionalMediationAvailable",
        ".parseCreationOptionsFromJSON",
        ".parseRequestOptionsFromJSON",
        ".prototype.toJSON",
    )
)


@dataclass
class House:
    """A running server, and a provider in this process on the same data."""

    url: str
    provider: Provider


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server with a name, for WebAuthn takes no addresses."""
    data_dir, port = tmp_path_factory.mktemp("house"), services.free_port()
    url = f"http://localhost:{port}"
    environment = {"IDP_BIND": f"127.0.0.1:{port}", "IDP_ISSUER": url, "IDP_WORKERS": 1}
    with beside(data_dir, sqlite_url(data_dir), environment) as (_server, provider):
        yield House(url, provider)


class Visitor:
    """Somebody with an account, at a browser with an authenticator that confirms everything at once."""

    def __init__(self, page: Page, house: House, email: str) -> None:
        self.page, self.house, self.email = page, house, email
        self._tools: CDPSession = page.context.new_cdp_session(page)
        self._tools.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
        self._id = self._tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def verifies(self, verifies: bool) -> None:
        """Let the authenticator know its user, or refuse."""
        self._tools.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": verifies})

    def is_there(self, there: bool) -> None:
        """Let somebody touch the authenticator whenever it asks, or nobody."""
        self._tools.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self._id, "enabled": there})

    def passkeys(self) -> list[dict[str, Any]]:
        """Return what the authenticator keeps."""
        return list(self._tools.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"])

    def goto(self, path: str) -> None:
        """Open a page of the server."""
        self.page.goto(self.house.url + path)

    def sign_in(self) -> None:
        """Fill in and send the form with the password."""
        self.page.fill("#username", self.email)
        self.page.fill("#password", PASSWORD)
        self.page.click("#signin-submit")

    def sign_out(self) -> None:
        """Sign out."""
        self.goto("/signout")
        self.page.click("#logout-confirm")
        self.page.wait_for_url("**/signed-out")

    def register(self, name: str = "") -> None:
        """Sign in with the password and register a passkey, up to the page that follows."""
        self.goto(f"/signin?next={NEW}")
        self.sign_in()
        if name:
            self.page.fill("#name", name)
        self.page.click("#passkey-submit")
        expect(self.page.get_by_text("The passkey is added")).to_be_visible()

    def is_signed_in(self) -> None:
        """Expect the pages of the account."""
        self.page.wait_for_url("**/account")
        expect(self.page.locator(".bar")).to_contain_text("Sign out")


@contextmanager
def visit(chromium: Chromium, house: House, email: str, script: str = BY_BUTTON) -> Iterator[Visitor]:
    """Make an account, and open a browser for its owner in which a script has run first."""
    house.provider.person(email)
    with chromium.page() as page:
        page.add_init_script(script)
        yield Visitor(page, house, email)


@pytest.mark.parametrize("script", [BY_BUTTON, OLDER], ids=["new", "old"])
def test_a_passkey_is_registered_and_signs_in_alone(chromium: Chromium, house: House, script: str) -> None:
    """A passkey is registered under a name and signs in by the button, in new browsers and in older ones."""
    with visit(chromium, house, f"alone-{len(script)}@example.com", script) as ann:
        ann.register("Blue key")
        assert len(ann.passkeys()) == 1
        expect(ann.page.locator("h1")).to_have_text("Save your recovery codes")
        ann.goto("/account/security")
        expect(ann.page.locator("#passkeys")).to_contain_text("Blue key")
        ann.sign_out()
        ann.goto("/signin?next=/account/email")
        ann.page.click("#passkey-submit")
        ann.page.wait_for_url("**/account/email")


def test_the_browser_offers_the_passkey_by_itself(chromium: Chromium, house: House) -> None:
    """With conditional mediation the sign-in page asks by itself, and the person only confirms."""
    with visit(chromium, house, "conditional@example.com", "") as ann:
        ann.register()
        ann.sign_out()
        ann.goto("/signin?next=/account/email")
        ann.page.wait_for_url("**/account/email")


def test_a_waiting_page_asks_with_a_fresh_challenge(chromium: Chromium, house: House) -> None:
    """A page that stays open asks with a new challenge before the old one expires, and the button takes over from it."""
    with visit(chromium, house, "waiting@example.com", "") as ann:
        ann.register()
        ann.sign_out()
        ann.is_there(False)
        ann.page.clock.install()
        with ann.page.expect_response(f"**{OPTIONS}") as first:
            ann.goto("/signin")
        with ann.page.expect_response(f"**{OPTIONS}") as second:
            ann.page.clock.fast_forward(4 * 60 * 1000 + 1000)
        assert first.value.json()["challenge"] != second.value.json()["challenge"]
        ann.is_there(True)
        ann.page.click("#passkey-submit")
        ann.is_signed_in()


def test_a_passkey_is_the_second_factor_after_a_password(chromium: Chromium, house: House) -> None:
    """After the password the code page offers the passkey, and says what else there is."""
    with visit(chromium, house, "second@example.com") as ann:
        ann.register()
        ann.sign_out()
        ann.goto("/signin")
        ann.sign_in()
        expect(ann.page.locator("#code-hint")).to_contain_text("recovery codes")
        ann.page.click("#passkey-submit")
        ann.is_signed_in()


def test_a_passkey_confirms_who_is_signed_in(chromium: Chromium, house: House) -> None:
    """Who must prove once more who they are may do so with the passkey, and continues where they were going."""
    with visit(chromium, house, "again@example.com") as ann:
        ann.register()
        ann.goto("/signin?again=1&next=/account/email")
        expect(ann.page.locator("#password")).to_be_visible()
        ann.page.click("#passkey-submit")
        ann.page.wait_for_url("**/account/email")


def test_a_cancelled_prompt_leaves_the_page_usable(chromium: Chromium, house: House) -> None:
    """Whoever gives up at the prompt reads so, keeps the page, and can try again, when registering and when signing in."""
    with visit(chromium, house, "cancel@example.com") as ann:
        ann.verifies(False)
        ann.goto(f"/signin?next={NEW}")
        ann.sign_in()
        ann.page.click("#passkey-submit")
        expect(ann.page.get_by_text("No passkey was made")).to_be_visible()
        ann.verifies(True)
        ann.page.click("#passkey-submit")
        expect(ann.page.get_by_text("The passkey is added")).to_be_visible()
        ann.goto(NEW)
        ann.page.click("#passkey-submit")
        expect(ann.page.get_by_text("has a passkey for your account already")).to_be_visible()
        ann.sign_out()
        ann.verifies(False)
        ann.goto("/signin")
        ann.page.click("#passkey-submit")
        expect(ann.page.get_by_text("No passkey was used")).to_be_visible()
        ann.verifies(True)
        ann.page.click("#passkey-submit")
        ann.is_signed_in()


def test_a_name_is_asked_for_before_the_passkey(chromium: Chromium, house: House) -> None:
    """Without a name the form is refused before anything is made on the device."""
    with visit(chromium, house, "nameless@example.com") as ann:
        ann.goto(f"/signin?next={NEW}")
        ann.sign_in()
        ann.page.fill("#name", "  ")
        ann.page.click("#passkey-submit")
        expect(ann.page.locator("#error-summary")).to_be_focused()
        assert ann.passkeys() == []


def test_a_removed_passkey_no_longer_signs_in(chromium: Chromium, house: House) -> None:
    """A removed passkey is refused, and the page that says so still takes the password."""
    with visit(chromium, house, "removed@example.com") as ann:
        ann.register()
        ann.goto("/account/security")
        ann.page.click("#passkeys >> text=Remove")
        ann.page.click("#remove-submit")
        expect(ann.page.locator("#passkeys")).not_to_contain_text("Passkey on this device")
        ann.sign_out()
        ann.goto("/signin?next=/account/email")
        ann.page.click("#passkey-submit")
        expect(ann.page.locator("#error-summary")).to_contain_text("That passkey was not accepted")
        ann.sign_in()
        ann.page.wait_for_url("**/account/email")


def test_without_javascript_the_pages_say_what_to_do(chromium: Chromium, house: House) -> None:
    """Without JavaScript there is no dead button: each page says what to do instead, and the password works (ux.md 31)."""
    email = "no-script@example.com"
    house.provider.person(email)
    with chromium.page(javascript=False) as page:
        page.goto(f"{house.url}/signin?next={NEW}")
        expect(page.get_by_text("Passkeys need JavaScript; sign in with your password.")).to_be_visible()
        expect(page.locator("#passkey-submit")).to_be_hidden()
        page.fill("#username", email)
        page.fill("#password", PASSWORD)
        page.click("#signin-submit")
        expect(page.get_by_role("heading", name="Passkeys need JavaScript")).to_be_visible()
        expect(page.locator("#passkey-submit")).to_be_hidden()
        page.click("text=Add an authenticator app instead")
        page.wait_for_url("**/account/security/authenticator")
