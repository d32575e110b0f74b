"""Clients as the protocol sees them: parsed and immutable."""

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from urllib.parse import urlsplit

from idp.base import crypto
from idp.base.extensions import vault
from idp.clients.metadata import SECRET_METHODS, Metadata, without_loopback_port
from idp.clients.models import Client


@dataclass(frozen=True)
class RegisteredClient:
    """A client as the protocol sees it. The method names are those that Authlib asks for."""

    client_id: str
    metadata: Metadata
    secret_digest: bytes | None
    is_disabled: bool
    sealed_secret: bytes | None = None

    @cached_property
    def scopes(self) -> frozenset[str]:
        """The scopes the client may ask for."""
        return frozenset(self.metadata.scope.split())

    @property
    def sector(self) -> str | None:
        """The sector identifier of pairwise subjects (OpenID Connect Core, section 8.1); None for public subjects."""
        if self.metadata.subject_type != "pairwise":
            return None
        return urlsplit(self.metadata.sector_identifier_uri or self.metadata.redirect_uris[0]).hostname

    @property
    def name(self) -> str:
        """The name that people see."""
        return self.metadata.client_name

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return those of the asked scopes that the client may have, in the order asked."""
        return " ".join(token for token in (scope or "").split() if token in self.scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compare exactly (RFC 9700, section 2.1), but for the port of a loopback address (RFC 8252, section 7.3)."""
        if redirect_uri in self.metadata.redirect_uris:
            return True
        asked = without_loopback_port(redirect_uri)
        return asked is not None and any(asked == without_loopback_port(uri) for uri in self.metadata.redirect_uris)

    def check_client_secret(self, client_secret: str) -> bool:
        """Compare the secret in constant time."""
        if self.secret_digest is None:
            return False
        return crypto.equal(self.secret_digest, digest_secret(self.client_id, client_secret))

    def open_secret(self) -> bytes | None:
        """Return the secret that a client signs with (`client_secret_jwt`); None for every other client."""
        return vault().unseal(self.sealed_secret, _place(self.client_id)) if self.sealed_secret is not None else None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Return whether the client may prove itself so: Basic and POST alike with a secret, else by its own method alone."""
        registered = self.metadata.token_endpoint_auth_method
        return method == registered or {method, registered} <= set(SECRET_METHODS)

    def check_response_type(self, response_type: str) -> bool:
        """Return whether the client may use this response type, whatever the order of its words."""
        return " ".join(sorted(response_type.split())) in self.metadata.allowed_response_types

    def check_grant_type(self, grant_type: str) -> bool:
        """Return whether the client may use this grant."""
        return grant_type in self.metadata.grant_types


def parse(row: Client) -> RegisteredClient:
    """Return the immutable view of a row."""
    return RegisteredClient(
        row.client_id, to_metadata(row), row.client_secret_digest, row.disabled_at is not None, row.sealed_client_secret
    )


def to_metadata(row: Client) -> Metadata:
    """Return a row's metadata."""
    blank = Metadata(client_name="")
    return replace(blank, **{member: getattr(row, member) for member in asdict(blank)})


def digest_secret(client_id: str, secret: str) -> bytes:
    """Return what the database keeps of a secret."""
    return vault().keyed_digest(secret, f"client/{client_id}")


def seal_secret(client_id: str, secret: str) -> bytes:
    """Return a secret as it is kept for a client that signs with it."""
    return vault().seal(secret.encode(), _place(client_id))


def _place(client_id: str) -> str:
    return f"client-secret/{client_id}"
