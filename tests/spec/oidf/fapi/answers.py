"""What the suite looks at in the answers: references, signed answers, tokens, ID tokens, the resource, and errors."""

from typing import TYPE_CHECKING, Any

import jwt
from werkzeug.test import TestResponse

from idp.base import clock
from tests.factories import Provider
from tests.spec.oidf import checks
from tests.spec.oidf.fapi.party import ALGORITHM
from tests.spec.oidf.fapi.plans import Variant

if TYPE_CHECKING:
    from tests.spec.oidf.fapi.suite import Outcome

ENVELOPE = {"iss", "aud", "exp", "iat"}


def pushed(response: TestResponse) -> None:
    """A pushed request is answered with 201, JSON, a reference that nobody guesses, and its life (RFC 9126, section 2.2)."""
    assert response.status_code == 201, response.text
    assert response.mimetype == "application/json"
    assert type(response.json["expires_in"]) is int
    assert 0 < response.json["expires_in"] < 600
    checks.entropy(response.json["request_uri"].rpartition(":")[2])


def not_pushed(response: TestResponse, *errors: str) -> None:
    """An error of the endpoint is 400, or 401 for the client's, in JSON (RFC 9126, section 2.3)."""
    checks.token_error(response, *errors)


def signed(provider: Provider, token: str, client_id: str) -> dict[str, str]:
    """A signed answer is this server's, for this client, by a known key, and for some minutes (JARM, section 2.1); return its members."""
    header = jwt.get_unverified_header(token)
    assert header["alg"] == ALGORITHM
    assert header["kid"]
    claims = provider.verify(token, client_id)
    assert 10 < claims["exp"] - clock.timestamp() <= 600
    members = {name: value for name, value in claims.items() if name not in ENVELOPE - {"iss"}}
    assert all(isinstance(value, str) for value in members.values())
    return members


def tokens(variant: Variant, response: TestResponse) -> dict[str, Any]:
    """A token response is JSON that nobody stores, with a token of the right type that nobody guesses (RFC 6749, section 5.1)."""
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.json
    assert body["token_type"].lower() == ("dpop" if variant.is_dpop else "bearer")
    assert type(body["expires_in"]) is int
    assert body["expires_in"] > 0
    for name in body.keys() & {"access_token", "refresh_token"}:
        checks.entropy(body[name])
    return body


def id_token(provider: Provider, outcome: "Outcome") -> dict[str, Any]:
    """An ID token is this provider's, for this client and request, timely, rightly signed, and says no more than was asked."""
    token = outcome.tokens["id_token"]
    header = jwt.get_unverified_header(token)
    assert header["alg"] == ALGORITHM
    assert header["kid"]
    claims = provider.verify(token, outcome.party.client_id)
    assert abs(claims["iat"] - clock.timestamp()) < checks.MOST_SKEW
    assert 0 < len(claims["sub"]) <= 255
    assert claims.get("nonce") == outcome.asked.get("nonce")
    assert "s_hash" not in claims
    for name, value in (("at_hash", outcome.access_token), ("c_hash", outcome.answer["code"])):
        assert claims.get(name, checks.half_hash(value)) == checks.half_hash(value)
    if "claims" not in outcome.asked:
        assert not claims.keys() & checks.STANDARD_CLAIMS.keys(), "what was asked of userinfo is in the ID token too"
    return claims


def resource(response: TestResponse) -> None:
    """The resource answers in JSON."""
    assert response.status_code == 200, f"{response.status_code} {response.text}"
    assert response.mimetype == "application/json"


def no_resource(response: TestResponse) -> None:
    """The resource refuses, with a challenge (RFC 6750, section 3; RFC 9449, section 7.1)."""
    assert response.status_code in {400, 401}, f"{response.status_code} {response.text}"
    assert response.headers["WWW-Authenticate"]
