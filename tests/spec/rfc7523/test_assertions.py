"""RFC 7523, sections 2.2 and 3, and OpenID Connect Core, section 9: which assertions a client is believed by."""

import base64
import hashlib
import hmac
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.factories import Browser, Client, Provider
from tests.keys.strangers import ALL, PRIVATE, b64, jwk, signed
from tests.spec.rfc7523.asserting import claims, is_taken, make, make_mac, register, send, write


@pytest.fixture
def bank(provider: Provider) -> Client:
    """A client with a key for each algorithm."""
    return register(provider)


@pytest.mark.parametrize("algorithm", ALL)
def test_a_key_of_the_client(provider: Provider, bank: Client, algorithm: str) -> None:
    """Each allowed algorithm proves a client, with a registered key (Core, 9: private_key_jwt; item 59)."""
    assert is_taken(provider, make(provider, bank, algorithm))
    assert not is_taken(provider, make(provider, bank, algorithm, _other_key(algorithm)))


def _other_key(algorithm: str) -> Any:
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_the_secret_of_the_client(provider: Provider) -> None:
    """A client that is registered for it proves itself by a MAC with its secret (Core, 9: client_secret_jwt)."""
    client = register(provider, token_endpoint_auth_method="client_secret_jwt")
    assert is_taken(provider, make_mac(provider, client))
    assert not is_taken(provider, make_mac(provider, client, secret="another secret of enough characters"))
    assert not is_taken(provider, make(provider, client))


def test_the_registered_algorithm_alone(provider: Provider) -> None:
    """Once a client has registered an algorithm, no other is taken (Registration, 2: token_endpoint_auth_signing_alg)."""
    client = register(provider, token_endpoint_auth_signing_alg="PS256")
    taken = [algorithm for algorithm in ALL if is_taken(provider, make(provider, client, algorithm))]
    assert taken == ["PS256"]


def test_a_whole_flow(provider: Provider, browser: Browser) -> None:
    """Code, refresh, introspection and revocation work with assertions, at each endpoint under its own name too (7523, 3)."""
    client = register(provider)
    answer = browser.answer(client, scope="openid offline_access")
    url = f"{provider.issuer}/oauth/token"
    form = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": client.redirect_uri}
    form["code_verifier"] = "a-verifier-of-the-tests-which-is-long-enough-for-rfc-7636"
    tokens = send(provider, make(provider, client, aud=url), **form).json
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert send(provider, make(provider, client), **form).status_code == 200
    for path, expected in (("/oauth/introspect", True), ("/oauth/revoke", None), ("/oauth/introspect", False)):
        assertion = make(provider, client, aud=provider.issuer + path)
        answer = send(provider, assertion, path, token=tokens["refresh_token"], grant_type=None)
        assert answer.status_code == 200
        assert expected is None or answer.json["active"] is expected


AUDIENCES: list[tuple[Any, bool]] = [
    ("{issuer}", True),
    ("{issuer}/oauth/token", True),
    (["https://other.example", "{issuer}"], True),
    ("{issuer}/oauth/revoke", False),
    ("{issuer}/", False),
    ("{issuer}/oauth/authorize", False),
    ("https://other.example", False),
    (["https://other.example"], False),
    ([], False),
    ([["{issuer}"]], False),
    ({"{issuer}": 1}, False),
    (7, False),
    (None, False),
]


def test_audiences(provider: Provider, bank: Client, subtests: pytest.Subtests) -> None:
    """The audience is the issuer or the token endpoint, alone or among others (7523, 3, item 3; Core, 9; item 75)."""
    for audience, good in AUDIENCES:
        with subtests.test(str(audience)):
            named = _fill(audience, provider.issuer)
            assert is_taken(provider, write(provider, bank, aud=named)) == good


def _fill(audience: Any, issuer: str) -> Any:
    if isinstance(audience, list):
        return [_fill(member, issuer) for member in audience]
    return audience.format(issuer=issuer) if isinstance(audience, str) else audience


TIMES: list[tuple[dict[str, Any], bool]] = [
    ({"iat": None}, True),
    ({"nbf": 8}, True),
    ({"iat": 8}, True),
    ({"exp": -8}, True),
    ({"exp": 3600}, True),
    ({"nbf": 60}, False),
    ({"iat": 60}, False),
    ({"exp": -60}, False),
    ({"exp": -300}, False),
    ({"exp": 7200}, False),
    ({"exp": None}, False),
]


@pytest.mark.usefixtures("_still_clock")
def test_times(provider: Provider, bank: Client, subtests: pytest.Subtests) -> None:
    """An assertion ends within the hour and has begun, give or take ten seconds (7523, 3, items 4 to 6)."""
    now = claims(provider, bank)["iat"]
    for offsets, good in TIMES:
        with subtests.test(str(offsets)):
            changes = {name: offset if offset is None else now + offset for name, offset in offsets.items()}
            assert is_taken(provider, write(provider, bank, **changes)) == good


CLAIMS: list[dict[str, Any]] = [
    {"iss": None}, {"sub": None}, {"jti": None}, {"jti": ""}, {"jti": 7}, {"jti": ["a"]}, {"iss": "another"}, {"sub": "another"},
    {"iss": 1}, {"sub": 1}, {"iss": ["a"]}, {"exp": "9999999999"}, {"exp": True}, {"exp": 1e300}, {"nbf": "now"},
]  # fmt: skip


def test_wrong_claims(provider: Provider, bank: Client, subtests: pytest.Subtests) -> None:
    """Issuer and subject are the client, and there are an identifier and an end (7523, 3; Core, 9)."""
    for changes in CLAIMS:
        with subtests.test(str(changes)):
            assert not is_taken(provider, write(provider, bank, **changes))


HEADERS: list[dict[str, Any]] = [
    {"kid": "unknown"}, {"alg": "none"}, {"alg": "HS256"}, {"alg": "ES384"}, {"alg": "es256"}, {"alg": None},
    {"typ": "oauth-authz-req+jwt"}, {"typ": "at+jwt"}, {"typ": "logout+jwt"}, {"typ": 7}, {"crit": ["exp"]},
]  # fmt: skip


def test_headers(provider: Provider, bank: Client, subtests: pytest.Subtests) -> None:
    """What says that it is another kind of token, or signed in another way, is no assertion (RFC 8725, 3.1 and 3.11; items 63, 64)."""
    for typ in ("JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"):
        assert is_taken(provider, write(provider, bank, {"typ": typ}))
    for header in HEADERS:
        with subtests.test(str(header)):
            assert not is_taken(provider, write(provider, bank, header))


def test_keys_from_the_assertion_are_no_keys(provider: Provider, bank: Client) -> None:
    """A key that the header brings along or points to proves nothing, nor does the public key as a secret (item 63)."""
    stranger = ec.generate_private_key(ec.SECP256R1())
    for header in (
        {"jwk": jwk("ES256", stranger)},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/x"},
    ):
        assertion = jwt.encode(claims(provider, bank), stranger, algorithm="ES256", headers=header)
        assert not is_taken(provider, assertion)
    pem = (
        PRIVATE["RS256"]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    text = f"{b64({'alg': 'HS256', 'kid': 'RS256'})}.{b64(claims(provider, bank))}"
    forged = f"{text}.{b64(hmac.new(pem, text.encode(), hashlib.sha256).digest())}"
    assert not is_taken(provider, forged)
    unsigned = f"{b64({'alg': 'none'})}.{b64(claims(provider, bank))}."
    assert not is_taken(provider, unsigned)


def test_somebody_elses_keys_are_no_keys(provider: Provider, bank: Client) -> None:
    """A client's key proves that client and no other (7523, 3, item 9)."""
    other = register(provider, jwks={"keys": [jwk("ES256", ec.generate_private_key(ec.SECP256R1()))]})
    assert not is_taken(provider, make(provider, other))
    assert is_taken(provider, make(provider, bank))


def test_what_the_server_signed_is_no_assertion(provider: Provider, browser: Browser, bank: Client) -> None:
    """An ID token or access token is not taken for an assertion (RFC 8725, section 3.12)."""
    tokens = browser.provider.grant(provider.client(client_name="Other"), browser)
    assert not is_taken(provider, tokens["id_token"])
    assert not is_taken(provider, tokens["access_token"])


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "e30.e30.", "x" * 40_000, "é.é.é", base64.b64encode(b"{}").decode() + "."]
)
def test_what_is_no_token(provider: Provider, bank: Client, text: str) -> None:
    """Whatever stands in the place of an assertion is a failed authentication, with the client named beside it or not (7521, 4.2.1)."""
    assert not is_taken(provider, text)
    assert send(provider, text, client_id=bank.client_id).status_code == 401


def test_an_assertion_with_an_rsa_key_needs_no_kid(provider: Provider, bank: Client) -> None:
    """The header may leave the key unnamed, where few fit (RFC 7515, 4.1.4)."""
    assert is_taken(provider, signed("RS256", claims(provider, bank), kid=None))
