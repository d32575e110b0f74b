"""RFC 9101, section 6.3: whatever stands in the place of a request object, the answer is an answer, and no code."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from idp.oauth.parameters import KNOWN
from tests.factories import Browser, Client, Provider, parameters
from tests.keys.strangers import JSON, b64, resigned
from tests.spec.rfc9101.asking import around, claims, make, register, send

FEW = settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def bank(provider: Provider) -> Client:
    """A client with a key for each algorithm."""
    return register(provider)


def fails(browser: Browser, client: Client, token: str) -> None:
    """Send an object and check that the client is told what is wrong, and gets nothing."""
    got = parameters(send(browser, client, **around(client, request=token)), client)
    assert got["error"] in {"invalid_request_object", "request_not_supported", "invalid_request"}
    assert "code" not in got


def test_other_members_rightly_signed(browser: Browser, bank: Client) -> None:
    """Any JSON in the place of a member is a code, an error or a page: never a surprise."""

    @FEW
    @given(st.sampled_from([*KNOWN, "iss", "aud", "exp", "nbf", "iat", "sub"]), JSON)
    def holds(name: str, value: Any) -> None:
        token = resigned({"alg": "ES256", "kid": "ES256"}, claims(bank) | {name: value})
        assert send(browser, bank, **around(bank, request=token)).status_code in {200, 303, 400}

    holds()


def test_other_headers_and_payloads(browser: Browser, bank: Client) -> None:
    """Any JSON in the place of header or payload is refused, rightly signed or not at all."""

    @FEW
    @given(JSON, JSON, st.booleans())
    def holds(header: Any, payload: Any, is_signed: bool) -> None:
        fails(browser, bank, resigned(header, claims(bank)) if is_signed else f"{b64(header)}.{b64(payload)}.")
        assume(not isinstance(payload, dict))
        fails(browser, bank, resigned({"alg": "ES256", "kid": "ES256"}, payload))

    holds()


def test_other_texts(browser: Browser, bank: Client) -> None:
    """A character more, less or other makes a good object worthless."""
    good = make(bank)

    @FEW
    @given(st.integers(0, len(good)), st.integers(0, 3), st.text(st.characters(exclude_characters="\0"), max_size=3))
    def holds(place: int, dropped: int, put: str) -> None:
        other = good[:place] + put + good[place + dropped :]
        assume(other not in {good, ""})
        fails(browser, bank, other)

    holds()


def test_deep_objects(browser: Browser, bank: Client) -> None:
    """Members nested as deeply as can be written are refused or ignored, not stumbled over."""
    for depth in (100, 900, 950, 980, 990, 1000, 5000):
        nest = '{"userinfo":{"name":' + '{"a":' * depth + "1" + "}" * (depth + 2)
        payload = '{"scope":"openid","claims":' + nest + "}"
        response = send(browser, bank, **around(bank, request=resigned({"alg": "ES256", "kid": "ES256"}, payload)))
        assert response.status_code in {303, 400}, depth
