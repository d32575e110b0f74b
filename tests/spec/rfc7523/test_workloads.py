"""Clients that prove themselves by a token of their platform (RFC 7523, section 2.2): Kubernetes, GitHub Actions, SPIFFE."""

import json
from datetime import timedelta
from typing import Any

import pytest

from idp.base import clock
from idp.issuers.definition import Workload
from idp.oauth.assertions import TYPE
from tests.base.fetch.host import Host, answer
from tests.factories import Provider
from tests.keys.strangers import jwk
from tests.spec.rfc7523.issuing import KEYS, Scene, error, prove, trust

CLUSTER = "https://kubernetes.example"
SUBJECT = "system:serviceaccount:shop:orders"
SPIFFE = "urn:ietf:params:oauth:client-assertion-type:jwt-spiffe"


def build(provider: Provider, **members: Any) -> Scene:
    """Register a client that a service account of a cluster is."""
    client = provider.client(
        grant_types=["client_credentials"], redirect_uris=[], scope="read", token_endpoint_auth_method="federated_jwt"
    )
    usual: dict[str, Any] = {"issuer": CLUSTER, "jwks": KEYS, "workloads": (Workload(client.client_id, SUBJECT),)}
    return trust(provider, client, **(usual | members))


@pytest.fixture
def scene(provider: Provider) -> Scene:
    """A cluster whose keys an administrator has pasted."""
    return build(provider)


def token(scene: Scene, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """Return a token of the service account, as a cluster projects it."""
    usual = {"sub": SUBJECT, "email": None, "jti": None, "kubernetes.io": {"namespace": "shop"}}
    return scene.sign({"alg": "ES256", "kid": "ES256"} | (header or {}), **(usual | changes))


def test_a_service_account_is_a_client(scene: Scene) -> None:
    """A token of the platform proves the client, with or without `client_id`, again and again while it lasts; there is no secret."""
    assert scene.client.secret is None
    shown = token(scene)
    first = prove(scene.provider, shown)
    assert scene.claims(first)["client_id"] == scene.client.client_id
    assert prove(scene.provider, shown, client_id=scene.client.client_id).status_code == 200
    day = token(scene, exp=clock.timestamp() + 86_000)
    with clock.moved(timedelta(hours=20)):
        assert prove(scene.provider, day).status_code == 200


@pytest.mark.parametrize("endpoint", ["introspect", "revoke"])
def test_every_endpoint_takes_it(scene: Scene, endpoint: str) -> None:
    """Where a client proves itself it may do so by its platform's token."""
    form = {"client_assertion_type": TYPE, "client_assertion": token(scene), "token": "x"}
    assert scene.provider.http.post(f"/oauth/{endpoint}", data=form).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "system:serviceaccount:shop:other"}, {"sub": None}, {"sub": 7}, {"iss": "https://other.example"},
        {"aud": "https://kubernetes.default.svc"}, {"aud": None}, {"aud": ["http://127.0.0.1:5000", "https://kubernetes.default.svc"]},
        {"exp": 1}, {"exp": None}, {"exp": 253402300799}, {"nbf": 253402300799}, {"iat": "x"},
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(scene: Scene, changes: dict[str, Any]) -> None:
    """Another subject, audience, issuer or time is `invalid_client` (section 3.2)."""
    assert error(prove(scene.provider, token(scene, **changes))) == (401, "invalid_client")


@pytest.mark.parametrize(
    "header",
    [{"typ": "at+jwt"}, {"typ": "oauth-id-jag+jwt"}, {"alg": "none"}, {"alg": "HS256"}, {"kid": "other"}],
)
def test_headers_that_are_not_taken(scene: Scene, header: dict[str, Any]) -> None:
    """A token of another type, of no key, or of another key proves nothing."""
    assert error(prove(scene.provider, token(scene, header))) == (401, "invalid_client")


def test_only_clients_of_that_method(scene: Scene) -> None:
    """A client that is registered for another way is not proved so, nor another one by its name, nor this one by a secret."""
    provider = scene.provider
    other = provider.client(grant_types=["client_credentials"], redirect_uris=[])
    scene.change(workloads=(Workload(other.client_id, SUBJECT),))
    assert error(prove(provider, token(scene))) == (401, "invalid_client")
    scene.change(workloads=(Workload(scene.client.client_id, SUBJECT),))
    assert error(prove(provider, token(scene), client_id=other.client_id)) == (401, "invalid_client")
    named = {"grant_type": "client_credentials", "client_id": scene.client.client_id}
    for form in (named, named | {"client_secret": "x"}):
        assert error(provider.http.post("/oauth/token", data=form)) == (401, "invalid_client")


def test_a_disabled_client(scene: Scene) -> None:
    """A client that is disabled is refused, whatever its platform says."""
    scene.provider.disable(scene.client)
    assert error(prove(scene.provider, token(scene))) == (401, "invalid_client")


def test_a_subject_of_several_clients(scene: Scene) -> None:
    """Where one subject is several clients the request says which."""
    members = {
        "grant_types": ["client_credentials"],
        "redirect_uris": [],
        "token_endpoint_auth_method": "federated_jwt",
    }
    other = scene.provider.client(scope="write", **members)
    scene.change(workloads=(Workload(scene.client.client_id, SUBJECT), Workload(other.client_id, SUBJECT)))
    assert error(prove(scene.provider, token(scene))) == (401, "invalid_client")
    answer = prove(scene.provider, token(scene), client_id=other.client_id)
    assert scene.claims(answer)["client_id"] == other.client_id


def test_github_actions(provider: Provider) -> None:
    """A job proves itself by its own audience, where an administrator accepts it."""
    sub = "repo:example/shop:ref:refs/heads/main"
    scene = build(
        provider, issuer="https://token.actions.githubusercontent.com", audiences=("https://github.com/example",)
    )
    scene.change(workloads=(Workload(scene.client.client_id, sub),))
    good = token(scene, sub=sub, aud="https://github.com/example", repository="example/shop")
    assert prove(provider, good).status_code == 200
    fork = token(scene, sub="repo:fork/shop:ref:refs/heads/main", aud="https://github.com/example")
    assert error(prove(provider, fork)) == (401, "invalid_client")


def test_spiffe(provider: Provider) -> None:
    """A JWT-SVID proves a client by its SPIFFE ID, whether or not it names an issuer; its bundle's keys say what they are for."""
    bundle = {"keys": [jwk("ES256", use="jwt-svid"), jwk("RS256", use="x509-svid")]}
    scene = build(provider, issuer="spiffe://example.org", jwks=bundle)
    sub = "spiffe://example.org/ns/shop/orders"
    scene.change(workloads=(Workload(scene.client.client_id, sub),))
    for iss in (None, "https://oidc.example.org"):
        for kind in (SPIFFE, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"):
            assert prove(provider, token(scene, {"typ": "JOSE"}, sub=sub, iss=iss), kind).status_code == 200
    for other in (
        "spiffe://example.org/ns/shop",
        "spiffe://other.example/ns/shop/orders",
        "spiffe://example.org.evil.example/x",
    ):
        assert error(prove(provider, token(scene, sub=other, iss=None), SPIFFE)) == (401, "invalid_client")


def test_keys_are_found_and_followed(provider: Provider, host: Host) -> None:
    """Keys come from the issuer's metadata; a key that is not known is looked for once more, so that issuers rotate theirs."""
    documents = {
        b"/.well-known/openid-configuration": {"issuer": host.url, "jwks_uri": f"{host.url}/keys"},
        b"/keys": {"keys": [jwk("RS256")]},
    }

    def reply(connection: Any) -> None:
        path = host.asked[-1].split(b" ")[1]
        connection.sendall(answer(json.dumps(documents.get(path, {})).encode()))

    host.reply = reply
    scene = build(provider, issuer=host.url, jwks=None)
    assert error(prove(provider, token(scene))) == (401, "invalid_client")
    documents[b"/keys"] = KEYS
    with clock.moved(timedelta(seconds=31)):
        assert prove(provider, token(scene)).status_code == 200
    documents[b"/.well-known/openid-configuration"]["issuer"] = "https://other.example"
    with clock.moved(timedelta(minutes=21)):
        assert error(prove(provider, token(scene))) == (401, "invalid_client")


def test_a_client_without_secret_is_registered(provider: Provider) -> None:
    """The metadata name the method, and whoever registers for it gets no secret."""
    assert (
        "federated_jwt"
        in provider.http.get("/.well-known/openid-configuration").json["token_endpoint_auth_methods_supported"]
    )
    registered = {"token_endpoint_auth_method": "federated_jwt", "redirect_uris": ["https://app.example/cb"]}
    assert "client_secret" not in provider.http.post("/oauth/register", json=registered).json
