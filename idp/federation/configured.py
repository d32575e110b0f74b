"""A provider that administrators have set up, as the sign-in meets it: made of its row, and never changed."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from idp.base.crypto import Unsealable
from idp.base.extensions import vault
from idp.federation import identities, openid
from idp.federation.definition import OPENID
from idp.federation.errors import UpstreamError
from idp.federation.icons import path_of
from idp.federation.identities import Endpoints, Identity
from idp.federation.openid import Expected
from idp.federation.policy import Policy
from idp.keys import jose

if TYPE_CHECKING:
    from idp.federation.wire import Wire

JSON = {"Accept": "application/json"}


@dataclass(frozen=True)
class Configured:
    """A provider by row; `emails_endpoint` lists addresses as GitHub does."""

    key: str
    label: str
    kind: str
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    emails_endpoint: str
    client_id: str
    sealed_secret: bytes | None = field(repr=False)
    auth_method: str
    scope: str
    uses_pkce: bool
    claims: dict[str, str] = field(hash=False)
    group_mapping: tuple[tuple[str, int], ...]
    policy: Policy
    only_domains: frozenset[str]
    icon: str | None
    position: int
    is_configured: bool
    algorithms: tuple[str, ...] = jose.SIGNATURES
    is_named: bool = False  # whoever administers this server need not be whoever runs the network around it

    @property
    def client_secret(self) -> str | None:
        """The secret that came with the client identifier."""
        return unseal_secret(self.key, self.sealed_secret)

    def locate(self, wire: "Wire") -> Endpoints:
        """Return where it is.

        Raises:
            UpstreamError: its configuration cannot be read.
        """
        if self.kind != OPENID:
            return Endpoints(self.authorization_endpoint, self.token_endpoint)
        metadata = openid.discover(wire, self.issuer)
        authorize, token = (openid.endpoint(metadata, f"{name}_endpoint") for name in ("authorization", "token"))
        return Endpoints(authorize, token, metadata)

    def read(self, wire: "Wire", endpoints: Endpoints, token: dict[str, Any], expected: Expected | None) -> Identity:
        """Return who a token response speaks of.

        Raises:
            UpstreamError: the provider did not answer as it should.
        """
        if endpoints.metadata is None or expected is None:
            claims = identities.take_object(wire.ask(self.userinfo_endpoint, JSON))
        else:
            claims = openid.read_id_token(wire, endpoints.metadata, token, expected)
            is_short = any(identities.find(claims, path) is None for path in self.claims.values())
            if is_short and "userinfo_endpoint" in endpoints.metadata:
                # What is signed counts before what is not.
                claims = openid.read_userinfo(wire, endpoints.metadata, claims["sub"]) | claims
        if self.emails_endpoint:
            claims = claims | _primary(wire.ask(self.emails_endpoint, JSON))
        return identities.read(claims, self.claims | ({"email": "email"} if self.emails_endpoint else {}))


def _primary(listed: Any) -> dict[str, Any]:
    """Return the primary one of a list of addresses, as the claims `email` and `email_verified`."""
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    primary = next((row for row in rows if row.get("primary") is True), None)
    if primary is None:
        raise UpstreamError("the list of addresses has no primary one")
    return {"email": primary.get("email"), "email_verified": primary.get("verified")}


def make(row: Any) -> Configured:
    """Return the provider of a row."""
    return Configured(
        key=row.key,
        label=row.display_name,
        kind=row.kind,
        issuer=row.issuer or "",
        authorization_endpoint=row.authorization_endpoint or "",
        token_endpoint=row.token_endpoint or "",
        userinfo_endpoint=row.userinfo_endpoint or "",
        emails_endpoint=row.emails_endpoint or "",
        client_id=row.client_id,
        sealed_secret=row.sealed_client_secret,
        auth_method=row.token_endpoint_auth_method,
        scope=row.scope,
        uses_pkce=row.use_pkce,
        claims=dict(row.claims),
        group_mapping=tuple((name, number) for name, number in row.group_mapping or ()),
        policy=Policy(row.who_may_link, frozenset(row.link_domains), row.create_accounts, row.trust_email),
        only_domains=frozenset(row.only_domains),
        icon=path_of(row.key, row.icon),
        position=row.position,
        is_configured=row.disabled_at is None,
    )


def seal_secret(key: str, secret: str | None) -> bytes | None:
    """Return a client secret as it is kept."""
    return vault().seal(secret.encode(), _context(key)) if secret else None


def unseal_secret(key: str, sealed: bytes | None) -> str | None:
    """Return a client secret that `seal_secret` made.

    Raises:
        UpstreamError: it was sealed under another secret of this server's.
    """
    try:
        return vault().unseal(sealed, _context(key)).decode() if sealed else None
    except Unsealable:
        raise UpstreamError("its client secret cannot be opened and has to be entered anew") from None


def _context(key: str) -> str:
    return f"upstream-provider/{key}"
