"""Tokens that others signed: which algorithms, keys and headers are taken, and that nothing whatever raises."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.keys import jose
from tests.keys.strangers import ALL, JSON, SECRET, b64, jwk, parsed, resigned, signed


@pytest.mark.parametrize("algorithm", ALL)
def test_each_algorithm_verifies_with_its_key_and_no_other(algorithm: str) -> None:
    """A token verifies with the registered key and the allowed algorithm, and not once either is another (RFC 8725, section 3.1)."""
    token, keys = signed(algorithm), parsed(jwk(algorithm))
    assert jose.verify(token, keys, ALL) == {"iss": "me"}
    assert jose.verify(token, keys, [name for name in ALL if name != algorithm]) is None
    assert jose.verify(token, parsed(*(jwk(name, kid=algorithm) for name in ("ES256",))), ALL) == (
        {"iss": "me"} if algorithm == "ES256" else None
    )
    assert jose.verify(token, [], ALL) is None
    head, payload, signature = token.split(".")
    assert jose.verify(f"{head}.{b64({'iss': 'you'})}.{signature}", keys, ALL) is None
    assert jose.verify(f"{head}.{payload}.", keys, ALL) is None


def test_a_key_chosen_by_its_kid() -> None:
    """With a kid only that key counts; without one a few that fit are tried (RFC 7515, section 4.1.4)."""
    other = ec.generate_private_key(ec.SECP256R1())
    keys = parsed(jwk("ES256", other, kid="other"), jwk("ES256"), jwk("RS256"))
    assert jose.verify(signed("ES256"), keys, ALL) is not None
    assert jose.verify(signed("ES256", kid="other"), keys, ALL) is None
    assert jose.verify(signed("ES256", kid="unknown"), keys, ALL) is None
    assert jose.verify(signed("ES256", kid=None), keys, ALL) is not None
    crowd = parsed(*(jwk("ES256", other, kid=str(number)) for number in range(jose.MOST_TRIES)), jwk("ES256"))
    assert jose.verify(signed("ES256", kid=None), crowd, ALL) is None
    assert jose.verify(signed("ES256"), crowd, ALL) is not None


def test_keys_within_a_token_are_never_trusted() -> None:
    """A token that brings its own key, or says where to fetch it, verifies with registered keys only (RFC 7515, section 4.1.2)."""
    stranger = ec.generate_private_key(ec.SECP256R1())
    own = {
        "jwk": jwk("ES256", stranger),
        "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/",
        "x5c": ["AA"],
    }
    assert jose.verify(signed("ES256", key=stranger, **own), parsed(jwk("ES256")), ALL) is None
    assert jose.verify(signed("ES256", **own), parsed(jwk("ES256")), ALL) == {"iss": "me"}


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "ES256", "crit": ["exp"], "exp": 1},
        {"alg": "ES256", "crit": []},
        {"alg": "ES256", "crit": ["b64"], "b64": False},
        {"alg": "ES256", "b64": True},
        {"alg": "ES256", "kid": 1},
        {"alg": "ES256", "typ": ["JWT"]},
        {"alg": ["ES256"]},
        {"typ": "JWT"},
        ["ES256"],
        '{"alg":"ES256","alg":"ES256"}',
        '{"alg":"ES256","n":NaN}',
        b"\xff",
        "",
    ],
)
def test_headers_that_are_not_taken(header: object) -> None:
    """Extensions, members that are there twice and what is no header are refused, although the signature is right."""
    assert jose.verify(resigned({"alg": "ES256"}), parsed(jwk("ES256")), ALL) == {}
    assert jose.read_header(resigned(header)) is None
    assert jose.verify(resigned(header), parsed(jwk("ES256", kid=None)), ALL) is None


@pytest.mark.parametrize(
    "payload", ["[]", "", "null", '{"a":1,"a":2}', '{"a":1e999}', '{"a":"\\ud800"}', b"\xff", "[" * 20000]
)
def test_claims_that_are_no_object(payload: str | bytes) -> None:
    """A payload that is no good JSON object is refused, although the signature is right (RFC 7519, section 7.2)."""
    assert jose.verify(resigned({"alg": "ES256"}, payload), parsed(jwk("ES256")), ALL) is None


def test_tokens_that_are_no_tokens() -> None:
    """Four parts, padding, stray bits, foreign characters and endless texts are not taken."""
    good = resigned({"alg": "ES256"})
    head, payload, signature = good.split(".")
    bad = ["", "..", "a.b", f"{good}.", f"{good}=", f" {good}", f"{good}\n", f"{head}.{payload}.{signature}\u00fc"]
    bad += [f"{head[:-1]}A.{payload}.{signature}", f"{head}.{payload}.{'A' * jose.LONGEST_TOKEN}", "eyJ\ud800.a.b"]
    for token in bad:
        assert jose.read_header(token) is None, token[:80]
        assert jose.verify(token, parsed(jwk("ES256")), ALL) is None, token[:80]


def test_none_and_secrets_are_apart_from_signatures() -> None:
    """Neither an unsigned token nor one made with a public key as the secret ever verifies (RFC 8725, section 2.1)."""
    keys = parsed(jwk("RS256"))
    unsigned = jwt.encode({"iss": "me"}, None, algorithm="none", headers={"kid": "RS256"})
    symmetric = jwt.encode({"iss": "me"}, jwk("RS256")["n"], algorithm="HS256", headers={"kid": "RS256"})
    for token in (unsigned, symmetric):
        assert jose.verify(token, keys, [*ALL, "none", "HS256"]) is None
    assert jose.verify_hmac(unsigned, SECRET, ["HS256", "none"]) is None
    assert jose.verify_hmac(signed("RS256"), SECRET, ["HS256", "RS256"]) is None


def test_a_secret_verifies_what_was_made_with_it() -> None:
    """HS256 takes the right secret of at least 32 bytes, and only where it is allowed (RFC 7518, section 3.2)."""
    token = jwt.encode({"iss": "me"}, SECRET, algorithm="HS256")
    assert jose.verify_hmac(token, SECRET, ["HS256"]) == {"iss": "me"}
    assert jose.verify_hmac(token, b"t" * 32, ["HS256"]) is None
    assert jose.verify_hmac(token, SECRET, ["RS256"]) is None
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        short = jwt.encode({"iss": "me"}, b"s" * 31, algorithm="HS256")
    assert jose.verify_hmac(short, b"s" * 31, ["HS256"]) is None


def test_unsigned_tokens_are_read_only_when_unsigned() -> None:
    """`read_unsigned` takes alg none with an empty signature and nothing else (RFC 7519, section 6)."""
    unsigned = jwt.encode({"iss": "me"}, None, algorithm="none")
    assert jose.read_unsigned(unsigned) == {"iss": "me"}
    assert jose.read_unsigned(f"{unsigned}AAAA") is None
    assert jose.read_unsigned(signed("ES256")) is None
    assert jose.read_unsigned(f"{b64({'alg': 'None'})}.{b64({})}.") is None


HEADERS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "jku"]),
    JSON | st.sampled_from([*ALL, "HS256", "none", "JWT"]),
)
TOKENS = st.text() | st.builds(
    lambda header, payload, signature: f"{b64(header)}.{b64(payload)}.{b64(signature)}",
    HEADERS | JSON | st.binary(),
    JSON | st.binary(),
    st.binary(max_size=300),
)
KEYS = parsed(*(jwk(name, kid=None) for name in ("RS256", "ES256", "EdDSA")))


@settings(max_examples=150, deadline=None)
@given(TOKENS)
def test_no_token_raises(token: str) -> None:
    """Whatever comes as a token is read or refused, and no made-up one verifies."""
    assert jose.verify(token, KEYS, [*ALL, "HS256", "none"]) is None
    assert jose.verify_hmac(token, SECRET, ["HS256"]) is None
    header, claims = jose.read_header(token), jose.read_unsigned(token)
    assert header is None or isinstance(header["alg"], str)
    assert claims is None or isinstance(claims, dict)
