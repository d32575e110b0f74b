"""Clients of the profile, and what they send."""

from typing import Any

from werkzeug.test import TestResponse

from idp.base import clock
from tests.factories import VERIFIER, Browser, Client, Provider, request
from tests.keys.strangers import ALL, jwk, signed
from tests.spec.rfc7523 import asserting
from tests.spec.rfc9449.proving import prove

PAR, TOKEN = "/oauth/par", "/oauth/token"
ALG = "PS256"


def register(provider: Provider, profile: str = "fapi2", **members: Any) -> Client:
    """Register a client of the profile, as an administrator does who fills in what it has to bring."""
    usual = {"jwks": {"keys": [jwk(algorithm) for algorithm in ALL]}, "token_endpoint_auth_method": "private_key_jwt"}
    return provider.client(profile=profile, first_party=True, **(usual | members))


def assertion(provider: Provider, client: Client, alg: str = ALG, **changes: Any) -> dict[str, str]:
    """Return the parameters by which it proves itself."""
    return {
        "client_assertion_type": asserting.TYPE,
        "client_assertion": asserting.make(provider, client, alg, **changes),
    }


def sign(provider: Provider, client: Client, alg: str = ALG, **changes: Any) -> str:
    """Return a signed request (FAPI 2.0 Message Signing, section 5.3.1)."""
    now = clock.timestamp()
    usual = request(client, scope="openid", response_mode="jwt") | {"iss": client.client_id, "aud": provider.issuer}
    claims = usual | {"nbf": now, "exp": now + 300} | changes
    return signed(alg, {name: value for name, value in claims.items() if value is not None})


def push(provider: Provider, client: Client, *, proofs: dict[str, str] | None = None, **changes: Any) -> TestResponse:
    """Push a request; `proofs` stand in the place of a good assertion, a change of None leaves a parameter out."""
    form = request(client, scope="openid") | changes | (assertion(provider, client) if proofs is None else proofs)
    return provider.http.post(PAR, data={name: value for name, value in form.items() if value is not None})


def push_signed(provider: Provider, client: Client, alg: str = ALG, **changes: Any) -> TestResponse:
    """Push a signed request."""
    form = {"client_id": client.client_id, "request": sign(provider, client, alg, **changes)} | assertion(
        provider, client
    )
    return provider.http.post(PAR, data=form)


def bring(browser: Browser, client: Client, pushed: TestResponse) -> TestResponse:
    """Come to the authorization endpoint with the reference."""
    assert pushed.status_code == 201, pushed.text
    return browser.get(
        "/oauth/authorize", query_string={"client_id": client.client_id, "request_uri": pushed.json["request_uri"]}
    )


def redeem(
    provider: Provider,
    client: Client,
    code: str,
    *,
    proof: str | None = "",
    proofs: dict[str, str] | None = None,
    **changes: Any,
) -> TestResponse:
    """Redeem a code with a proof of possession, unless told otherwise."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": VERIFIER,
    }
    form |= (assertion(provider, client) if proofs is None else proofs) | changes
    shown = prove(provider, alg=ALG) if proof == "" else proof
    headers = {"DPoP": shown} if shown is not None else {}
    return provider.http.post(
        TOKEN, data={name: value for name, value in form.items() if value is not None}, headers=headers
    )
