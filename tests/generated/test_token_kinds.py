"""Tokens at the wrong place, changed, or saying odd things: none is taken for another kind, none is a surprise (RFC 8725, section 2.8)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import assume, given
from hypothesis import strategies as st
from jwt.algorithms import get_default_algorithms

from tests.factories import CALLBACK, VERIFIER, parameters, request
from tests.generated.judging import judge, judge_json
from tests.generated.stage import Stage
from tests.generated.texts import EDGES, examples
from tests.keys.strangers import JSON, SECRET, b64, jwk, resigned

KINDS = ("access_token", "own_access_token", "refresh_token", "id_token", "code", "userinfo", "logout_token",
         "assertion", "secret_assertion", "request_object")  # fmt: skip


def at_userinfo(stage: Stage, token: str) -> bool:
    """Return whether userinfo tells anything for a token."""
    field = {"Authorization": b"Bearer " + token.encode("latin-1", "replace")}
    return "sub" in judge_json(stage, stage.send(stage.provider.http, "GET", "/oauth/userinfo", fields=field))


def at_introspection(stage: Stage, token: str) -> bool:
    """Return whether a token is active."""
    return bool(_post(stage, "/oauth/introspect", stage.shop.post() | {"token": token}).get("active"))


def as_hint(stage: Stage, token: str) -> bool:
    """Return whether an authorization request of the client that a token was made for is answered with the token as its hint."""
    client = stage.clients.get(_audience(token), stage.shop)
    return _authorize(stage, request(client, id_token_hint=token, prompt="none"))


def as_logout_hint(stage: Stage, token: str) -> bool:
    """Return whether a sign-out with a token as its hint is taken."""
    query = urlencode({"id_token_hint": token}).encode()
    response = stage.send(stage.signed_out.http, "GET", "/oauth/logout", query)
    judge(stage, response)
    return response.status_code == 303


def as_assertion(stage: Stage, token: str) -> bool:
    """Return whether a token proves a client."""
    return "access_token" in _post(stage, "/oauth/token", stage.asserted(token) | {"grant_type": "client_credentials"})


def as_request(stage: Stage, token: str) -> bool:
    """Return whether a token is taken as a request object."""
    return _authorize(stage, request(stage.shop) | {"request": token})


def as_refresh_token(stage: Stage, token: str) -> bool:
    """Return whether a token refreshes."""
    return "access_token" in _post(
        stage, "/oauth/token", stage.shop.post() | {"grant_type": "refresh_token", "refresh_token": token}
    )


def as_code(stage: Stage, token: str) -> bool:
    """Return whether a token is redeemed as a code."""
    form = {"grant_type": "authorization_code", "code": token, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return "access_token" in _post(stage, "/oauth/token", stage.shop.post() | form)


STRANGER = ec.generate_private_key(ec.SECP256R1())
Place = Callable[[Stage, str], bool]
PLACES: dict[Place, set[str]] = {
    at_userinfo: {"access_token"},
    at_introspection: {"access_token", "own_access_token", "refresh_token"},
    as_hint: {"id_token"},
    as_logout_hint: {"id_token"},
    as_assertion: {"assertion", "secret_assertion"},
    as_request: {"request_object"},
    as_refresh_token: {"refresh_token"},
    as_code: {"code"},
}
RIGHT = [(place, kind) for place, kinds in PLACES.items() for kind in sorted(kinds)]
SIGNED = [(place, kind) for place, kind in RIGHT if kind not in {"refresh_token", "code"}]
MEMBERS = ("alg", "kid", "typ", "crit", "jwk", "jku", "x5u", "b64", "cty", "zip", "enc")
CLAIMS = (
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "nbf",
    "jti",
    "sid",
    "typ",
    "client_id",
    "scope",
    "gid",
    "cnf",
    "events",
    "nonce",
)
ASKED = (
    "redirect_uri",
    "state",
    "max_age",
    "claims",
    "prompt",
    "response_type",
    "response_mode",
    "acr_values",
    "request",
    "id_token_hint",
)
ODD = JSON | st.sampled_from([*EDGES, 10**400, -1, 2**63, 1.5, 1e308, True, [[]], {"": None}, "\\u0000", ["openid"]])


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_each_kind_counts_only_at_its_own_place(stage: Stage, place: Place) -> None:
    """Of all the kinds of tokens that this server and its clients make, every place takes its own kinds alone."""
    stage.renew()
    assert {kind for kind in KINDS if place(stage, stage.tokens[kind])} == PLACES[place]
    stage.renew()


@examples(90)
@given(
    st.sampled_from(RIGHT), st.integers(0, 1200), st.sampled_from([*"AZaz09-_.=+/ %\0\u00e9", "", ".."]), st.booleans()
)
def test_changed_characters(stage: Stage, right: tuple[Place, str], where: int, what: str, replaces: bool) -> None:
    """A token in which a character is another one, missing or too many is refused."""
    place, kind = right
    token = stage.tokens[kind]
    where %= len(token)
    changed = token[:where] + what + token[where + replaces :]
    assume(changed.strip() != token)
    assert not place(stage, changed)


@examples(90)
@given(st.sampled_from(SIGNED), st.sampled_from(KINDS), st.sampled_from([0, 1, 2]))
def test_parts_of_other_tokens(stage: Stage, right: tuple[Place, str], other: str, part: int) -> None:
    """A token with the header, the claims or the signature of another is refused."""
    place, kind = right
    parts, others = stage.tokens[kind].split("."), stage.tokens[other].split(".")
    assume(len(others) == 3 and parts[part] != others[part])
    assert not place(stage, ".".join([*parts[:part], others[part], *parts[part + 1 :]]))


@examples(120)
@given(
    st.sampled_from(SIGNED),
    st.dictionaries(
        st.sampled_from(MEMBERS), ODD | st.sampled_from(["none", "HS256", "RS256", "ES256", "JWT"]), max_size=2
    ),
    st.dictionaries(st.sampled_from(CLAIMS), ODD, max_size=2),
    st.sampled_from(["as it was", "none", "stranger", "public key", "empty secret", "random"]),
)
def test_forged_tokens(
    stage: Stage, right: tuple[Place, str], members: dict[str, Any], claims: dict[str, Any], signer: str
) -> None:
    """A token with another header or other claims that nobody with the right key has signed is refused."""
    place, kind = right
    head, payload, signature = stage.tokens[kind].split(".")
    header = _read(head) | members
    said = _read(payload) | claims
    if signer == "as it was":
        assume((header, said) != (_read(head), _read(payload)))
        assert not place(stage, f"{b64(header)}.{b64(said)}.{signature}")
        return
    assert not place(stage, _forge(header, said, signer, stage))


@examples(150)
@given(
    st.sampled_from(["assertion", "request_object"]),
    st.dictionaries(st.sampled_from([*CLAIMS, *ASKED]), ODD, max_size=3),
    st.dictionaries(st.sampled_from(MEMBERS[1:]), ODD, max_size=1),
)
def test_odd_claims_under_the_right_signature(
    stage: Stage, kind: str, claims: dict[str, Any], members: dict[str, Any]
) -> None:
    """What a client really signed, however odd, is answered and leads nowhere unregistered."""
    base = stage.assertion_claims("generated-keyed") if kind == "assertion" else stage.object_claims()
    payload = json.dumps(base | claims).replace("\\\\u0000", "\\u0000")
    token = resigned({"alg": "ES256", "kid": "ES256"} | members, payload)
    (as_assertion if kind == "assertion" else as_request)(stage, token)


def _post(stage: Stage, path: str, form: dict[str, str]) -> dict[str, Any]:
    return judge_json(stage, stage.send(stage.provider.http, "POST", path, data=form))


def _authorize(stage: Stage, asked: dict[str, str]) -> bool:
    response = stage.send(stage.signed_in.http, "GET", "/oauth/authorize", urlencode(asked).encode())
    judge(stage, response)
    is_answered = response.headers.get("Location", "/").startswith("https:") and response.status_code == 303
    return is_answered and "error" not in parameters(response)


def _audience(token: str) -> str:
    try:
        return str(_read(token.split(".")[1]).get("aud"))
    except (IndexError, ValueError, AttributeError):
        return ""


def _read(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _forge(header: dict[str, Any], claims: dict[str, Any], signer: str, stage: Stage) -> str:
    """Sign as somebody without the right key could."""
    public = jwk("RS256")
    algorithm = {"none": "none", "stranger": "ES256"}.get(signer, "HS256")
    own = {"jwk": jwk("ES256", STRANGER)} if signer == "stranger" else {}
    text = f"{b64(header | {'alg': algorithm} | own)}.{b64(claims)}"
    if signer == "none":
        return f"{text}."
    if signer == "stranger":
        return f"{text}.{b64(get_default_algorithms()['ES256'].sign(text.encode(), STRANGER))}"
    secret = {"public key": public["n"].encode(), "empty secret": b""}.get(signer, SECRET)
    return f"{text}.{b64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"
