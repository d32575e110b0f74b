"""Identity assertions as a client asks for them: a wiki that people sign in to, and a chat elsewhere, whose server trusts this one."""

from dataclasses import dataclass
from typing import Any

import jwt
from werkzeug.test import TestResponse

from idp.clients import service as clients
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.groups import assertion_rules
from idp.groups.assertion_rules import Rule
from tests.factories import Browser, Client, Provider

TYPES = "urn:ietf:params:oauth:token-type:"
CHAT, FILES, TALKS = "https://auth.chat.example/", "https://api.chat.example/files", "https://api.chat.example/talks"
SCOPE = "openid offline_access"
GRANTS = ["authorization_code", "refresh_token", TOKEN_EXCHANGE]


@dataclass
class Scene:
    """The wiki, and what it asks for."""

    provider: Provider
    wiki: Client

    def allow(self, client: Client | None = None, **rule: Any) -> None:
        """Set the rule for the chat, unless said otherwise."""
        values = {"audience": CHAT, "scope": "chat.read chat.write"} | rule
        with self.provider.working():
            row = clients.get((client or self.wiki).client_id, for_change=True)
            assert row is not None
            assert assertion_rules.put(row, Rule(**values), actor="the tests") is None

    def sign_in(self, browser: Browser, **parameters: Any) -> dict[str, Any]:
        """Return the tokens of somebody at the wiki."""
        return self.provider.grant(self.wiki, browser, **({"scope": SCOPE, "prompt": "consent"} | parameters))

    def form(self, token: str, kind: str = "id_token", **changes: Any) -> dict[str, Any]:
        """Return a request for an assertion; a change of None leaves a parameter out."""
        values = {
            "grant_type": TOKEN_EXCHANGE,
            "requested_token_type": f"{TYPES}id-jag",
            "subject_token": token,
            "subject_token_type": f"{TYPES}{kind}",
            "audience": CHAT,
        } | changes
        return {name: value for name, value in values.items() if value is not None}

    def ask(self, token: str, kind: str = "id_token", *, client: Client | None = None, **changes: Any) -> TestResponse:
        """Ask for an assertion, as the wiki unless said otherwise."""
        return self.provider.token(client or self.wiki, **self.form(token, kind, **changes))

    def claims(self, answer: TestResponse, audience: str = CHAT) -> dict[str, Any]:
        """Return the claims of an answer's assertion, verified as the other server does: by the published keys, and by its type."""
        assert answer.status_code == 200, answer.text
        assertion = answer.json["access_token"]
        assert jwt.get_unverified_header(assertion)["typ"] == "oauth-id-jag+jwt"
        return self.provider.verify(assertion, audience)


def build(provider: Provider, **wiki: Any) -> Scene:
    """Register the wiki, without any rule."""
    members = {"client_name": "Wiki", "grant_types": GRANTS, "scope": f"{SCOPE} email"} | wiki
    return Scene(provider, provider.client(**members))


def error(answer: TestResponse) -> tuple[int, str]:
    """Return status and error of an answer."""
    return answer.status_code, answer.json["error"]
