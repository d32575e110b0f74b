"""A trusted issuer as tests of its tokens see it: what administrators say of it, and what it signs."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.test import TestResponse

from idp.base import clock
from idp.clients.metadata import JWT_BEARER
from idp.issuers import service
from idp.issuers.definition import EMAIL, ID_JAG, PLAIN, Definition, of
from idp.issuers.models import TrustedIssuer
from idp.oauth.assertions import ID_JAG_TYPE, TYPE
from tests.factories import Client, Provider
from tests.keys.strangers import ALL, jwk, resigned

ISSUER = "https://issuer.example"
KEYS = {"keys": [jwk(algorithm) for algorithm in ALL]}
SCOPE = "read write"


@dataclass
class Scene:
    """An issuer that is trusted, and a client that shows its tokens."""

    provider: Provider
    client: Client
    issuer: str = ISSUER

    def sign(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """Return a plain assertion about Ann that is rightly signed, with these changes; None leaves a claim out."""
        now = clock.timestamp()
        usual = {"iss": self.issuer, "sub": "ann", "email": "ann@example.org", "aud": self.provider.issuer}
        usual |= {"jti": secrets.token_urlsafe(), "iat": now, "exp": now + 60}
        claims = {name: value for name, value in (usual | changes).items() if value is not None}
        return resigned({"alg": "ES256", "kid": "ES256"} | (header or {}), claims)

    def sign_id_jag(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        """Return an identity assertion for the client in the same way."""
        usual = {"client_id": self.client.client_id, "scope": SCOPE}
        return self.sign({"typ": ID_JAG_TYPE} | (header or {}), **(usual | changes))

    def ask(self, assertion: str | None, client: Client | None = None, **form: Any) -> TestResponse:
        """Show an assertion at the token endpoint as a client."""
        return self.provider.token(client or self.client, grant_type=JWT_BEARER, assertion=assertion, **form)

    def claims(self, answer: TestResponse, audience: str | None = None) -> dict[str, Any]:
        """Return the claims of the access token of an answer."""
        assert answer.status_code == 200, answer.text
        return self.provider.verify(answer.json["access_token"], audience or self.provider.issuer)

    @contextmanager
    def row(self) -> Iterator[TrustedIssuer]:
        """Give the issuer's row, locked, and commit."""
        with self.provider.working():
            row = service.find(self.issuer, for_change=True)
            assert row is not None
            yield row

    def change(self, **members: Any) -> None:
        """Have an administrator change what is said of the issuer."""
        with self.row() as row:
            changed = service.change(row, read(row, **members), actor="the tests")
            assert not isinstance(changed, list), changed


def read(row: TrustedIssuer, **members: Any) -> Definition:
    """Return the definition of a row with these changes."""
    return replace(of(row), **members)


def build(provider: Provider, **members: Any) -> Scene:
    """Trust an issuer, and register a client that may show its tokens of either kind."""
    client = provider.client(grant_types=[JWT_BEARER], redirect_uris=[], scope=f"openid profile {SCOPE}")
    usual: dict[str, Any] = {
        "issuer": ISSUER,
        "jwks": KEYS,
        "grant_profiles": (PLAIN, ID_JAG),
        "clients": (client.client_id,),
        "scope": SCOPE,
        "account_claim": "email",
        "account_member": EMAIL,
    }
    return trust(provider, client, **(usual | members))


def trust(provider: Provider, client: Client, **members: Any) -> Scene:
    """Trust an issuer by these members alone."""
    with provider.working():
        made = service.create(Definition(**members), actor="the tests")
        assert isinstance(made, TrustedIssuer), made
    return Scene(provider, client, members["issuer"])


def prove(provider: Provider, assertion: str, kind: str = TYPE, **form: Any) -> TestResponse:
    """Ask for a token of a client's own, by a token of its platform."""
    told = {"grant_type": "client_credentials", "client_assertion_type": kind, "client_assertion": assertion}
    return provider.http.post("/oauth/token", data=told | form)


def error(answer: TestResponse) -> tuple[int, str]:
    """Return status and error of an answer."""
    return answer.status_code, answer.json["error"]
