"""RFC 8705, sections 3 to 5: tokens that are bound to a certificate."""

import pytest
from werkzeug.test import TestResponse

from tests.factories import VERIFIER, Browser, Client, Provider
from tests.keys.strangers import jwk
from tests.spec.rfc8705.issuing import HOST, Issued, ask, self_signed


@pytest.fixture
def bound(provider: Provider) -> Client:
    """A client that proves itself with a certificate, and whose tokens are bound to it."""
    grants = ["authorization_code", "refresh_token", "client_credentials"]
    return provider.client(
        token_endpoint_auth_method="self_signed_tls_client_auth",
        jwks={"keys": [jwk("ES256")]},
        tls_client_certificate_bound_access_tokens=True,
        grant_types=grants,
        scope="openid offline_access reports",
    )


def userinfo(provider: Provider, token: str, certificate: Issued | None, host: str = HOST) -> TestResponse:
    """Ask for the claims of a token's person, through the proxy."""
    headers = {"Authorization": f"Bearer {token}", "Host": host}
    return provider.http.get(
        "/oauth/userinfo", headers=headers | ({"Client-Cert": certificate.header} if certificate else {})
    )


def tokens_of(provider: Provider, browser: Browser, client: Client, certificate: Issued | None) -> TestResponse:
    """Redeem a code with a certificate."""
    code = browser.answer(client, scope="openid offline_access", prompt="consent")["code"]
    form = {"code": code, "redirect_uri": client.redirect_uri, "code_verifier": VERIFIER}
    return ask(provider, client, certificate, grant_type="authorization_code", **form)


def test_tokens_name_the_certificate(provider: Provider, browser: Browser, bound: Client, shop: Client) -> None:
    """The token is a bearer token with the certificate's thumbprint, which introspection tells (3.1, 3.2)."""
    certificate = self_signed()
    answer = tokens_of(provider, browser, bound, certificate)
    assert answer.json["token_type"] == "Bearer"
    token = answer.json["access_token"]
    assert provider.verify(token, provider.issuer)["cnf"] == {"x5t#S256": certificate.thumbprint}
    assert provider.introspect(shop, token).json["cnf"] == {"x5t#S256": certificate.thumbprint}


def test_resources_want_the_certificate(provider: Provider, browser: Browser, bound: Client) -> None:
    """The token is good with its certificate alone, by the address at which one is asked for (3)."""
    certificate = self_signed()
    token = tokens_of(provider, browser, bound, certificate).json["access_token"]
    assert userinfo(provider, token, certificate).status_code == 200
    for shown, host in ((None, HOST), (self_signed(), HOST), (certificate, "127.0.0.1:5000")):
        answer = userinfo(provider, token, shown, host)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")


def test_a_client_that_is_bound_shows_one(provider: Provider, browser: Browser) -> None:
    """A client with a secret, whose tokens are bound, gets none without a certificate (3), and any is good for it."""
    client = provider.client(tls_client_certificate_bound_access_tokens=True)
    code = browser.answer(client)["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": VERIFIER,
    }
    refused = ask(provider, client, None, **form)
    assert (refused.status_code, refused.json["error"]) == (400, "invalid_grant")
    assert ask(provider, client, self_signed(), **form).status_code == 200


def test_refresh_tokens_of_public_clients_are_bound(provider: Provider, browser: Browser) -> None:
    """A public client's refresh token is good with the certificate that redeemed the code (4)."""
    client, certificate = provider.client(public=True, tls_client_certificate_bound_access_tokens=True), self_signed()
    token = tokens_of(provider, browser, client, certificate).json["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token}
    assert ask(provider, client, self_signed(), **form).json["error"] == "invalid_grant"
    assert ask(provider, client, certificate, **form).status_code == 200


def test_a_confidential_client_may_renew_its_certificate(provider: Provider, browser: Browser, bound: Client) -> None:
    """A refresh token outlives the certificate: the new token is bound to the new one (6.3)."""
    token = tokens_of(provider, browser, bound, self_signed()).json["refresh_token"]
    renewed = self_signed(days=2)
    answer = ask(provider, bound, renewed, grant_type="refresh_token", refresh_token=token)
    claims = provider.verify(answer.json["access_token"], provider.issuer)
    assert claims["cnf"] == {"x5t#S256": renewed.thumbprint}


def test_discovery_names_the_addresses(provider: Provider) -> None:
    """The endpoints at which certificates are asked for are told beside the usual ones (3.3, 5)."""
    told = provider.http.get("/.well-known/openid-configuration").json
    assert told["tls_client_certificate_bound_access_tokens"] is True
    aliases = told["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == f"https://{HOST}/oauth/token"
    for name, address in aliases.items():
        assert address == f"https://{HOST}{told[name].removeprefix(provider.issuer)}"
