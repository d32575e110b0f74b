"""RFC 9449, section 7: tokens that are bound to a key, wherever this server takes access tokens."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.factories import Browser, Client, Person, Provider
from tests.spec.rfc9449.proving import ath, own, prove, redeem, userinfo


@pytest.fixture
def token(provider: Provider, browser: Browser, phone: Client) -> str:
    """A person's access token that is bound to the key."""
    code = browser.answer(phone, scope="openid email")["code"]
    return str(redeem(provider, phone, code, prove(provider)).json["access_token"])


def proof(provider: Provider, token: str, path: str = "/oauth/userinfo", **more: Any) -> str:
    """Return a proof for a request with this token."""
    return prove(provider, **{"method": "GET", "path": path, "ath": ath(token)} | more)


def test_userinfo_with_a_proof(provider: Provider, ann: Person, token: str) -> None:
    """With the scheme DPoP, in any case, and a proof the claims are told (7.1)."""
    for scheme in ("DPoP", "dpop", "DPOP"):
        answer = userinfo(provider, token, proof(provider, token), scheme)
        assert answer.status_code == 200, answer.text
        assert answer.json["sub"] == ann.sub


def test_a_bound_token_is_no_bearer_token(provider: Provider, token: str) -> None:
    """Sent as a bearer token it is refused, with a proof beside it or without one, in the header and in the form (7.2)."""
    answers = [userinfo(provider, token, None, "Bearer"), userinfo(provider, token, proof(provider, token), "Bearer")]
    answers.append(provider.http.post("/oauth/userinfo", data={"access_token": token}))
    for answer in answers:
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")
        assert answer.headers["WWW-Authenticate"].startswith('DPoP realm="userinfo", error="invalid_token"')
        assert 'algs="RS256 PS256 ES256 EdDSA"' in answer.headers["WWW-Authenticate"]


def test_an_unbound_token_is_no_dpop_token(provider: Provider, browser: Browser, shop: Client) -> None:
    """A bearer token under the scheme DPoP is refused: nobody can prove its key (7.1)."""
    plain = provider.grant(shop, browser)["access_token"]
    answer = userinfo(provider, plain, proof(provider, plain))
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


BAD: dict[str, dict[str, Any]] = {
    "another key": {"alg": "EdDSA"},
    "no ath": {"ath": None},
    "the ath of another token": {"ath": ath("another")},
    "another method": {"htm": "POST"},
    "another address": {"path": "/oauth/token"},
    "a wrong nonce": {"nonce": "made up"},
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_proof_is_refused(provider: Provider, token: str, name: str) -> None:
    """A proof by another key, for another token or for another request is 401, with a challenge of the scheme (7.1)."""
    answer = userinfo(provider, token, proof(provider, token, **BAD[name]))
    assert answer.status_code == 401
    expected = {"another key": "invalid_token", "a wrong nonce": "use_dpop_nonce"}.get(name, "invalid_dpop_proof")
    assert answer.json["error"] == expected
    assert answer.headers["WWW-Authenticate"].startswith(f'DPoP realm="userinfo", error="{expected}"')
    assert ("DPoP-Nonce" in answer.headers) is (expected == "use_dpop_nonce")


def test_no_proof_at_all(provider: Provider, token: str) -> None:
    """Without a proof the token is of no use."""
    assert userinfo(provider, token, None).status_code == 401


def test_a_proof_is_used_once(provider: Provider, token: str) -> None:
    """A proof that somebody saw on its way is of no use to them (11.1)."""
    seen = proof(provider, token)
    assert userinfo(provider, token, seen).status_code == 200
    assert userinfo(provider, token, seen).json["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize(
    ("path", "scope"), [("/scim/v2/Users", "scim"), ("/api/v1/clients", "admin.read"), ("/ssf/streams", "ssf.read")]
)
def test_administrative_interfaces(provider: Provider, path: str, scope: str) -> None:
    """A client's own bound token opens SCIM, the HTTP API and streams of news with a proof, and is nothing without."""
    client = provider.client(grant_types=["client_credentials"], scope=scope)
    token = own(provider, client, prove(provider)).json["access_token"]

    def ask(scheme: str, shown: str | None) -> TestResponse:
        headers = {"Authorization": f"{scheme} {token}"} | ({"DPoP": shown} if shown else {})
        return provider.http.get(path, headers=headers)

    assert ask("DPoP", proof(provider, token, path)).status_code == 200
    assert ask("DPoP", proof(provider, token)).status_code == 401
    bare = ask("Bearer", None)
    assert bare.status_code == 401
    assert bare.headers["WWW-Authenticate"].startswith("DPoP ")


@pytest.mark.parametrize("path", ["/user/info?username=ann", "/api/v1/accounts/me", "/api/user/profile"])
def test_older_interfaces_take_none(provider: Provider, token: str, path: str) -> None:
    """No older interface takes a bound token as a bearer token."""
    answer = provider.http.get(path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in {401, 404}


def test_pages_of_other_origins_may_prove(provider: Provider) -> None:
    """A browser's public client may send proofs and read nonces across origins (Fetch; RFC 9449, section 8)."""
    provider.client(public=True, redirect_uris=["https://spa.example/cb"])
    ahead = provider.http.options("/oauth/token", headers={"Origin": "https://spa.example"})
    assert "DPoP" in ahead.headers["Access-Control-Allow-Headers"].split(", ")
    assert "DPoP-Nonce" in ahead.headers["Access-Control-Expose-Headers"].split(", ")
