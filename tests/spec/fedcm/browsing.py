"""A browser that asks by FedCM, as far as its requests go: what it sends, and what it gets."""

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.factories import Browser, Client, Person, Provider

ORIGIN = "https://rp.example"
ITSELF = {"Sec-Fetch-Dest": "webidentity"}
TOLD = {"disclosure_text_shown": "true", "fields": "name,email,picture", "disclosure_shown_for": "name,email,picture"}


@dataclass
class Asking:
    """Somebody's browser, on a page of a client."""

    provider: Provider
    client: Client
    browser: Browser
    person: Person

    def get(self, path: str, origin: str | None = None, **headers: str) -> TestResponse:
        """Ask as the browser itself does."""
        named = {"Origin": origin} if origin is not None else {}
        return self.browser.http.get(path, headers={**ITSELF, **named, **headers})

    def post(
        self, path: str, origin: str | None = ORIGIN, /, *, dest: str = "webidentity", **form: Any
    ) -> TestResponse:
        """Send a form as the browser does in the name of a page; None leaves a member out."""
        headers = {"Sec-Fetch-Dest": dest} | ({"Origin": origin} if origin is not None else {})
        data = {name: value for name, value in form.items() if value is not None}
        return self.browser.http.post(path, data=data, headers=headers)

    def ask(self, origin: str | None = ORIGIN, **changes: Any) -> TestResponse:
        """Ask for an ID token, having told the person everything."""
        usual = {"client_id": self.client.client_id, "account_id": self.person.sub, "nonce": "n-0S6", **TOLD}
        return self.post("/fedcm/assertion", origin, **(usual | changes))

    def token(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of the ID token."""
        answer = self.ask(**changes)
        assert answer.status_code == 200, answer.text
        return self.provider.verify(answer.json["token"], self.client.client_id)

    def error(self, **changes: Any) -> str:
        """Return the code of the error."""
        answer = self.ask(**changes)
        assert answer.status_code in {400, 401}, answer.text
        return str(answer.json["error"]["code"])

    def goes_on(self, **changes: Any) -> str:
        """Return the path of our page on which the person is needed."""
        answer = self.ask(**changes)
        assert answer.status_code == 200, answer.text
        assert list(answer.json) == ["continue_on"], answer.json
        path = str(answer.json["continue_on"]).removeprefix(self.provider.issuer)
        assert path.startswith("/oauth/resume?"), path
        return path

    def accounts(self) -> TestResponse:
        """Ask who is signed in."""
        return self.get("/fedcm/accounts")


def arrive(provider: Provider, person: Person, **members: Any) -> Asking:
    """Open a browser in which somebody is signed in and which has FedCM's cookie, and register a client that is switched to it."""
    client = provider.client(fedcm_enabled=True, **members)
    browser = provider.browser(person)
    assert browser.get("/fedcm/sign-in").status_code == 200
    return Asking(provider, client, browser, person)
