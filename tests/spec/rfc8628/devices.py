"""Devices of these tests: they ask, show a code, and poll; and the person who types it."""

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.factories import Browser, Client, Person, Provider
from tests.spec.rfc9449 import proving

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "openid profile offline_access"


@dataclass(frozen=True)
class Device:
    """A device that has asked, with what it was told."""

    provider: Provider
    client: Client
    told: dict[str, Any]

    @property
    def user_code(self) -> str:
        """The code that it shows."""
        return str(self.told["user_code"])

    @property
    def device_code(self) -> str:
        """The code that it polls with."""
        return str(self.told["device_code"])

    def poll(self, proof: str | None = None, **changes: Any) -> TestResponse:
        """Ask for the tokens."""
        form = {"grant_type": GRANT, "device_code": self.device_code} | changes
        return proving.ask(self.provider, self.client, proof, **form)


def television(provider: Provider, **members: Any) -> Client:
    """Register a public client that has the device grant alone, and so no redirect URI."""
    usual: dict[str, Any] = {"public": True, "client_name": "Living Room", "redirect_uris": [], "scope": SCOPE}
    return provider.client(**(usual | {"grant_types": [GRANT, "refresh_token"]} | members))


def ask(provider: Provider, client: Client, **form: Any) -> TestResponse:
    """Send a device authorization request; a change of None leaves that parameter out."""
    values = ({} if client.secret else client.post()) | {"scope": "openid profile"} | form
    headers = client.basic() if client.secret else {}
    data = {name: value for name, value in values.items() if value is not None}
    return provider.http.post("/oauth/device", data=data, headers=headers)


def begin(provider: Provider, client: Client, **form: Any) -> Device:
    """Return a device that has asked."""
    answer = ask(provider, client, **form)
    assert answer.status_code == 200, answer.text
    return Device(provider, client, dict(answer.json))


def type_code(browser: Browser, code: str) -> TestResponse:
    """Type a code on the page."""
    return browser.submit("/device", user_code=code)


def lead(browser: Browser, device: Device) -> str:
    """Type the code in a browser in which somebody is signed in, and return the path of the page that asks them."""
    answer = type_code(browser, device.user_code)
    while answer.status_code == 303 and not answer.location.startswith("/consent"):
        answer = browser.get(answer.location)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def decide(browser: Browser, device: Device, decision: str = "allow") -> TestResponse:
    """Have the person of a browser decide about a device."""
    return browser.submit(lead(browser, device), decision=decision)


def connect(provider: Provider, client: Client, person: Person, **form: Any) -> Device:
    """Return a device that somebody has allowed, and that has not polled since."""
    device = begin(provider, client, **form)
    answer = decide(provider.browser(person), device)
    assert answer.location == "/device/connected", answer.text
    return device
