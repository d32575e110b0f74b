"""Modules about what is told of a person: userinfo, scopes, the `claims` parameter."""

import json

from tests.spec.oidf import checks
from tests.spec.oidf.modules.registry import module
from tests.spec.oidf.suite import Outcome, Suite

CLAIMS = {
    "profile": {
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture", "website",
        "gender", "birthdate", "zoneinfo", "locale", "updated_at",
    },
    "email": {"email", "email_verified"},
    "address": {"address"},
    "phone": {"phone_number", "phone_number_verified"},
}  # fmt: skip


@module("oidcc-userinfo-get", "oidcc-userinfo-post-header", "oidcc-userinfo-post-body")
def userinfo(suite: Suite) -> None:
    """oidcc-userinfo-get, -post-header and -post-body: the token may come in each of these ways, and the answer is the same."""
    outcome = suite.log_in()
    path, token = suite.at("userinfo_endpoint"), outcome.access_token
    http, header = suite.provider.http, {"Authorization": f"Bearer {token}"}
    match suite.module.removeprefix("oidcc-userinfo-"):
        case "get":
            response = http.get(path, headers=header)
        case "post-header":
            response = http.post(path, headers=header)
        case _:
            response = http.post(path, data={"access_token": token})
    checks.userinfo(response, outcome.claims["sub"])


@module(*(f"oidcc-scope-{scope}" for scope in (*CLAIMS, "all")))
def scopes(suite: Suite) -> None:
    """oidcc-scope-profile, -email, -address, -phone and -all: every claim of the scopes is told, and none of another."""
    wanted = suite.module.removeprefix("oidcc-scope-")
    asked = [*CLAIMS] if wanted == "all" else [wanted]
    assert set(suite.document["scopes_supported"]) >= {"openid", *asked}
    outcome = suite.log_in(scope=" ".join(["openid", *asked]))
    expected = {claim for scope in asked for claim in CLAIMS[scope]}
    assert told(suite, outcome) == expected


@module("oidcc-claims-essential")
def claims_essential(suite: Suite) -> None:
    """oidcc-claims-essential: an essential `name` is told where it was asked for, and nowhere else."""
    assert suite.document["claims_parameter_supported"] is True
    place = "id_token" if suite.words == {"id_token"} else "userinfo"
    outcome = suite.log_in(claims=json.dumps({place: {"name": {"essential": True}}}))
    assert told(suite, outcome) == {"name"}


@module("oidcc-userinfo-rs256")
def signed_userinfo(suite: Suite) -> None:
    """oidcc-userinfo-rs256: userinfo comes as a signed JWT of this issuer for this client, without a nonce."""
    suite.register(userinfo_signed_response_alg="RS256")
    outcome = suite.log_in(scope="openid profile")
    response = suite.userinfo(outcome.access_token or "")
    assert response.status_code == 200
    assert response.mimetype == "application/jwt"
    claims = checks.jws(suite, response.text)
    assert claims["iss"] == suite.document["issuer"]
    assert claims["aud"] in (suite.client.client_id, [suite.client.client_id])
    assert claims["sub"] == outcome.claims["sub"]
    assert "nonce" not in claims
    assert claims.keys() >= CLAIMS["profile"]
    checks.standard(claims)


def told(suite: Suite, outcome: Outcome) -> set[str]:
    """Return the standard claims that were told: at userinfo, or in the ID token where there is no access token."""
    claims = outcome.claims
    if outcome.access_token is not None:
        claims = checks.userinfo(suite.userinfo(outcome.access_token), claims["sub"])
    checks.standard(claims)
    return claims.keys() & checks.STANDARD_CLAIMS.keys()
