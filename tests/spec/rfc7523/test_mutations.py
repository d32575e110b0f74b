"""RFC 7523, section 3.1: whatever is made of a good assertion, the answer is an answer, and no token."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.factories import Client, Provider
from tests.keys.strangers import JSON, b64, resigned
from tests.spec.rfc7523.asserting import claims, make, register, send

FEW = settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def bank(provider: Provider) -> Client:
    """A client with a key for each algorithm."""
    return register(provider)


def fails(provider: Provider, assertion: str) -> None:
    """Send an assertion and check that it brings nothing."""
    answer = send(provider, assertion)
    assert answer.status_code in {400, 401}, answer.text
    assert answer.json["error"] in {"invalid_client", "invalid_request"}


def test_other_claims_rightly_signed(provider: Provider, bank: Client) -> None:
    """Anything else in the place of a claim that matters is refused, even by a client that signs it."""

    @FEW
    @given(st.sampled_from(["iss", "sub", "aud", "exp", "jti", "nbf", "iat"]), JSON)
    def holds(name: str, value: Any) -> None:
        assume(not (name == "jti" and isinstance(value, str) and value))
        assume(not (name in {"nbf", "iat"} and isinstance(value, int | float) and not isinstance(value, bool)))
        fails(provider, resigned({"alg": "ES256", "kid": "ES256"}, claims(provider, bank) | {name: value}))

    holds()


def test_other_headers_and_payloads(provider: Provider, bank: Client) -> None:
    """Any JSON in the place of header or payload is refused, rightly signed or not at all."""

    @FEW
    @given(JSON, JSON, st.booleans())
    def holds(header: Any, payload: Any, is_signed: bool) -> None:
        fails(provider, resigned(header, claims(provider, bank)) if is_signed else f"{b64(header)}.{b64(payload)}.")
        fails(provider, resigned({"alg": "ES256", "kid": "ES256"}, payload))

    holds()


def test_other_texts(provider: Provider, bank: Client) -> None:
    """A character more, less or other makes a good assertion worthless."""
    good = make(provider, bank)

    @FEW
    @given(st.integers(0, len(good)), st.integers(0, 3), st.text(max_size=3))
    def holds(place: int, dropped: int, put: str) -> None:
        other = good[:place] + put + good[place + dropped :]
        assume(other != good)
        fails(provider, other)

    holds()
    assert send(provider, good).status_code == 200
