"""Clients as the protocol sees them: parsed and immutable."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cached_property
from urllib.parse import urlsplit

from idp import keys
from idp.base import clock, crypto
from idp.base.extensions import vault
from idp.clients import documents
from idp.clients.mapping.rules import Mapper, read
from idp.clients.metadata import SECRET_METHODS, Metadata, profiles, without_loopback_port
from idp.clients.models import Client
from idp.keys import jose


@dataclass(frozen=True)
class FormerSecret:
    """The secret before the last renewal, which counts beside the new one until an instant."""

    digest: bytes
    sealed: bytes | None
    until: datetime

    @property
    def is_good(self) -> bool:
        """Whether it counts still."""
        return clock.now() < self.until


@dataclass(frozen=True)
class RegisteredClient:
    """A client as the protocol sees it. The method names are those that Authlib asks for."""

    client_id: str
    metadata: Metadata
    secret_digest: bytes | None
    is_disabled: bool
    registered_at: int  # microseconds since 1970: who is registered under the same identifier later is another
    sealed_secret: bytes | None = None
    former_secret: FormerSecret | None = None
    is_restricted: bool = False  # to the members of some groups (`groups.access`)
    mappers: tuple[Mapper, ...] = ()

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
    def id_token_algorithm(self) -> str:
        """The algorithm that signs its ID tokens and notices: the registered one, unless that was switched off since."""
        return keys.choose(self.metadata.id_token_signed_response_alg)

    @property
    def authorization_algorithm(self) -> str:
        """The algorithm that signs its answers from the authorization endpoint, where it asks for signed ones (JARM, section 3)."""
        return keys.choose(self.metadata.authorization_signed_response_alg or keys.FALLBACK)

    @property
    def introspection_algorithm(self) -> str:
        """The algorithm that signs what it is told of tokens, where it asks for that (RFC 9701, section 6)."""
        return keys.choose(self.metadata.introspection_signed_response_alg or keys.FALLBACK)

    @property
    def signature_algorithms(self) -> tuple[str, ...]:
        """The algorithms that it may sign anything with: those of its profile, or all that are taken here."""
        return profiles.ALGORITHMS if self.metadata.profile is not None else jose.SIGNATURES

    @property
    def userinfo_algorithm(self) -> str | None:
        """The algorithm that signs what userinfo answers, in the same way; None for plain JSON."""
        registered = self.metadata.userinfo_signed_response_alg
        return keys.choose(registered) if registered is not None else None

    @property
    def host(self) -> str | None:
        """The host that vouches for a client whose identifier is an address; None for one that is registered here."""
        return documents.host_of(self.client_id)

    @property
    def name(self) -> str:
        """The name that people see."""
        return self.metadata.client_name

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return those of the asked scopes that the client may have, in the order asked."""
        return " ".join(token for token in (scope or "").split() if token in self.scopes)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compare exactly (RFC 9700, section 2.1), but for the port of a loopback address (RFC 8252, section 7.3).

        A document is the same for every machine, and agents write `localhost` in it: so much is taken from them alone.
        """
        uris, by_name = self.metadata.redirect_uris, self.host is not None
        if redirect_uri in uris:
            return True
        asked = without_loopback_port(redirect_uri, by_name=by_name)
        return asked is not None and any(asked == without_loopback_port(uri, by_name=by_name) for uri in uris)

    def check_client_secret(self, client_secret: str) -> bool:
        """Compare the secret in constant time, with the former one, too, while that counts."""
        if self.secret_digest is None:
            return False
        sent = digest_secret(self.client_id, client_secret)
        kept = [self.secret_digest, *(former.digest for former in self._former())]
        return any([crypto.equal(digest, sent) for digest in kept])  # noqa: C419 - all of them, whichever is right

    def is_former_secret(self, client_secret: str) -> bool:
        """Return whether this is the secret before the last renewal, which counts still."""
        sent = digest_secret(self.client_id, client_secret) if self._former() else b""
        return any(crypto.equal(former.digest, sent) for former in self._former())

    def open_secrets(self) -> list[bytes]:
        """Return the secrets that a client signs with (`client_secret_jwt`), the present one first; none for every other client."""
        sealed = [self.sealed_secret, *(former.sealed for former in self._former())]
        return [vault().unseal(secret, _place(self.client_id)) for secret in sealed if secret is not None]

    def _former(self) -> list[FormerSecret]:
        return [self.former_secret] if self.former_secret is not None and self.former_secret.is_good else []

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
        row.client_id,
        to_metadata(row),
        row.client_secret_digest,
        row.disabled_at is not None,
        round(row.created_at.timestamp() * 1_000_000),
        row.sealed_client_secret,
        former_secret(row),
        row.is_restricted,
        read(row.claim_mappers),
    )


def former_secret(row: Client) -> FormerSecret | None:
    """Return the secret before the last renewal, whether or not it counts still."""
    if row.former_secret_digest is None or row.former_secret_until is None:
        return None
    return FormerSecret(row.former_secret_digest, row.former_sealed_secret, row.former_secret_until)


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
