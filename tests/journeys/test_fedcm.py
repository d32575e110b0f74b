"""The browser's own sign-in (FedCM), in Chromium: its dialog is answered through DevTools, everything else is real."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from playwright.sync_api import Page

from idp import sessions
from idp.accounts import taking
from idp.accounts.taking import Authority
from idp.oauth import consents
from tests.conftest import sqlite_url
from tests.factories import PASSWORD, Client, Person, Provider
from tests.support import services
from tests.support.beside import beside
from tests.support.chromium import Chromium

ASK = """([configURL, clientId, more]) => {
  const provider = { configURL, clientId, params: { nonce: "n-0S6", ...more } };
  window.answer = undefined;
  navigator.credentials.get({ identity: { providers: [provider], mode: "passive" }, mediation: "required" }).then(
    (found) => { window.answer = { token: found.token }; },
    (error) => { window.answer = { error: `${error.name} ${error.error ?? error.code ?? ""} ${error.message}` }; },
  );
}"""
DISCONNECT = """async ([configURL, clientId, accountHint]) => {
  try {
    await IdentityCredential.disconnect({ configURL, clientId, accountHint });
    return "done";
  } catch (error) {
    return error.message;
  }
}"""


class _Shop(BaseHTTPRequestHandler):
    """A relying party: one page."""

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server asks for
        """Answer with the page."""
        body = b"<!doctype html><title>Shop</title><h1>Shop</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@dataclass
class Street:
    """A provider with a name, and a shop of another site, whose client is switched to FedCM."""

    url: str
    shop: str
    provider: Provider
    client: Client


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """A running provider and a running shop."""
    data_dir, port = tmp_path_factory.mktemp("street"), services.free_port()
    url = f"http://localhost:{port}"
    shop = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    Thread(target=shop.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{shop.server_port}"
    environment = {"IDP_BIND": f"127.0.0.1:{port}", "IDP_ISSUER": url, "IDP_WORKERS": 1}
    with beside(data_dir, sqlite_url(data_dir), environment) as (_server, provider):
        client = provider.client(client_name="Shop", redirect_uris=[f"{home}/callback"], fedcm_enabled=True)
        yield Street(url, home, provider, client)
    shop.shutdown()
    shop.server_close()


@dataclass
class Shopper:
    """Somebody with an account, in a browser whose dialogs are answered through DevTools."""

    page: Page
    street: Street
    person: Person
    dialogs: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tools = self.page.context.new_cdp_session(self.page)
        self.tools.send("FedCm.enable", {"disableRejectionDelay": True})
        self.tools.on("FedCm.dialogShown", lambda shown: self.dialogs.append(shown))

    def sign_in(self) -> None:
        """Sign in at the provider, by its form."""
        self.page.goto(f"{self.street.url}/signin")
        self.fill(self.page)

    def fill(self, page: Page) -> None:
        """Fill in and send the form with the password."""
        page.fill("#username", self.person.email)
        page.fill("#password", PASSWORD)
        page.click("#signin-submit")

    def start(self, **more: str) -> None:
        """Have the shop's page ask."""
        self.page.goto(self.street.shop)
        self.dialogs.clear()
        self.page.evaluate(ASK, [f"{self.street.url}/fedcm/config.json", self.street.client.client_id, more])

    def ask(self, **more: str) -> dict[str, Any]:
        """Have the shop's page ask, and return the dialog that the browser shows."""
        self.start(**more)
        return self.shown()

    def shown(self) -> dict[str, Any]:
        """Wait for a dialog, and return it."""
        while not self.dialogs and self.page.evaluate("window.answer") is None:
            self.page.wait_for_timeout(20)
        assert self.dialogs, self.page.evaluate("window.answer")
        return self.dialogs[-1]

    def choose(self, dialog: dict[str, Any]) -> None:
        """Choose the one account of the dialog."""
        self.tools.send("FedCm.selectAccount", {"dialogId": dialog["dialogId"], "accountIndex": 0})

    def answer(self) -> dict[str, str]:
        """Return what the shop's page gets."""
        self.page.wait_for_function("window.answer !== undefined")
        return dict(self.page.evaluate("window.answer"))

    def claims(self) -> dict[str, Any]:
        """Return the claims of the ID token that the shop's page gets."""
        token = self.answer()["token"]
        published = self.street.provider.http.get("/.well-known/jwks.json").json["keys"]
        key = next(jwk for jwk in published if jwk["kid"] == jwt.get_unverified_header(token)["kid"])
        return dict(jwt.decode(token, jwt.PyJWK(key), algorithms=[key["alg"]], audience=self.street.client.client_id))


def end_sessions(person: Person) -> None:
    """End every session of somebody, of which no browser hears."""
    account = taking.take(Authority(person.id))
    assert account
    sessions.end_all(person.id, why=sessions.Ending(account.sub))


@contextmanager
def shopping(chromium: Chromium, street: Street, email: str) -> Iterator[Shopper]:
    """Make an account, and open a browser for its owner."""
    person = street.provider.person(email)
    with chromium.page() as page:
        yield Shopper(page, street, person)


def test_sign_in(chromium: Chromium, street: Street) -> None:
    """Whoever is signed in here chooses themselves in the browser's dialog; the app gets an ID token, and can forget them again."""
    with shopping(chromium, street, "ann@example.org") as ann:
        ann.sign_in()
        dialog = ann.ask()
        assert dialog["dialogType"] == "AccountChooser"
        (account,) = dialog["accounts"]
        assert (account["email"], account["loginState"]) == ("ann@example.org", "SignUp")
        ann.choose(dialog)
        claims = ann.claims()
        assert (claims["iss"], claims["email"], claims["nonce"]) == (street.url, "ann@example.org", "n-0S6")
        again = ann.ask()
        assert again["accounts"][0]["loginState"] == "SignIn"
        ann.choose(again)
        assert ann.claims()["sub"] == claims["sub"]
        asked = [f"{street.url}/fedcm/config.json", street.client.client_id, claims["sub"]]
        assert ann.page.evaluate(DISCONNECT, asked) == "done"
        with street.provider.working():
            assert consents.find(ann.person.id, street.client.client_id) is None


def test_signed_out(chromium: Chromium, street: Street) -> None:
    """After sign-out the browser asks nobody; where it was not told, the dialog offers to sign in, on our pages, and goes on from there."""
    with shopping(chromium, street, "bea@example.org") as bea:
        bea.sign_in()
        bea.page.goto(f"{street.url}/signout")
        bea.page.click("#logout-confirm")
        bea.page.wait_for_url("**/signed-out")
        bea.start()
        assert "error" in bea.answer()
        bea.sign_in()
        with street.provider.working():
            end_sessions(bea.person)
        dialog = bea.ask()
        assert dialog["dialogType"] == "ConfirmIdpLogin"
        bea.dialogs.clear()
        with bea.page.context.expect_page() as opened:
            click = {"dialogId": dialog["dialogId"], "dialogButton": "ConfirmIdpLoginContinue"}
            bea.tools.send("FedCm.clickDialogButton", click)
        bea.fill(opened.value)
        bea.choose(bea.shown())
        assert bea.claims()["email"] == "bea@example.org"


def test_more_is_needed(chromium: Chromium, street: Street) -> None:
    """Where an app asks for a fresh sign-in the browser opens our pages; what it told before counts for nothing; the last one closes."""
    with shopping(chromium, street, "cid@example.org") as cid:
        cid.sign_in()
        dialog = cid.ask(prompt="login")
        with cid.page.context.expect_page() as opened:
            cid.choose(dialog)
        opened.value.wait_for_load_state()
        cid.fill(opened.value)
        opened.value.click("#consent-allow")
        assert cid.claims()["email"] == "cid@example.org"
        assert opened.value.is_closed()
