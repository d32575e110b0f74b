"""An answer by form_post in a real browser, to a relying party that says what it was sent (OAuth 2.0 Form Post Response Mode 1.0)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.support.chromium import Chromium
from tests.support.serving import RunningServer, serve

EMAIL, PASSWORD = "ann@example.com", "correct horse battery"
STATE = "".join(chr(code) for code in range(0x20, 0x7F)) + '"></form><script>alert(1)</script>&amp;%00 žluť\U0001f40e'


@dataclass
class Party:
    """A relying party: where answers go, its client identifier, and every request that reached it."""

    callback: str
    client_id: str = ""
    requests: list[tuple[str, str, str | None, dict[str, str]]] = field(default_factory=list)


class Callback(BaseHTTPRequestHandler):
    """Notes method, path, Referer and body of a request."""

    party: Party

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server asks for
        """Take an answer."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        pairs = parse_qsl(body, keep_blank_values=True, strict_parsing=True)
        assert len(pairs) == len(dict(pairs))
        self.party.requests.append(("POST", self.path, self.headers["Referer"], dict(pairs)))
        self._thank()

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server asks for
        """Note what should not come."""
        if self.path != "/favicon.ico":
            self.party.requests.append(("GET", self.path, self.headers["Referer"], {}))
        self._thank()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def _thank(self) -> None:
        body = b"<!doctype html><title>Party</title><h1>Arrived</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def listening() -> Iterator[Party]:
    """Run a relying party for as long as the block lasts."""
    handler = type("Handler", (Callback,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.party = Party(f"http://127.0.0.1:{server.server_port}/callback?tenant=a%20b")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield handler.party
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture(scope="module")
def provider() -> Iterator[RunningServer]:
    """A provider, and Ann."""
    with serve({"IDP_WORKERS": "1", "IDP_RATELIMIT_ENABLED": "false"}) as server:
        server.idp("user", "create", "--email", EMAIL, "--password-stdin", "--verified", stdin=PASSWORD)
        yield server


@pytest.fixture
def party(provider: RunningServer) -> Iterator[Party]:
    """A relying party that is registered there."""
    with listening() as found:
        made = provider.idp("client", "create", "--name", "Party", "--redirect-uri", found.callback, "--no-pkce")
        found.client_id = json.loads(made)["client_id"]
        yield found


def ask(page: Page, provider: RunningServer, party: Party, **changes: str) -> None:
    """Send the browser to the provider with a request."""
    values = {
        "response_type": "code",
        "response_mode": "form_post",
        "client_id": party.client_id,
        "redirect_uri": party.callback,
        "scope": "openid",
        "state": STATE,
    }
    page.goto(f"{provider.url}/oauth/authorize?{urlencode(values | changes)}")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_an_answer_is_posted(provider: RunningServer, party: Party, chromium: Chromium, javascript: bool) -> None:
    """A code, and an error, arrive by POST with the state to the byte, without a Referer and with nothing more in the query."""
    with chromium.page(javascript=javascript) as page:
        ask(page, provider, party, prompt="none")
        if not javascript:
            expect(page.locator("h1")).to_have_text("Back to Party")
            page.click("main button")
        expect(page.locator("h1")).to_have_text("Arrived")
        ask(page, provider, party)
        page.fill("#username", EMAIL)
        page.fill("#password", PASSWORD)
        page.click("#signin-submit")
        page.click("#consent-allow")
        if not javascript:
            page.click("main button")
        expect(page.locator("h1")).to_have_text("Arrived")
        assert page.url == party.callback
    (refused, allowed) = party.requests
    for method, path, referer, members in (refused, allowed):
        assert (method, path, referer) == ("POST", "/callback?tenant=a%20b", None)
        assert members["state"] == STATE
        assert members["iss"] == provider.url
    assert refused[3]["error"] == "login_required"
    assert set(allowed[3]) == {"code", "state", "iss"}
    assert STATE not in provider.log()
    assert allowed[3]["code"] not in provider.log()
