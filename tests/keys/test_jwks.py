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


def test_one_kid_for_keys_of_different_types() -> None:
    """Keys of different types may share a kid (RFC 7517, section 4.5), and the algorithm says which is meant."""
    keys = parsed(jwk("RS256", kid="same"), jwk("ES256", kid="same"))
    for algorithm in ("RS256", "ES256"):
        assert jose.verify(signed(algorithm, kid="same"), keys, ALL) == {"iss": "me"}
    assert jose.verify(signed("EdDSA", kid="same"), keys, ALL) is None


WEAK = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - too weak on purpose


@pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits long")
@pytest.mark.parametrize(
    "other",
    [
        jwk("RS256", WEAK),
        jwk("RS256", kid="other", n="AQAB"),
        jwk("ES256", y=None),
        jwk("ES256", x="AA"),
        jwk("ES256", kid=1),
        jwk("ES256", kid="ES256", d="AA", x=jwk("ES256")["y"]),
        jwk("EdDSA", x="*"),
        {"kty": "oct", "k": "AA"},
        {"kty": "future", "k": "AA"},
        "no object",
        None,
        jwk("EdDSA", kid="ES256"),
        jwk("ES256"),
    ],
)
def test_a_fetched_set_is_read_for_its_good_keys(other: object) -> None:
    """A bad key beside a good one does not count, and the good one does, in whichever order (RFC 7517, section 5)."""
    for members in ([other, jwk("ES256")], [jwk("ES256"), other]):
        keys = jose.read_jwks({"keys": members})
        assert jose.verify(signed("ES256"), keys, ALL) == {"iss": "me"}
        assert jose.verify(signed("RS256", key=WEAK), keys, ALL) is None


@pytest.mark.parametrize(
    "private",
    [
        jwk("ES256", d="AA"),
        jwk("ES256", kid="another name", d="AA"),
        jwk("ES256", kid=7, use="enc", d=None, k="AA"),
    ],
)
def test_a_published_private_key_never_counts(private: dict[str, object]) -> None:
    """A key whose private part was published proves nothing, also where its public part stands there once more."""
    keys = jose.read_jwks({"keys": [jwk("ES256"), private, jwk("RS256")]})
    assert jose.verify(signed("ES256"), keys, ALL) is None
    assert jose.verify(signed("RS256"), keys, ALL) == {"iss": "me"}


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": None}, "keys"])
def test_a_fetched_set_that_is_none(document: object) -> None:
    """What is no key set holds no keys."""
    assert jose.read_jwks(document) == []


def test_many_keys_spoil_no_set() -> None:
    """Of a long set the first hundred members are looked at and fifty keys counted, whatever comes after them."""
    strange = {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA"}
    long = jose.read_jwks({"keys": [*[strange] * 99, jwk("ES256"), jwk("RS256")]})
    assert jose.verify(signed("ES256"), long, ALL) == {"iss": "me"}
    assert jose.verify(signed("RS256"), long, ALL) is None
    assert len(jose.read_jwks({"keys": [jwk("ES256")] * 80})) == 50


@pytest.mark.parametrize("nothing", ["use", "key_ops", "alg", "kid"])
def test_a_member_without_a_value_is_none(nothing: str) -> None:
    """A null, as some programs write it, says as little of a key as no member."""
    keys = jose.read_jwks({"keys": [jwk("ES256", **{nothing: None})]})
    assert jose.verify(signed("ES256", kid=None), keys, ALL) == {"iss": "me"}


MEMBERS = st.dictionaries(
    st.sampled_from(["kty", "crv", "n", "e", "x", "y", "d", "kid", "use", "key_ops", "alg"]),
    JSON | st.sampled_from(["RSA", "EC", "OKP", "oct", "P-256", "Ed25519", "sig", "AQAB", *ALL, "A" * 43]),
)


@settings(max_examples=150, deadline=None)
@given(st.fixed_dictionaries({"keys": st.lists(MEMBERS | JSON, max_size=4)}) | JSON)
def test_no_set_raises(document: object) -> None:
    """Whatever comes as a key set is read or refused with a sentence, and its keys can be tried."""
    for keys in (jose.parse_jwks(document), jose.read_jwks(document)):
        if isinstance(keys, str):
            continue
        assert jose.verify(signed("ES256", kid=None), keys, ALL) is None
        assert jose.verify(signed("RS256", kid=None), keys, ALL) is None
