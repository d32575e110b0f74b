"""Proofs as clients make them (RFC 9449, section 4.2), with the keys of these tests."""

from typing import Any
from uuid import uuid4

from werkzeug.test import TestResponse

from idp.base import clock
from idp.base.crypto import sha256
from idp.keys import possession
from tests.factories import VERIFIER, Client, Provider
from tests.keys.strangers import b64, jwk, signed


def prove(
    provider: Provider,
    method: str = "POST",
    path: str = "/oauth/token",
    *,
    alg: str = "ES256",
    key: Any = None,
    **changes: Any,
) -> str:
    """Return a proof for a request; a change of None leaves that claim out, `header` has those of the header."""
    header = {"typ": "dpop+jwt", "jwk": jwk(alg, key, kid=None), "kid": None} | changes.pop("header", {})
    claims = {
        "jti": uuid4().hex,
        "htm": method,
        "htu": provider.issuer + path,
        "iat": clock.now().timestamp(),
    } | changes
    said = {name: value for name, value in claims.items() if value is not None}
    return signed(alg, said, key, **header)


def thumbprint(alg: str = "ES256", key: Any = None) -> str:
    """Return the thumbprint of a key."""
    return possession.thumbprint_of(jwk(alg, key))


def ath(access_token: str) -> str:
    """Return what a proof says of the token beside it (section 4.2)."""
    return b64(sha256(access_token.encode()))


def ask(provider: Provider, client: Client, proof: str | list[str] | None, **form: Any) -> TestResponse:
    """Send a token request with a proof, or with several."""
    headers = client.basic() if client.secret else {}
    sent = [("DPoP", each) for each in ([proof] if isinstance(proof, str) else proof or [])]
    values = ({} if client.secret else client.post()) | {
        name: value for name, value in form.items() if value is not None
    }
    return provider.http.post("/oauth/token", data=values, headers=[*headers.items(), *sent])


def own(provider: Provider, client: Client, proof: str | list[str] | None) -> TestResponse:
    """Ask for a token of the client's own."""
    return ask(provider, client, proof, grant_type="client_credentials")


def redeem(provider: Provider, client: Client, code: str, proof: str | None) -> TestResponse:
    """Redeem a code."""
    values = {"code": code, "redirect_uri": client.redirect_uri, "code_verifier": VERIFIER}
    return ask(provider, client, proof, grant_type="authorization_code", **values)


def refresh(provider: Provider, client: Client, token: str, proof: str | None) -> TestResponse:
    """Use a refresh token."""
    return ask(provider, client, proof, grant_type="refresh_token", refresh_token=token)


def userinfo(provider: Provider, token: str, proof: str | None, scheme: str = "DPoP") -> TestResponse:
    """Ask for the claims of a token's person."""
    headers = {"Authorization": f"{scheme} {token}"} | ({"DPoP": proof} if proof is not None else {})
    return provider.http.get("/oauth/userinfo", headers=headers)
