"""RFC 9068: access tokens are JWTs; what resource servers check, and what is never taken for one."""

import base64
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from idp import keys
from idp.base import clock
from tests.factories import Browser, Client, Person, Provider

OFFLINE = "openid email offline_access"


@pytest.fixture
def tokens(provider: Provider, browser: Browser, shop: Client) -> dict[str, Any]:
    """A token response with all three kinds."""
    return provider.grant(shop, browser, OFFLINE)


def test_the_header(provider: Provider, tokens: dict[str, Any]) -> None:
    """The type is at+jwt, the algorithm ES256, and the key is named (2.1)."""
    header = jwt.get_unverified_header(tokens["access_token"])
    published = {jwk["kid"]: jwk for jwk in provider.http.get("/.well-known/jwks.json").json["keys"]}
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    assert published[header["kid"]]["alg"] == "ES256"
    assert set(header) == {"typ", "alg", "kid"}


def test_the_claims(provider: Provider, ann: Person, shop: Client, tokens: dict[str, Any]) -> None:
    """The claims of section 2.2 are there and true; the audience is the issuer (2.2, 3; item 62)."""
    claims = provider.verify(tokens["access_token"], provider.issuer)
    assert claims["iss"] == claims["aud"] == provider.issuer
    assert claims["sub"] == ann.sub
    assert claims["client_id"] == shop.client_id
    assert claims["scope"] == OFFLINE
    assert claims["exp"] - claims["iat"] == 600
    assert abs(claims["iat"] - clock.timestamp()) < 30
    assert abs(claims["auth_time"] - clock.timestamp()) < 30
    assert claims["amr"] == ["pwd"]
    assert len(claims["jti"]) >= 22


def test_every_token_has_its_own_identifier(provider: Provider, shop: Client, tokens: dict[str, Any]) -> None:
    """Two access tokens of one grant differ in jti (2.2)."""
    another = provider.refresh(shop, tokens["refresh_token"]).json
    first, second = (provider.verify(answer["access_token"], provider.issuer) for answer in (tokens, another))
    assert first["jti"] != second["jti"]


def test_access_tokens_carry_no_personal_data(provider: Provider, tokens: dict[str, Any]) -> None:
    """An access token tells nothing of the person but the subject (6)."""
    claims = provider.verify(tokens["access_token"], provider.issuer)
    expected = {"iss", "aud", "sub", "client_id", "scope", "exp", "iat", "jti", "auth_time", "acr", "amr", "gid"}
    assert set(claims) == expected


def test_other_tokens_are_no_access_tokens(provider: Provider, tokens: dict[str, Any]) -> None:
    """An ID token or a refresh token is never taken for an access token (4; RFC 8725, section 3.11; item 64)."""
    for kind in ("id_token", "refresh_token"):
        assert provider.userinfo(tokens[kind]).status_code == 401, kind


def test_an_access_token_is_no_id_token_hint(browser: Browser, shop: Client, tokens: dict[str, Any]) -> None:
    """An access token is never taken for an ID token either (5)."""
    assert browser.answer(shop, id_token_hint=tokens["access_token"])["error"] == "invalid_request"


def forge(provider: Provider, token: str, key: Any, algorithm: str, **header: Any) -> str:
    """Return the token's claims under another signature and header."""
    claims = jwt.decode(token, options={"verify_signature": False})
    known = jwt.get_unverified_header(token)
    changed = {name: value for name, value in ({**known, "alg": algorithm} | header).items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers=changed)


def test_forged_tokens(provider: Provider, tokens: dict[str, Any]) -> None:
    """Only a published key of its own algorithm verifies; keys that the token itself brings are never read (4; item 63)."""
    token = tokens["access_token"]
    foreign = ec.generate_private_key(ec.SECP256R1())
    jwk = jwt.algorithms.ECAlgorithm.to_jwk(foreign.public_key(), as_dict=True)
    own = next(jwk for jwk in provider.http.get("/.well-known/jwks.json").json["keys"] if jwk["alg"] == "RS256")
    public = jwt.PyJWK(own).key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    forged = {
        "foreign key": forge(provider, token, foreign, "ES256"),
        "no kid": forge(provider, token, foreign, "ES256", kid=None),
        "unknown kid": forge(provider, token, foreign, "ES256", kid="x"),
        "jwk": forge(provider, token, foreign, "ES256", jwk=jwk),
        "jwk without kid": forge(provider, token, foreign, "ES256", kid=None, jwk=jwk),
        "jku": forge(provider, token, foreign, "ES256", jku="https://evil.example/jwks.json"),
        "x5u": forge(provider, token, foreign, "ES256", x5u="https://evil.example/cert.pem"),
        "none": forge(provider, token, None, "none"),
        "none without kid": forge(provider, token, None, "none", kid=None),
        "HMAC under a public key": hmac_forgery(token, public, own["kid"]),
    }
    assert {name: provider.userinfo(bad).status_code for name, bad in forged.items()} == dict.fromkeys(forged, 401)


def hmac_forgery(token: str, public_key: bytes, kid: str) -> str:
    """Return the token signed with HMAC under a public key, which PyJWT itself refuses to do."""

    def encode(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    head = encode(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": kid}).encode())
    signed = f"{head}.{token.split('.')[1]}"
    return f"{signed}.{encode(hmac.digest(public_key, signed.encode(), 'sha256'))}"


def test_claims_that_do_not_fit(provider: Provider, tokens: dict[str, Any]) -> None:
    """Even under our own key a token needs the right type, issuer, audience and lifetime (4; items 62, 64)."""
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    now = clock.timestamp()
    misfits: dict[str, tuple[dict[str, Any], str]] = {
        "type JWT": ({}, "JWT"),
        "another issuer": ({"iss": "https://evil.example"}, "at+jwt"),
        "another audience": ({"aud": "https://api.example"}, "at+jwt"),
        "no audience": ({"aud": None}, "at+jwt"),
        "expired": ({"exp": now - 1}, "at+jwt"),
        "not yet valid": ({"nbf": now + 600}, "at+jwt"),
        "another person": ({"sub": "somebody-else"}, "at+jwt"),
        "another grant": ({"gid": 4711}, "at+jwt"),
    }
    with provider.working():
        good = keys.sign(claims, "ES256", "at+jwt")
        bad = {name: keys.sign(claims | changes, "ES256", typ) for name, (changes, typ) in misfits.items()}
    assert provider.userinfo(good).status_code == 200
    assert {name: provider.userinfo(token).status_code for name, token in bad.items()} == dict.fromkeys(bad, 401)


def test_tokens_outlive_a_rotation(provider: Provider, shop: Client, tokens: dict[str, Any]) -> None:
    """After a rotation old tokens verify still, and new ones are signed with the key that was published before (4)."""
    before = {jwk["kid"] for jwk in provider.http.get("/.well-known/jwks.json").json["keys"]}
    with provider.working():
        keys.rotate()
    assert provider.userinfo(tokens["access_token"]).status_code == 200
    fresh = provider.refresh(shop, tokens["refresh_token"]).json["access_token"]
    kid = jwt.get_unverified_header(fresh)["kid"]
    assert kid in before
    assert kid != jwt.get_unverified_header(tokens["access_token"])["kid"]
    assert provider.verify(fresh, provider.issuer)


def test_the_key_set_holds_public_keys_alone(provider: Provider) -> None:
    """The published keys have an identifier, an algorithm and a use, and no private part (RFC 7517, sections 4, 9.2)."""
    answer = provider.http.get("/.well-known/jwks.json")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    published = answer.json["keys"]
    assert sorted(jwk["alg"] for jwk in published) == sorted(2 * keys.ALGORITHMS)
    for jwk in published:
        assert jwk["use"] == "sig"
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & jwk.keys()
    assert len({jwk["kid"] for jwk in published}) == len(published)
