"""Identity assertions of other authorization servers (draft-ietf-oauth-identity-assertion-authz-grant): how they are taken here."""

from typing import Any

import pytest

from idp.clients.metadata import JWT_BEARER
from idp.issuers.definition import PLAIN
from idp.resources import service as resources
from idp.resources.definition import Definition
from idp.resources.definition import Scope as ResourceScope
from idp.resources.models import Resource
from tests.factories import Person, Provider
from tests.spec.rfc7523.issuing import Scene, build, error
from tests.spec.rfc9449 import proving

API = "https://api.example/chat"


@pytest.fixture
def scene(provider: Provider, ann: Person) -> Scene:
    """An issuer whose people have accounts here."""
    return build(provider)


def test_an_assertion_brings_a_token_more_than_once(scene: Scene, ann: Person) -> None:
    """It brings an access token and no refresh token, and the same one brings another while it lasts (section 4.4)."""
    assertion = scene.sign_id_jag()
    first, second = (scene.ask(assertion) for _ in range(2))
    assert scene.claims(first)["sub"] == scene.claims(second)["sub"] == ann.sub
    assert first.json["scope"] == "read write"
    assert first.json["access_token"] != second.json["access_token"]
    assert "refresh_token" not in first.json


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"}, {"client_id": None}, {"client_id": 7},
        {"aud": "https://other.example"}, {"aud": ["http://127.0.0.1:5000", "https://other.example"]}, {"aud": []},
        {"aud": ["http://127.0.0.1:5000", "http://127.0.0.1:5000"]}, {"aud": "http://127.0.0.1:5000/oauth/token"},
        {"jti": None}, {"iat": None}, {"exp": None}, {"iss": "https://other.example"}, {"sub": None},
        {"resource": "no uri"}, {"resource": 7}, {"resource": ["https://api.example", 7]}, {"resource": ["https://api.example/x"] * 21},
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(scene: Scene, changes: dict[str, Any]) -> None:
    """Another client's, one for another server or for several, and one that lacks a claim are `invalid_grant` (section 4.4.1)."""
    assert error(scene.ask(scene.sign_id_jag(**changes))) == (400, "invalid_grant")


def test_each_type_is_its_own(scene: Scene) -> None:
    """What an issuer may send as one type is not taken as the other, whatever it says (RFC 8725, section 3.11)."""
    assert scene.ask(scene.sign_id_jag({"typ": "application/OAuth-ID-JAG+JWT"})).status_code == 200
    scene.change(grant_profiles=(PLAIN,))
    assert error(scene.ask(scene.sign_id_jag())) == (400, "invalid_grant")
    assert scene.ask(scene.sign()).status_code == 200


def test_a_bound_assertion(scene: Scene) -> None:
    """One that is bound to a key needs a proof of that key, and so does its token (section 7.6.1.2)."""
    form = {"grant_type": JWT_BEARER, "assertion": scene.sign_id_jag(cnf={"jkt": proving.thumbprint()})}
    assert error(scene.ask(form["assertion"])) == (400, "invalid_grant")
    other = proving.prove(scene.provider, alg="EdDSA")
    assert error(proving.ask(scene.provider, scene.client, other, **form)) == (400, "invalid_grant")
    answer = proving.ask(scene.provider, scene.client, proving.prove(scene.provider), **form)
    assert answer.json["token_type"] == "DPoP"
    assert scene.claims(answer)["cnf"] == {"jkt": proving.thumbprint()}


def test_an_unbound_assertion_with_a_key(scene: Scene) -> None:
    """A proof beside an assertion without a key binds the token alone (section 7.6.1.2.3)."""
    form = {"grant_type": JWT_BEARER, "assertion": scene.sign_id_jag()}
    answer = proving.ask(scene.provider, scene.client, proving.prove(scene.provider), **form)
    assert scene.claims(answer)["cnf"] == {"jkt": proving.thumbprint()}


def test_the_resource_of_an_assertion(scene: Scene) -> None:
    """A token is for the API that the assertion names; of several those that are registered here count, of none no token comes."""
    with scene.provider.working():
        made = resources.create(Definition(API, "Chat", (ResourceScope("chat.read", "Read"),)), actor="the tests")
        assert isinstance(made, Resource), made
    with scene.provider.registration(scene.client) as row:
        row.scope = "read chat.read"
    scene.change(scope="read chat.read")
    answer = scene.ask(scene.sign_id_jag(resource=API, scope="read chat.read"))
    claims = scene.claims(answer, API)
    assert (claims["aud"], claims["scope"]) == (API, "chat.read")
    several = scene.sign_id_jag(resource=["https://gone.example", API], scope="chat.read")
    assert scene.claims(scene.ask(several), API)["aud"] == API
    assert error(scene.ask(several, resource="https://gone.example")) == (400, "invalid_target")
    assert error(scene.ask(scene.sign_id_jag(resource="https://gone.example"))) == (400, "invalid_target")
    assert error(scene.ask(scene.sign_id_jag(resource=API), resource=scene.provider.issuer)) == (400, "invalid_target")


def test_what_is_published(provider: Provider) -> None:
    """The metadata name the profile and the grant, and no issuer that is trusted (section 6.2)."""
    metadata = provider.http.get("/.well-known/oauth-authorization-server").json
    assert metadata["authorization_grant_profiles_supported"] == ["urn:ietf:params:oauth:grant-profile:id-jag"]
    assert JWT_BEARER in metadata["grant_types_supported"]


def test_it_is_no_access_token(scene: Scene) -> None:
    """An identity assertion opens no address of this server by itself, and proves no client."""
    assertion = scene.sign_id_jag()
    assert scene.provider.userinfo(assertion).status_code == 401
    assert scene.provider.introspect(scene.client, assertion).json == {"active": False}
    form = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    answer = scene.provider.http.post("/oauth/token", data={"grant_type": "client_credentials"} | form)
    assert error(answer) == (401, "invalid_client")
