"""A receiver: a client with a token of its own, what it does with its streams, and what it hears."""

import re
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import TestResponse

from idp import serving
from idp.signals import collecting
from tests.base.fetch.host import Host, answer
from tests.factories import CALLBACK, Client, Provider

PUSH, POLL = "urn:ietf:rfc:8935", "urn:ietf:rfc:8936"
CAEP, RISC, SSF = (f"https://schemas.openid.net/secevent/{name}/event-type/" for name in ("caep", "risc", "ssf"))
SCOPE = "openid profile email groups roles offline_access ssf.manage ssf.read"
HEADER = "Bearer the-receivers-own"
TAKEN = answer(b"", status="202 Accepted")


@dataclass
class Receiver:
    """One client that hears news."""

    provider: Provider
    client: Client
    scope: str = "ssf.manage"
    _token: str | None = field(default=None, repr=False)

    @property
    def token(self) -> str:
        """Its own access token."""
        if self._token is None:
            answered = self.provider.token(self.client, grant_type="client_credentials", scope=self.scope)
            assert answered.status_code == 200, answered.text
            self._token = str(answered.json["access_token"])
        return self._token

    def ask(self, method: str, path: str, document: Any = None, **options: Any) -> TestResponse:
        """Send a request with the token."""
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {"json": document} if document is not None else {}
        response: TestResponse = self.provider.http.open(path, method=method, headers=headers, **body, **options)
        return response

    def make(self, **document: Any) -> dict[str, Any]:
        """Make a stream, and return its configuration."""
        made = self.ask("POST", "/ssf/streams", document)
        assert made.status_code == 201, made.text
        return dict(made.json)

    def make_pushed(self, host: Host, **document: Any) -> dict[str, Any]:
        """Make a stream that is pushed to a host."""
        delivery = {"method": PUSH, "endpoint_url": f"{host.url}/events", "authorization_header": HEADER}
        return self.make(delivery=delivery, **document)

    def poll(self, stream: dict[str, Any], **document: Any) -> dict[str, Any]:
        """Poll a stream."""
        path = stream["delivery"]["endpoint_url"].removeprefix(self.provider.issuer)
        answered = self.ask("POST", path, {"returnImmediately": True, **document})
        assert answered.status_code == 200, answered.text
        return dict(answered.json)

    def news(self, stream: dict[str, Any]) -> list[dict[str, Any]]:
        """Let the courier read the log; return the claims of what waits, verified, and take it."""
        collect(self.provider)
        found = self.poll(stream)["sets"]
        self.poll(stream, maxEvents=0, ack=list(found))
        return [self.provider.verify(token, self.client.client_id) for token in found.values()]

    def kinds(self, stream: dict[str, Any]) -> list[str]:
        """Return the short names of the news that wait, and take them."""
        return [short(claims) for claims in self.news(stream)]


def make_receiver(
    provider: Provider, *, everybody: bool = False, client_id: str | None = None, **members: Any
) -> Receiver:
    """Register a client that may hear news."""
    scope = f"{SCOPE} ssf.everybody" if everybody else SCOPE
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    values = {"scope": scope, "grant_types": grants, "redirect_uris": [CALLBACK]}
    return Receiver(provider, provider.client(client_id=client_id, **(values | members)))


def collect(provider: Provider) -> int:
    """Let the courier read what is new in the log."""
    with provider.app.app_context():
        return collecting.catch_up()


def deliver(provider: Provider) -> int:
    """Let the courier read the log, and push what is due."""
    collect(provider)
    return serving.deliver_once(provider.app, "web")


def short(claims: dict[str, Any]) -> str:
    """Return the last word of the one event in a token."""
    (kind,) = claims["events"]
    return str(kind).rpartition("/")[2]


def members(claims: dict[str, Any]) -> dict[str, Any]:
    """Return the one event in a token."""
    (event,) = claims["events"].values()
    return dict(event)


def heard(host: Host) -> list[str]:
    """Return the tokens that a host was sent, each in a request of RFC 8935, section 2.1."""
    tokens = []
    for request in host.asked:
        head, _, body = request.partition(b"\r\n\r\n")
        assert head.startswith(b"POST /events HTTP/1.1\r\n"), head
        lines = head.lower()
        assert b"\r\ncontent-type: application/secevent+jwt" in lines
        assert b"\r\naccept: application/json" in lines
        assert re.search(rb"\r\nauthorization: bearer the-receivers-own(\r\n|$)", lines)
        tokens.append(body.decode())
    return tokens
