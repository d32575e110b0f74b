"""Every provider that people can meet: the three of the settings, and the rows that administrators have made.

Callers know a provider by what both kinds have in common, and never which kind it is.
"""

from typing import TYPE_CHECKING, Any, Protocol

from idp.federation import built, known
from idp.federation.identities import Endpoints, Identity
from idp.federation.openid import Expected
from idp.federation.policy import Policy

if TYPE_CHECKING:
    from idp.federation.wire import Wire


class Provider(Protocol):
    """One provider: what this server is called there, how it is asked, and how it answers."""

    @property
    def key(self) -> str:
        """Its name in addresses, and in the identities that people have there."""

    @property
    def label(self) -> str:
        """What people call it."""

    @property
    def client_id(self) -> str | None:
        """What this server is called there."""

    @property
    def client_secret(self) -> str | None:
        """The secret that came with that name."""

    @property
    def auth_method(self) -> str:
        """How this server proves itself at the token endpoint."""

    @property
    def scope(self) -> str:
        """What it is asked for."""

    @property
    def uses_pkce(self) -> bool:
        """Whether a code is bound by a challenge (RFC 7636)."""

    @property
    def algorithms(self) -> tuple[str, ...]:
        """With which of these its ID tokens may be signed."""

    @property
    def policy(self) -> Policy:
        """Whom it lets in."""

    @property
    def group_mapping(self) -> tuple[tuple[str, int], ...]:
        """What it calls groups, with the number of the group here that it fills with its people."""

    @property
    def icon(self) -> str | None:
        """The path of a picture for its button."""

    @property
    def position(self) -> int:
        """Where it stands among the others, the smallest first."""

    @property
    def is_named(self) -> bool:
        """Whether the operator has named its addresses in the settings, so that they may be private."""

    @property
    def is_configured(self) -> bool:
        """Whether people can sign in by it."""

    def locate(self, wire: "Wire") -> Endpoints:
        """Return where it is."""

    def read(self, wire: "Wire", endpoints: Endpoints, token: dict[str, Any], expected: Expected | None) -> Identity:
        """Return who a token response speaks of."""


def find(key: str) -> Provider | None:
    """Return a provider, whether or not people can sign in by it."""
    of_settings = next((provider for provider in built.TABLE if provider.key == key), None)
    return of_settings or known.find(key)


def list_configured() -> list[Provider]:
    """Return the providers that people can sign in by, in the order of the sign-in page."""
    ready: list[Provider] = [provider for provider in built.TABLE if provider.is_configured]
    rows: list[Provider] = [provider for provider in known.list_all() if provider.is_configured]
    # The sort is stable: where places are equal, those of the settings come first, and rows by their names.
    return sorted(ready + rows, key=lambda provider: provider.position)
