"""A program that administers, as this server sees it: a client with the scope `admin`, or somebody's token, and requests to /api/v1."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import TestResponse

from tests.factories import Person, Provider

BASE = "/api/v1"


@dataclass
class Program:
    """Whoever holds a token."""

    provider: Provider
    token: str

    def send(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **query: Any
    ) -> TestResponse:
        """Send a request with the token, and perhaps a body in JSON."""
        url = f"{BASE}{path}{'?' + urlencode(query) if query else ''}"
        more = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        options = {"json": body} if body is not None else {}
        return self.provider.app.test_client().open(url, method=method, headers=more, **options)

    def ask(self, method: str, path: str, body: Any = None, *, status: int = 200, **options: Any) -> Any:
        """Send, expect a status, and return what is told."""
        answer = self.send(method, path, body, **options)
        assert answer.status_code == status, answer.text
        return answer.json if answer.data else None

    def refused(self, method: str, path: str, body: Any = None, *, status: int, **options: Any) -> dict[str, str]:
        """Send, expect a problem document of a status, and return the sentence of each member that is wrong, or of the whole."""
        answer = self.send(method, path, body, **options)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.text
        told = answer.json
        assert told is not None
        assert (told["status"], bool(told["title"])) == (status, True)
        return {error["member"] or "": error["detail"] for error in told.get("errors", [])} or {"": told["detail"]}


def machine(provider: Provider, scope: str = "admin", name: str = "robot") -> Program:
    """A client with a token of its own."""
    client = provider.client(
        client_id=name, scope=scope, client_name=name, redirect_uris=[], grant_types=["client_credentials"]
    )
    answer = provider.token(client, grant_type="client_credentials")
    assert answer.status_code == 200, answer.text
    token: str = answer.json["access_token"]
    return Program(provider, token)


def lent_by(provider: Provider, person: Person, scope: str = "admin") -> Program:
    """A client with a token of somebody's grant."""
    asked = f"openid {scope} offline_access"
    client = provider.client(scope=asked)
    return Program(provider, provider.grant(client, provider.browser(person), scope=asked)["access_token"])
