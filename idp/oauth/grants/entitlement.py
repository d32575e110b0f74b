"""What a token request has a right to, once its grant has proved it: on whose behalf, for what, and for how long."""

from dataclasses import dataclass, field, replace
from typing import Any

from idp.clients.registered import RegisteredClient
from idp.oauth.tokens import Granted
from idp.resources.definition import Definition


@dataclass(frozen=True)
class Entitlement:
    """What tokens are made of. Without a grant they are the client's own, and stand for nobody."""

    scope: str
    granted: Granted | None = None
    nonce: str | None = None  # of the authorization request, for the ID token
    claims: dict[str, Any] = field(default_factory=dict)  # that a grant adds to the access token
    members: dict[str, Any] = field(default_factory=dict)  # that a grant adds to the answer
    until: int | None = None  # Unix seconds that the access token does not outlive
    audience: Definition | None = None  # the API that the access token is for; None: this server
    token_scope: str | None = None  # of the access token, where that is for less than all of it (`oauth.audiences`)

    @property
    def scopes(self) -> list[str]:
        """The scopes, each once."""
        return self.scope.split()

    @property
    def told_scope(self) -> str:
        """The scope of the access token."""
        return self.scope if self.token_scope is None else self.token_scope

    def narrow(self, client: RegisteredClient) -> "Entitlement":
        """Return it with those scopes alone that the client is registered for today."""
        return replace(self, scope=client.get_allowed_scope(self.scope))
