"""An application that nobody has registered: it publishes what it is at the address that is its identifier."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from idp.clients.metadata import Metadata
from tests.base.fetch.host import Host, answer
from tests.factories import Client, Provider

REDIRECT = "http://127.0.0.1/callback"


@dataclass
class Agent:
    """The application, its host, and its document as it stands now."""

    host: Host
    path: str = "/client.json"
    document: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.document = {
            "client_id": self.client_id,
            "client_name": "Travel Agent",
            "redirect_uris": [REDIRECT],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        }
        self.publish()

    @property
    def client_id(self) -> str:
        """The address of its document."""
        return f"{self.host.url}{self.path}"

    @property
    def client(self) -> Client:
        """The application as tests ask for it."""
        return Client(self.client_id, None, Metadata(client_name="Travel Agent", redirect_uris=[REDIRECT]))

    @property
    def asked(self) -> int:
        """How often its host was asked."""
        return len(self.host.asked)

    def publish(self, *headers: str, **changes: Any) -> None:
        """Publish the document with changes; None leaves a member out."""
        changed = self.document | changes
        self.document = {name: value for name, value in changed.items() if value is not None}
        self.host.reply = answer(json.dumps(self.document).encode(), "Content-Type: application/json", *headers)

    def fail(self, status: str) -> None:
        """Have the host answer with a status and nothing more."""
        self.host.reply = answer(b"", status=status)


@pytest.fixture
def agent(provider: Provider, host: Host) -> Agent:
    """An application on a loopback host, which the operator lets in."""
    provider.app.extensions["idp.settings"].client_id_metadata_hosts = "127.0.0.1"
    return Agent(host)
