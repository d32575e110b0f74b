"""Other manners of speaking at the authorization and token endpoints, of clients that an older interface has registered.

Each is registered by its interface under a name; it counts only for clients that carry that name. Whatever a dialect lets a client
leave out, a client without one has to send.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from idp.accounts.lookup import Person
from idp.clients.registered import RegisteredClient
from idp.oauth.parameters import AuthorizationParameters


class Dialect(Protocol):
    """What is different for its clients.

    They always get a refresh token, which lives for `refresh_life` whether or not the browser session ends; may leave out the
    redirect URI where one is registered, and at the token endpoint; and get what they may have of `default_scope` where they name none.
    """

    name: str
    default_scope: str

    def access_life(self) -> timedelta:
        """Return how long access tokens live."""

    def refresh_life(self) -> timedelta:
        """Return how long the refresh token lives, from the authorization on."""

    def read(self, form: Mapping[str, str]) -> Mapping[str, str]:
        """Return the parameters of a token request by their standard names."""

    def write(self, answer: dict[str, Any], person: Person, expires_at: int) -> dict[str, Any]:
        """Return a token answer about a person in this manner; `expires_at` (Unix seconds) is when the access token ends."""

    def write_error(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return a failure of the token endpoint in this manner."""


_dialects: dict[str, Dialect] = {}


def register(dialect: Dialect) -> None:
    """Let clients that carry this dialect's name speak it."""
    _dialects[dialect.name] = dialect


def of(client: RegisteredClient | None) -> Dialect | None:
    """Return the dialect of a client, None for one that speaks the standard."""
    return _dialects.get(client.metadata.dialect or "") if client is not None else None


def complete(parameters: AuthorizationParameters, client: RegisteredClient) -> AuthorizationParameters:
    """Return an authorization request with what the client's dialect lets it leave out."""
    dialect = of(client)
    if dialect is None:
        return parameters
    registered = client.metadata.redirect_uris
    scope = client.get_allowed_scope(dialect.default_scope)
    known = {"scope": scope} | ({"redirect_uri": registered[0]} if len(registered) == 1 else {})
    return AuthorizationParameters(known | {name: value for name, value in parameters.values.items() if value})
