"""What the suite looks at in every module: registrations, ID tokens, token responses, codes, keys and claims."""

import base64
import hashlib
import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import jwt
from werkzeug.test import TestResponse

from idp.base import clock

if TYPE_CHECKING:
    from tests.spec.oidf.suite import Outcome, Suite

STANDARD_CLAIMS: dict[str, type | tuple[type, ...]] = {
    "name": str, "given_name": str, "family_name": str, "middle_name": str, "nickname": str, "preferred_username": str,
    "profile": str, "picture": str, "website": str, "email": str, "email_verified": bool, "gender": str, "birthdate": str,
    "zoneinfo": str, "locale": str, "phone_number": str, "phone_number_verified": bool, "address": dict, "updated_at": int,
}  # fmt: skip
ADDRESS = {"formatted", "street_address", "locality", "region", "postal_code", "country"}
PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]*")  # RFC 6749, sections 4.1.2.1 and 5.2
MOST_SKEW = 300  # seconds
FEWEST_BITS, FEWEST_MEASURED_BITS = 128, 96


def registration(response: TestResponse, asked: dict[str, Any], issuer: str) -> None:
    """A registration is answered with 201, JSON, and every member as it was asked for (RFC 7591, section 3.2.1)."""
    assert response.status_code == 201, response.text
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    found = response.json
    assert found["client_id"]
    assert found["registration_client_uri"].startswith(f"{issuer}/")
    assert found["registration_access_token"]
    has_secret = asked["token_endpoint_auth_method"].startswith("client_secret")
    assert ("client_secret" in found) is has_secret
    if has_secret:
        assert isinstance(found["client_secret_expires_at"], int)
    assert {name: found.get(name) for name in asked} == asked


def jws(suite: "Suite", token: str, algorithm: str = "RS256") -> dict[str, Any]:
    """A token's signature verifies with the published key of its `kid`; return its claims (RFC 7515, section 5.2)."""
    header = jwt.get_unverified_header(token)
    assert header["alg"] == algorithm
    jwk = suite.find_key(header["kid"])
    options: Any = dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf", "verify_aud"), False)
    return dict(jwt.decode(token, jwt.PyJWK(jwk, algorithm), algorithms=[algorithm], options=options))


def id_token(
    suite: "Suite", outcome: "Outcome", token: str, *, code: str | None = None, access_token: str | None = None
) -> dict[str, Any]:
    """An ID token is this provider's, for this client and request, timely, and has the hashes that it must have (Core, section 2)."""
    claims = jws(suite, token)
    now = clock.timestamp()
    assert claims["iss"] == suite.document["issuer"]
    assert claims["aud"] in (outcome.party.client_id, [outcome.party.client_id])
    assert abs(claims["iat"] - now) < MOST_SKEW
    assert claims["exp"] > now
    assert isinstance(claims["sub"], str)
    assert 0 < len(claims["sub"]) <= 255
    assert claims["sub"].isascii()
    assert claims.get("nonce") == outcome.asked.get("nonce")
    assert isinstance(claims.get("auth_time", 0), int)
    assert isinstance(claims.get("acr", ""), str)
    for name, value in (("at_hash", access_token), ("c_hash", code)):
        if value is not None:
            assert claims[name] == half_hash(value)
    if suite.words != {"id_token"}:
        assert not claims.keys() & STANDARD_CLAIMS.keys(), "what was asked of userinfo is in the ID token too"
    return claims


def half_hash(value: str) -> str:
    """Return the left half of the SHA-256 digest (Core, section 3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


def front_channel(suite: "Suite", outcome: "Outcome") -> None:
    """The answer brings what the response type asks for, and no more (Multiple Response Types, section 3)."""
    answer = outcome.answer
    expected = {"code": "code", "token": "access_token", "id_token": "id_token"}
    brought = {expected[word] for word in suite.words}
    beside = {"token_type", "expires_in", "scope"} if "access_token" in brought else set()
    asked = outcome.asked["redirect_uri"].partition("?")[2]
    assert answer.keys() == {*brought, *beside, "state", "iss"} | dict(parse_qsl(asked)).keys()
    if "code" in brought:
        entropy(answer["code"])
    if "access_token" in brought:
        entropy(answer["access_token"])
        assert answer["token_type"].lower() == "bearer"
        assert int(answer["expires_in"]) > 0
    if "id_token" in brought:
        outcome.front = id_token(
            suite, outcome, answer["id_token"], code=answer.get("code"), access_token=answer.get("access_token")
        )


def token_response(suite: "Suite", response: TestResponse, outcome: "Outcome") -> None:
    """A token response is JSON that nobody stores, with an ID token that agrees with the first (Core, section 3.3.3.6)."""
    body = json_token_response(response)
    outcome.back = id_token(suite, outcome, body["id_token"])
    if "at_hash" in outcome.back:
        assert outcome.back["at_hash"] == half_hash(body["access_token"])
    if outcome.front is not None:
        for name in ("iss", "sub", "aud", "auth_time"):
            assert outcome.back.get(name) == outcome.front.get(name)


def json_token_response(response: TestResponse) -> dict[str, Any]:
    """Every token response has these members and headers (RFC 6749, section 5.1); return them."""
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.json
    assert body["token_type"].lower() == "bearer"
    assert type(body["expires_in"]) is int
    assert body["expires_in"] > 0
    entropy(body["access_token"])
    return body


def token_error(response: TestResponse, *errors: str) -> None:
    """An error of the token endpoint is 400, or 401 for the client's, in JSON (RFC 6749, section 5.2)."""
    body = response.json
    assert body["error"] in errors, body
    assert response.status_code == (401 if body["error"] == "invalid_client" else 400)
    assert response.mimetype == "application/json"
    description(body)


def description(members: dict[str, Any]) -> None:
    """What describes an error is plain ASCII without line breaks."""
    assert PRINTABLE.fullmatch(members.get("error_description", ""))


def entropy(secret: str) -> None:
    """A code or token is long enough, and as mixed as chance would make it."""
    counts = Counter(secret)
    bits = -sum(count / len(secret) * math.log2(count / len(secret)) for count in counts.values())
    assert len(secret) * 6 >= FEWEST_BITS
    assert bits * len(secret) >= FEWEST_MEASURED_BITS


def published_keys(keys: list[dict[str, Any]]) -> None:
    """Every key has a `kid` of its own and nothing private; there is one for RS256 (Core, section 10.1)."""
    kids = [jwk["kid"] for jwk in keys]
    assert len(kids) == len(set(kids))
    assert all(isinstance(kid, str) and kid for kid in kids)
    for jwk in keys:
        assert not jwk.keys() & PRIVATE_MEMBERS
        assert jwk["use"] == "sig"
        jwt.PyJWK(jwk, jwk["alg"])
    assert "RS256" in {jwk["alg"] for jwk in keys}


def userinfo(response: TestResponse, sub: str) -> dict[str, Any]:
    """A userinfo answer is JSON about the same person, each claim of its type (Core, sections 5.1 and 5.3.2)."""
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    claims: dict[str, Any] = json.loads(response.text)
    assert claims["sub"] == sub
    standard(claims)
    return claims


def standard(claims: dict[str, Any]) -> None:
    """Each standard claim has its type, and none is empty (Core, section 5.1)."""
    for name in claims.keys() & STANDARD_CLAIMS.keys():
        value, wanted = claims[name], STANDARD_CLAIMS[name]
        assert isinstance(value, wanted), f"{name} is {value!r}"
        assert value is not True or wanted is bool
        assert value not in ("", {}), f"{name} is empty"
    for name, value in claims.get("address", {}).items():
        assert name in ADDRESS
        assert isinstance(value, str)
        assert value
    if "birthdate" in claims:
        assert re.fullmatch(r"[0-9]{4}(-[0-9]{2}-[0-9]{2})?", claims["birthdate"])
    if "updated_at" in claims:
        assert 0 < claims["updated_at"] <= clock.timestamp() + MOST_SKEW
    if "phone_number" in claims:
        assert re.fullmatch(r"\+[0-9 ()-]+(;ext=[0-9]+)?", claims["phone_number"])
    for name in ("profile", "picture", "website"):
        assert claims.get(name, "https://").startswith("https://")


def kid(token: str) -> str:
    """Return which key a token says that it is signed with."""
    return str(jwt.get_unverified_header(token)["kid"])
