"""Key sets of others: which keys are taken, which are left out, and which sets are refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.keys import jose
from tests.keys.strangers import ALL, JSON, jwk, parsed, signed


def test_sets_are_read_for_what_verifies_signatures() -> None:
    """Unknown types, curves and algorithms and keys for something else are left out, the rest is kept (RFC 7517, section 5)."""
    others = [
        jwk("RS256", kid="enc", use="enc"),
        jwk("RS256", kid="alg", alg="RSA-OAEP"),
        jwk("RS256", kid="ops", key_ops=["wrapKey"]),
        jwk("RS256", kid="bad", key_ops="verify"),
        jwk("ES256", kid="alg2", alg="RS256"),
        {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": "AA"},
        {"kty": "future"},
        {"kty": ["RSA"]},
        {},
    ]
    keys = parsed(
        *others, jwk("RS256"), jwk("ES256", use="sig", key_ops=["verify"]), jwk("EdDSA", alg="EdDSA", x5c=["A"])
    )
    assert {key.kid: key.algorithms for key in keys} == {
        "RS256": {"RS256", "PS256"},
        "ES256": {"ES256"},
        "EdDSA": {"EdDSA"},
    }
    assert parsed(jwk("RS256", alg="PS256"))[0].algorithms == {"PS256"}
    assert jose.verify(signed("RS256"), parsed(jwk("RS256", alg="PS256")), ALL) is None


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"keys": {}},
        {"keys": ["RS256"]},
        {"keys": [jwk("ES256"), jwk("ES256")]},
        {"keys": [jwk("ES256", kid=1)]},
        {"keys": [jwk("ES256", kid="")]},
        {"keys": [jwk("ES256", d="AA")]},
        {"keys": [{"kty": "oct", "k": "AA"}]},
        {"keys": [{"kty": "future", "k": "AA"}]},
        {"keys": [jwk("ES256", y=None)]},
        {"keys": [jwk("ES256", x="AA")]},
        {"keys": [jwk("ES256", x=jwk("ES256")["y"])]},
        {"keys": [jwk("RS256", n="AQAB")]},
        {"keys": [jwk("RS256", e="Ag")]},
        {"keys": [jwk("RS256", e="AQ")]},
        {"keys": [jwk("RS256", e="A" * 400)]},
        {"keys": [jwk("RS256", n="_" * 8000)]},
        {"keys": [jwk("RS256", n="*")]},
        {"keys": [jwk("RS256", rsa.generate_private_key(public_exponent=65537, key_size=1024))]},  # noqa: S505 - too weak on purpose
        {"keys": [jwk("EdDSA", x="AAAA")]},
        {"keys": [jwk("ES256", kid=str(number)) for number in range(51)]},
    ],
)
def test_sets_that_are_refused(document: object) -> None:
    """Private, symmetric, broken and weak keys, kids that are there twice and too many keys are wrong, said in a sentence."""
    problem = jose.parse_jwks(document)
    assert isinstance(problem, str)
    assert problem.endswith(".")


MEMBERS = st.dictionaries(
    st.sampled_from(["kty", "crv", "n", "e", "x", "y", "d", "kid", "use", "key_ops", "alg"]),
    JSON | st.sampled_from(["RSA", "EC", "OKP", "oct", "P-256", "Ed25519", "sig", "AQAB", *ALL, "A" * 43]),
)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({"keys": st.lists(MEMBERS | JSON, max_size=4)}) | JSON)
def test_no_set_raises(document: object) -> None:
    """Whatever comes as a key set is read or refused with a sentence, and its keys can be tried."""
    keys = jose.parse_jwks(document)
    if isinstance(keys, list):
        assert jose.verify(signed("ES256", kid=None), keys, ALL) is None
        assert jose.verify(signed("RS256", kid=None), keys, ALL) is None
