"""Token exchange as tests of it ask for it: a shop, whose tokens an API exchanges for ones for a store behind it."""

from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from idp.clients import exchanges
from idp.clients import service as clients
from idp.clients.exchanges import Rule
from idp.clients.metadata import TOKEN_EXCHANGE
from tests.factories import Browser, Client, Provider

TYPES = "urn:ietf:params:oauth:token-type:"
SCOPE = "openid read write"


@dataclass
class Scene:
    """A shop that people sign in to, an API that gets its tokens, and the store that this calls for them."""

    provider: Provider
    shop: Client
    api: Client
    store: Client

    def allow(self, client: Client | None = None, **rule: Any) -> None:
        """Set a rule of the API: tokens of the shop for the store, unless said otherwise."""
        values = {"subject": self.shop.client_id, "audience": self.store.client_id, "scope": "read write"} | rule
        with self.provider.working():
            row = clients.get((client or self.api).client_id, for_change=True)
            assert row is not None
            assert exchanges.put(row, Rule(**values), actor="the tests") is None

    def exchange(self, token: str, kind: str = "access_token", **form: Any) -> TestResponse:
        """Exchange a token as the API."""
        return self.ask(self.api, token, kind, **form)

    def ask(self, client: Client, token: str, kind: str = "access_token", **form: Any) -> TestResponse:
        """Exchange a token as a client; a change of None leaves a parameter out."""
        values = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": token,
            "subject_token_type": f"{TYPES}{kind}",
            "audience": self.store.client_id,
        }
        return self.provider.token(client, **(values | form))

    def sign_in(self, browser: Browser, scope: str = SCOPE, **parameters: Any) -> dict[str, Any]:
        """Return the tokens of somebody at the shop."""
        return self.provider.grant(self.shop, browser, scope, **parameters)

    def own(self, client: Client) -> str:
        """Return a token of a client's own."""
        return str(self.provider.token(client, grant_type="client_credentials").json["access_token"])

    def claims(self, answer: TestResponse, audience: str | None = None) -> dict[str, Any]:
        """Return the claims of the token of an answer, as its audience reads it."""
        assert answer.status_code == 200, answer.text
        return self.provider.verify(answer.json["access_token"], audience or self.store.client_id)

    def is_active(self, token: str) -> bool:
        """Return whether the store is told that a token is good."""
        return bool(self.provider.introspect(self.store, token).json["active"])


def build(provider: Provider, **api: Any) -> Scene:
    """Register the three."""
    scope = "openid profile offline_access read write"
    both = ["client_credentials", TOKEN_EXCHANGE]
    return Scene(
        provider,
        provider.client(client_name="Shop", scope=scope),
        provider.client(client_name="API", grant_types=both, redirect_uris=[], scope="openid read write", **api),
        provider.client(client_name="Store", grant_types=both, redirect_uris=[], scope="read write"),
    )


def error(answer: TestResponse) -> tuple[int, str]:
    """Return status and error of an answer."""
    return answer.status_code, answer.json["error"]
