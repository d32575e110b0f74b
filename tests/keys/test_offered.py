"""`IDP_SIGNING_ALGORITHMS`: what an operator switches off is not published, not offered and not rotated, and nobody is locked out."""

from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest
from flask import Flask

from idp import create_app, doctor, keys
from idp.base.database import session
from idp.clients import unserved
from idp.config import Settings, SettingsError
from idp.oauth import hints
from tests.conftest import dispose
from tests.factories import Person, Provider

FEWER = "RS256,PS256,ES256"
Restart = Callable[[], Provider]


@pytest.fixture
def restart(settings: Settings, _nothing_ages: None) -> Iterator[Restart]:
    """Start the server anew on the same database, without EdDSA."""
    started: list[Flask] = []

    def start() -> Provider:
        started.append(create_app(settings.model_copy(update={"signing_algorithms": FEWER})))
        return Provider(started[-1])

    yield start
    for app in started:
        dispose(app)


def published(provider: Provider) -> list[dict[str, Any]]:
    """Return the key set as a relying party reads it."""
    return list(provider.http.get("/.well-known/jwks.json").json["keys"])


@pytest.mark.parametrize(
    ("value", "trouble"),
    [
        ("RS256,ES256,RS512", "'RS512' is none of RS256, PS256, ES256, EdDSA"),
        ("RS256,HS256,ES256", "'HS256' is none of"),
        ("RS256", "must hold RS256 and ES256: ES256 is missing"),
        ("ES256,EdDSA", "must hold RS256 and ES256: RS256 is missing"),
    ],
)
def test_a_bad_list_refuses_to_boot(value: str, trouble: str) -> None:
    """An unknown algorithm, or a list without RS256 or ES256, is refused by the name of the setting."""
    with pytest.raises(SettingsError, match="IDP_SIGNING_ALGORITHMS") as refused:
        Settings(_env_file=None, signing_algorithms=value)
    assert trouble in str(refused.value)


def test_a_list_is_read_in_our_order() -> None:
    """Spaces, order and repetition do not matter, and nothing at all means everything that is implemented."""
    assert Settings(_env_file=None, signing_algorithms=" ES256, RS256,,ES256 ").signing_algorithms == "RS256,ES256"
    assert Settings(_env_file=None).signing_algorithms == ",".join(keys.ALGORITHMS)
    assert Settings(_env_file=None, signing_algorithms="").signing_algorithms == ",".join(keys.ALGORITHMS)


def test_nothing_of_a_switched_off_algorithm_is_published(provider: Provider, restart: Restart) -> None:
    """The key set has no key of type OKP, before and after a rotation, as verifiers need that stop at a type they do not know."""
    assert "OKP" in {key["kty"] for key in published(provider)}
    fewer = restart()
    assert {key["kty"] for key in published(fewer)} == {"RSA", "EC"}
    with fewer.working():
        assert keys.rotate() == 3
    assert {(key["kty"], key["alg"]) for key in published(fewer)} == {
        ("RSA", "RS256"),
        ("RSA", "PS256"),
        ("EC", "ES256"),
    }
    assert len(published(fewer)) == 9
    told = fewer.http.get("/.well-known/openid-configuration").json
    assert told["id_token_signing_alg_values_supported"] == FEWER.split(",")
    assert told["userinfo_signing_alg_values_supported"] == FEWER.split(",")
    assert "EdDSA" in told["request_object_signing_alg_values_supported"]  # what clients sign with is another matter


def test_a_first_start_makes_what_is_offered(app: Flask, settings: Settings) -> None:
    """No key is made of an algorithm that is switched off; it is made when the algorithm is switched on."""
    fewer = create_app(settings.model_copy(update={"signing_algorithms": "RS256,ES256"}))
    try:
        with fewer.app_context():
            keys.ensure()
            assert {key.algorithm for key in keys.listing()} == {"RS256", "ES256"}
    finally:
        dispose(fewer)
    with app.app_context():
        keys.ensure()
        assert set(keys.pairs()) == set(keys.ALGORITHMS)


def test_a_key_rests_and_comes_back(provider: Provider, restart: Restart) -> None:
    """Switched on again, an algorithm signs with the key that it had, and the key set has it as before."""
    before = published(provider)
    with restart().working():
        assert keys.rotate_due() == 0
        assert "EdDSA" not in keys.pairs()
    with provider.working():
        keys.generation("keys").bump()
    assert published(provider) == before


def test_a_client_of_a_switched_off_algorithm_gets_rs256(provider: Provider, ann: Person, restart: Restart) -> None:
    """It signs people in as before: ID token (with `at_hash` to match) and userinfo come in RS256, and a published key verifies them."""
    client = provider.client(id_token_signed_response_alg="EdDSA", userinfo_signed_response_alg="EdDSA")
    fewer = restart()
    tokens = fewer.grant(client, fewer.browser(ann), "openid email")
    assert jwt.get_unverified_header(tokens["id_token"])["alg"] == "RS256"
    claims = fewer.verify(tokens["id_token"], client.client_id)
    digest = jwt.get_algorithm_by_name("RS256").compute_hash_digest(tokens["access_token"].encode())
    assert claims["at_hash"] == jwt.utils.base64url_encode(digest[:16]).decode()
    answer = fewer.userinfo(tokens["access_token"])
    assert jwt.get_unverified_header(answer.text)["alg"] == "RS256"
    assert fewer.verify(answer.text, client.client_id)["sub"] == ann.sub


def test_a_registration_gets_what_is_offered(provider: Provider, restart: Restart) -> None:
    """A client that asks for a switched-off algorithm is refused by the member's name (RFC 7591, section 3.2.2)."""
    fewer = restart()
    fewer.app.extensions["idp.settings"].registration = "open"
    for member in ("id_token_signed_response_alg", "userinfo_signed_response_alg"):
        asked = {"redirect_uris": ["https://rp.example/cb"], member: "EdDSA"}
        answer = fewer.http.post("/oauth/register", json=asked)
        assert answer.status_code == 400
        assert answer.json["error"] == "invalid_client_metadata"
        assert answer.json["error_description"] == f"{member}: Use one of: RS256, PS256, ES256."


def test_a_client_reads_what_it_gets(provider: Provider, restart: Restart) -> None:
    """The configuration endpoint tells the algorithm that counts now (RFC 7592, section 2.1)."""
    provider.app.extensions["idp.settings"].registration = "open"
    asked = {"redirect_uris": ["https://rp.example/cb"], "id_token_signed_response_alg": "EdDSA"}
    made = provider.http.post("/oauth/register", json=asked).json
    assert made["id_token_signed_response_alg"] == "EdDSA"
    token = {"Authorization": f"Bearer {made['registration_access_token']}"}
    told = restart().http.get(f"/oauth/register/{made['client_id']}", headers=token).json
    assert told["id_token_signed_response_alg"] == "RS256"


def test_a_hint_from_before_still_counts(provider: Provider, ann: Person, restart: Restart) -> None:
    """An ID token of a switched-off algorithm still tells at sign-out whose it was; one that is forged with its `kid` does not."""
    client = provider.client(id_token_signed_response_alg="EdDSA")
    id_token = provider.grant(client, provider.browser(ann))["id_token"]
    with restart().app.app_context():
        claims = hints.read(id_token, client.client_id)
        assert isinstance(claims, dict)
        assert claims["sub"] == ann.sub
        header, payload, _signature = id_token.split(".")
        assert hints.read(f"{header}.{payload}.AAAA", client.client_id) is hints.Flaw.NOT_OURS


def test_doctor_names_who_is_served_otherwise(provider: Provider, restart: Restart) -> None:
    """`idp doctor` says which clients are registered for what was switched off; without such clients it says nothing of it."""
    fewer = restart()
    with fewer.app.app_context():
        assert doctor._keys(fewer.app) == "6 states of 3 algorithms"
    one = provider.client(id_token_signed_response_alg="EdDSA").client_id
    other = provider.client(userinfo_signed_response_alg="EdDSA").client_id
    provider.client(id_token_signed_response_alg="PS256")
    with fewer.app.app_context():
        session().rollback()
        assert unserved.find() == sorted([one, other])
        line = doctor._keys(fewer.app)
    assert "EdDSA switched off" in line
    assert f"2 ({', '.join(sorted([one, other]))})" in line
