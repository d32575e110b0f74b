"""RFC 7521, section 4.2: how assertions travel, that each is used once, and what failures leave behind."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from idp import replay
from idp.audit import AuditEvent
from idp.base import clock, database
from idp.oauth import assertions
from tests.factories import Client, Provider
from tests.keys.strangers import SECRET
from tests.spec.rfc7523.asserting import GRANT, is_taken, make, make_mac, register, send


@pytest.fixture
def bank(provider: Provider) -> Client:
    """A client with a key for each algorithm."""
    return register(provider)


def failures(provider: Provider) -> int:
    """Return how many failed authentications are in the audit log."""
    query = select(func.count()).where(AuditEvent.event == "client.authenticated", AuditEvent.outcome == "failure")
    with provider.working():
        return database.session().scalar(query) or 0


def test_an_assertion_is_used_once(provider: Provider, bank: Client) -> None:
    """A second use is refused, at any endpoint, for as long as the assertion would count (7523, 3, item 7)."""
    assertion = make(provider, bank, exp=clock.timestamp() + 600)
    assert is_taken(provider, assertion)
    assert not is_taken(provider, assertion)
    assert failures(provider) == 1
    for path in ("/oauth/revoke", "/oauth/introspect"):
        assert send(provider, assertion, path, token="x", grant_type=None).status_code == 401
    with clock.moved(timedelta(seconds=605)), provider.working():
        assert replay.purge(100) == 0
    with clock.moved(timedelta(seconds=605)):
        assert not is_taken(provider, assertion)
    with clock.moved(timedelta(seconds=605) + assertions.KEPT + clock.SKEW), provider.working():
        assert replay.purge(100) == 1


def test_an_identifier_is_its_clients(provider: Provider, bank: Client) -> None:
    """Two clients may happen to choose the same identifier (7519, 4.1.7)."""
    other = register(provider)
    assert is_taken(provider, make(provider, bank, jti="1"))
    assert is_taken(provider, make(provider, other, jti="1"))
    assert not is_taken(provider, make(provider, bank, jti="1"))


def test_strangers_use_nothing_up(provider: Provider, bank: Client) -> None:
    """An assertion that is refused leaves its identifier unused: nobody spends what only the client can sign."""
    stranger = register(provider, token_endpoint_auth_method="client_secret_jwt")
    assert not is_taken(provider, make_mac(provider, bank, secret=stranger.secret, jti="mine"))
    assert not is_taken(provider, make(provider, bank, jti="mine", aud="https://other.example"))
    assert is_taken(provider, make(provider, bank, jti="mine"))


def test_a_failed_grant_has_used_the_assertion(provider: Provider, bank: Client) -> None:
    """Once the client has proved itself its assertion is spent, whatever becomes of the grant."""
    assertion = make(provider, bank)
    answer = send(provider, assertion, grant_type="refresh_token", refresh_token="wrong")
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_grant")
    assert not is_taken(provider, assertion)


def test_the_client_identifier_beside_it(provider: Provider, bank: Client) -> None:
    """A client_id is not needed, and must be the asserted one where it is there (7521, 4.2)."""
    other = register(provider)
    assert send(provider, make(provider, bank), client_id=bank.client_id).status_code == 200
    answer = send(provider, make(provider, bank), client_id=other.client_id)
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_two_methods_at_once(provider: Provider, bank: Client, shop: Client) -> None:
    """An assertion beside a secret or Basic credentials is an invalid request, whoever's they are (RFC 6749, 2.3)."""
    answers = [
        send(provider, make(provider, bank), client_secret="x"),
        send(provider, make(provider, bank), **shop.post()),
        provider.token(shop, **GRANT, client_assertion=make(provider, bank)),
        provider.token(shop, **GRANT, client_assertion_type=assertions.TYPE),
        provider.token(shop, **GRANT, **dict.fromkeys(assertions.PARAMETERS, "x")),
    ]
    assert [(answer.status_code, answer.json["error"]) for answer in answers] == [(400, "invalid_request")] * 5
    assert {answer.json["error_description"] for answer in answers} == {"Use one way of client authentication only."}


def test_half_an_assertion(provider: Provider, bank: Client) -> None:
    """The assertion and its type are both needed, and the type is that of a JWT (7521, 4.2; 7523, 2.2)."""
    saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    for kind in (None, "", saml, assertions.TYPE.upper()):
        answer = send(provider, make(provider, bank), client_assertion_type=kind)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client"), kind
    for form in ({"client_assertion": None}, {"client_assertion": None, "client_id": bank.client_id}):
        answer = send(provider, "", **form)
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")
    assert provider.token(client_id=bank.client_id, **GRANT).status_code == 401


def test_only_the_registered_method(provider: Provider, bank: Client, phone: Client) -> None:
    """Who is registered for a secret or for nothing cannot use an assertion, and the other way round (Registration, 2)."""
    keys = bank.metadata.jwks
    secret = provider.client(grant_types=["client_credentials"], jwks=keys)
    signer = register(provider, token_endpoint_auth_method="client_secret_jwt", jwks=keys)
    for client in (secret, phone, signer):
        assert not is_taken(provider, make(provider, client))
    for client in (secret, phone, bank):
        assert not is_taken(provider, make_mac(provider, client, secret=client.secret or SECRET.decode()))
    assert provider.token(**signer.post(), **GRANT).status_code == 401
    assert provider.token(signer, **GRANT).status_code == 401
    assert provider.token(client_id=bank.client_id, client_secret="x", **GRANT).status_code == 401


def test_an_assertion_may_be_repeated_in_no_parameter(provider: Provider, bank: Client) -> None:
    """An assertion that is there twice is an invalid request (RFC 6749, 3.2)."""
    one, two = make(provider, bank), make(provider, bank)
    form: dict[str, Any] = GRANT | {"client_assertion_type": assertions.TYPE, "client_assertion": [one, two]}
    assert provider.http.post("/oauth/token", data=form).json["error"] == "invalid_request"


def test_a_disabled_client_is_refused(provider: Provider, bank: Client) -> None:
    """A disabled client's assertion is no better than an unknown one's (RFC 6749, 5.2)."""
    provider.disable(bank)
    assert not is_taken(provider, make(provider, bank))


def test_rubbish_locks_nobody_out(provider: Provider, bank: Client) -> None:
    """However much rubbish is sent in a client's name it is answered alike, does not fill the log, and the client gets in."""
    for _try in range(12):
        assert not is_taken(provider, make(provider, bank, aud="https://other.example"))
    assert 5 <= failures(provider) < 12
    assert is_taken(provider, make(provider, bank))


@pytest.mark.usefixtures("_still_clock")
def test_guessing_the_secret_is_slowed_down(provider: Provider) -> None:
    """After five wrong MACs the answer is 429, for the right one too until the wait is over: each was a guess (item 58)."""
    client = register(provider, token_endpoint_auth_method="client_secret_jwt")
    wrong = "a guess of more than thirty-two bytes"
    for _guess in range(5):
        assert not is_taken(provider, make_mac(provider, client, secret=wrong))
    for assertion in (make_mac(provider, client, secret=wrong), make_mac(provider, client)):
        answer = send(provider, assertion)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) >= 1
    with clock.moved(timedelta(seconds=60)):
        assert is_taken(provider, make_mac(provider, client))


def test_the_metadata(provider: Provider) -> None:
    """The algorithms are published for each endpoint, and the endpoints' own addresses are audiences (RFC 8414, 2)."""
    metadata = provider.http.get("/.well-known/openid-configuration").json
    for endpoint, path in assertions.PATHS.items():
        assert urlsplit(metadata[f"{endpoint}_endpoint"]).path == path
        assert {"private_key_jwt", "client_secret_jwt"} <= set(metadata[f"{endpoint}_endpoint_auth_methods_supported"])
        listed = metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert listed == ["RS256", "PS256", "ES256", "EdDSA", "HS256"]
