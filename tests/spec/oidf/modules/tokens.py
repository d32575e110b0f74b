"""Modules about codes and refresh tokens: used once, bound to their client, proved by keys that may change."""

import json
from datetime import timedelta

from idp.base import clock
from tests.spec.oidf import checks
from tests.spec.oidf.modules.registry import module
from tests.spec.oidf.party import Party, key
from tests.spec.oidf.suite import Outcome, Suite

ALLOWED = {chr(code) for code in range(0x20, 0x7F)}  # RFC 6749, appendix A.17


@module("oidcc-codereuse")
def reuse(suite: Suite) -> None:
    """oidcc-codereuse: a code is redeemed once; the second time is 400 and invalid_grant."""
    outcome = suite.log_in()
    checks.token_error(suite.redeem(suite.client, outcome.answer["code"]), "invalid_grant")


@module("oidcc-codereuse-30seconds")
def late_reuse(suite: Suite) -> None:
    """oidcc-codereuse-30seconds: so it is half a minute later, and then the access token is worth nothing any more."""
    outcome = suite.log_in()
    with clock.moved(timedelta(seconds=31)):
        checks.token_error(suite.redeem(suite.client, outcome.answer["code"]), "invalid_grant")
        assert suite.userinfo(outcome.access_token or "").status_code == 401


@module("oidcc-refresh-token")
def refresh_token(suite: Suite) -> None:
    """oidcc-refresh-token: it yields an ID token that agrees with the first, and works for its own client alone."""
    first, second = (register_for_refreshing(suite) for _ in range(2))
    outcome = log_in_for_long(suite, first)
    refreshed(suite, outcome)
    theirs = log_in_for_long(suite, second, nonce="n" * 43)
    refreshed(suite, theirs)
    checks.token_error(suite.refresh(first, theirs.tokens["refresh_token"]), "invalid_grant")


@module("oidcc-refresh-token-rp-key-rotation")
def key_rotation(suite: Suite) -> None:
    """oidcc-refresh-token-rp-key-rotation: as soon as the client has published a new key it proves itself with that."""
    old, new = key(1, "suite-1"), key(2, "suite-2")
    uri = suite.publish("jwks", json.dumps({"keys": [old.public()]}))
    party = register_for_refreshing(suite, old, jwks_uri=uri)
    outcome = log_in_for_long(suite, party)
    suite.publish("jwks", json.dumps({"keys": [new.public()]}))
    party.key = new
    refreshed(suite, outcome)


def register_for_refreshing(suite: Suite, *signing: object, **members: object) -> Party:
    """Register a client that may refresh."""
    grants = [*suite.metadata()["grant_types"], "refresh_token"]
    return suite.register(*signing, grant_types=grants, **members)  # type: ignore[arg-type] # a Key


def log_in_for_long(suite: Suite, party: Party, **changes: str) -> Outcome:
    """Sign in with offline access, for which consent is asked each time (Core, section 11)."""
    assert "refresh_token" in suite.document["grant_types_supported"]
    outcome = suite.log_in(party, scope="openid offline_access", prompt="consent", **changes)
    assert set(outcome.tokens["refresh_token"]) <= ALLOWED
    checks.entropy(outcome.tokens["refresh_token"])
    return outcome


def refreshed(suite: Suite, outcome: Outcome) -> None:
    """Refresh, and compare the ID tokens (Core, section 12.2)."""
    with clock.moved(timedelta(seconds=1)):
        response = suite.refresh(outcome.party, outcome.tokens["refresh_token"])
        assert response.status_code == 200, response.text
        body = checks.json_token_response(response)
        claims = checks.jws(suite, body["id_token"])
        assert suite.userinfo(body["access_token"]).status_code == 200
    for name in ("iss", "sub", "aud", "auth_time", "azp"):
        assert claims.get(name) == outcome.claims.get(name)
    assert claims["iat"] > outcome.claims["iat"]
    assert claims.get("nonce", outcome.asked["nonce"]) == outcome.asked["nonce"]
    assert body["access_token"] != outcome.tokens["access_token"]
    if "refresh_token" in body:
        assert set(body["refresh_token"]) <= ALLOWED


@module("oidcc-ensure-client-assertion-with-iss-aud-succeeds")
def issuer_as_audience(suite: Suite) -> None:
    """oidcc-ensure-client-assertion-with-iss-aud-succeeds: the audience of an assertion may be the issuer."""
    asked = suite.request()
    code = suite.read(suite.open(asked), asked)["code"]
    response = suite.redeem(suite.client, code, audience=suite.document["issuer"])
    assert response.status_code == 200, response.text
    checks.json_token_response(response)
