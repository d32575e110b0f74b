"""RFC 9449, section 8: nonces of this server, for clients that have to use them."""

from datetime import timedelta

import pytest

from idp.base import clock
from tests.factories import Client, Provider
from tests.spec.rfc9449.proving import own, prove


@pytest.fixture
def service(provider: Provider) -> Client:
    """A client whose proofs need a nonce."""
    return provider.client(grant_types=["client_credentials"], scope="reports", dpop_nonce_required=True)


def test_the_nonce_is_said_and_taken(provider: Provider, service: Client) -> None:
    """A proof without a nonce is use_dpop_nonce with the header DPoP-Nonce; with that nonce it is good, and the next comes (8)."""
    asked = own(provider, service, prove(provider))
    assert (asked.status_code, asked.json["error"]) == (400, "use_dpop_nonce")
    assert asked.headers["Cache-Control"] == "no-store"
    answer = own(provider, service, prove(provider, nonce=asked.headers["DPoP-Nonce"]))
    assert answer.status_code == 200, answer.text
    assert own(provider, service, prove(provider, nonce=answer.headers["DPoP-Nonce"])).status_code == 200


@pytest.mark.usefixtures("_still_clock")
def test_a_nonce_ends(provider: Provider, service: Client) -> None:
    """A nonce is good for two minutes at least and five at most, at any node, and no other is."""
    nonce = own(provider, service, prove(provider)).headers["DPoP-Nonce"]
    with clock.moved(timedelta(seconds=149)):
        assert own(provider, service, prove(provider, nonce=nonce)).status_code == 200
    with clock.moved(timedelta(seconds=301)):
        late = own(provider, service, prove(provider, nonce=nonce))
    assert late.json["error"] == "use_dpop_nonce"
    assert late.headers["DPoP-Nonce"] != nonce
    for made_up in ("", "x", nonce[:-1], 7):
        assert own(provider, service, prove(provider, nonce=made_up)).json["error"] == "use_dpop_nonce"


def test_a_wrong_nonce_is_nowhere_good(provider: Provider) -> None:
    """Also a client that needs no nonce is refused with a wrong one: what a proof says has to be true (4.3, 10)."""
    client = provider.client(grant_types=["client_credentials"], scope="reports")
    answer = own(provider, client, prove(provider, nonce="made up"))
    assert (answer.status_code, answer.json["error"]) == (400, "use_dpop_nonce")
    assert "DPoP-Nonce" not in own(provider, client, prove(provider)).headers
