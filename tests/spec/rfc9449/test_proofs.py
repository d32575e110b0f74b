"""RFC 9449, section 4.3: what a proof has to be, at the token endpoint."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.base import clock
from tests.factories import Client, Provider
from tests.keys.strangers import ALL, JSON, b64, jwk, resigned, signed
from tests.spec.rfc9449.proving import own, prove, thumbprint

GRANTS = ["client_credentials"]
OTHER = ec.generate_private_key(ec.SECP256R1())  # which signs nothing here


@pytest.fixture
def service(provider: Provider) -> Client:
    """A client that asks for tokens of its own."""
    return provider.client(grant_types=GRANTS, scope="reports")


def refusal(provider: Provider, client: Client, proof: str | list[str] | None) -> str:
    """Return the error of a token request with a proof, that is no 401: the client has proved itself."""
    answer = own(provider, client, proof)
    assert answer.status_code == 400, answer.text
    return str(answer.json["error"])


@pytest.mark.parametrize("alg", ALL)
def test_a_good_proof_binds_the_token(provider: Provider, service: Client, alg: str) -> None:
    """With a proof by a key of any offered algorithm the token is of the type DPoP and names the key (5, 6.1)."""
    answer = own(provider, service, prove(provider, alg=alg))
    assert answer.status_code == 200, answer.text
    assert answer.json["token_type"] == "DPoP"
    claims = provider.verify(answer.json["access_token"], provider.issuer)
    assert claims["cnf"] == {"jkt": thumbprint(alg)}
    assert alg in provider.http.get("/.well-known/openid-configuration").json["dpop_signing_alg_values_supported"]


def test_without_a_proof_nothing_is_bound(provider: Provider, service: Client) -> None:
    """A client that sends no proof gets a bearer token, as ever."""
    answer = own(provider, service, None)
    assert answer.json["token_type"] == "Bearer"
    assert "cnf" not in provider.verify(answer.json["access_token"], provider.issuer)


def test_a_large_rsa_key_is_taken(provider: Provider, service: Client) -> None:
    """The header of a proof by an RSA key of 4096 bits is as long as it has to be."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    assert own(provider, service, prove(provider, alg="PS256", key=key)).status_code == 200


BAD: dict[str, dict[str, Any]] = {
    "no type": {"header": {"typ": None}},
    "another type": {"header": {"typ": "jwt"}},
    "no key": {"header": {"jwk": None}},
    "a key that is none": {"header": {"jwk": {"kty": "EC"}}},
    "another key": {"header": {"jwk": jwk("EdDSA", kid=None)}},
    "a private key": {"header": {"jwk": jwk("ES256", kid=None) | {"d": "AA"}}},
    "a secret": {"header": {"jwk": {"kty": "oct", "k": b64(b"s" * 32)}}},
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a jti that is a number": {"jti": 7},
    "a long jti": {"jti": "j" * 501},
    "no htm": {"htm": None},
    "another method": {"htm": "GET"},
    "a small method": {"htm": "post"},
    "no htu": {"htu": None},
    "another path": {"htu": "http://127.0.0.1:5000/oauth/userinfo"},
    "another host": {"htu": "http://localhost:5000/oauth/token"},
    "another port": {"htu": "http://127.0.0.1:5001/oauth/token"},
    "another scheme": {"htu": "https://127.0.0.1:5000/oauth/token"},
    "a name in the address": {"htu": "http://a@127.0.0.1:5000/oauth/token"},
    "a port that is none": {"htu": "http://127.0.0.1:x/oauth/token"},
    "no iat": {"iat": None},
    "an iat that is a text": {"iat": "now"},
    "an iat without end": {"iat": 10**20},
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_proof_is_refused(provider: Provider, service: Client, name: str) -> None:
    """A proof that lacks something, or is for something else, is invalid_dpop_proof (4.3, 5)."""
    assert refusal(provider, service, prove(provider, **dict(BAD[name]))) == "invalid_dpop_proof"


def test_several_proofs_are_refused(provider: Provider, service: Client) -> None:
    """There is one proof at most (4.3, 1)."""
    assert refusal(provider, service, [prove(provider), prove(provider)]) == "invalid_dpop_proof"


def test_a_proof_without_or_with_a_foreign_signature_is_refused(provider: Provider, service: Client) -> None:
    """Neither `none` nor HMAC nor a signature by another key proves anything (4.3, 5 and 6)."""
    header = {"typ": "dpop+jwt", "alg": "none", "jwk": jwk("ES256")}
    claims = {"jti": "a", "htm": "POST", "htu": f"{provider.issuer}/oauth/token", "iat": clock.timestamp()}
    assert refusal(provider, service, f"{b64(header)}.{b64(claims)}.") == "invalid_dpop_proof"
    foreign = resigned({**header, "alg": "ES256", "jwk": jwk("ES256", OTHER)}, claims)
    assert refusal(provider, service, foreign) == "invalid_dpop_proof"
    assert (
        refusal(provider, service, signed("HS256", claims, key="s" * 32, **header | {"alg": "HS256"}))
        == "invalid_dpop_proof"
    )


@pytest.mark.usefixtures("_still_clock")
@pytest.mark.parametrize(
    ("seconds", "is_good"), [(-61, False), (-59, True), (-10, True), (10, True), (11, False), (61, False)]
)
def test_clocks_may_differ_a_little(provider: Provider, service: Client, seconds: int, is_good: bool) -> None:
    """A proof is a minute old at most, and its clock ten seconds ahead of ours at most (11.1)."""
    made_at = (clock.now() + timedelta(seconds=seconds)).timestamp()
    answer = own(provider, service, prove(provider, iat=made_at))
    assert answer.status_code == (200 if is_good else 400), answer.text


def test_the_address_is_compared_as_addresses_are(provider: Provider, service: Client) -> None:
    """Scheme and host are read in any case, and query and fragment are left out (4.3, 9)."""
    for address in ("HTTP://127.0.0.1:5000/oauth/token", f"{provider.issuer}/oauth/token?a=b#c"):
        assert own(provider, service, prove(provider, htu=address)).status_code == 200


def test_a_proof_is_used_once(provider: Provider, service: Client) -> None:
    """The same proof a second time is refused, and so is its jti in another proof by the same key, not by another one (11.1)."""
    proof = prove(provider, jti="one")
    assert own(provider, service, proof).status_code == 200
    assert refusal(provider, service, proof) == "invalid_dpop_proof"
    assert refusal(provider, service, prove(provider, jti="one")) == "invalid_dpop_proof"
    assert own(provider, service, prove(provider, alg="EdDSA", jti="one")).status_code == 200


def test_a_bad_proof_uses_nothing_up(provider: Provider, service: Client) -> None:
    """Of a proof that is refused the identifier is still free, so that a mistake can be mended."""
    assert refusal(provider, service, prove(provider, jti="two", htm="GET")) == "invalid_dpop_proof"
    assert own(provider, service, prove(provider, jti="two")).status_code == 200


def test_a_client_may_have_to_prove_its_key(provider: Provider) -> None:
    """A client that is registered for bound tokens gets no others (5.2), and says so in its registration."""
    client = provider.client(grant_types=GRANTS, scope="reports", dpop_bound_access_tokens=True)
    assert refusal(provider, client, None) == "invalid_dpop_proof"
    assert own(provider, client, prove(provider)).json["token_type"] == "DPoP"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(header=JSON, payload=JSON)
def test_any_proof_is_answered(provider: Provider, header: Any, payload: Any) -> None:
    """Whatever stands in the place of a proof, the answer is an error of the protocol, and no failure of the server."""
    client = provider.client(grant_types=GRANTS, scope="reports", client_id=None)
    for proof in (f"{b64(header)}.{b64(payload)}.{b64(b'x')}", b64(header)):
        assert refusal(provider, client, proof or "x") == "invalid_dpop_proof"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=st.dictionaries(st.sampled_from(["jti", "htm", "htu", "iat", "nonce", "ath"]), JSON, max_size=4))
def test_any_claim_is_answered(provider: Provider, claims: dict[str, Any]) -> None:
    """Whatever a rightly signed proof says, it is good or refused."""
    client = provider.client(grant_types=GRANTS, scope="reports")
    try:
        proof = prove(provider, **claims)
    except (ValueError, TypeError, OverflowError):
        return
    assert own(provider, client, proof).status_code in {200, 400}
