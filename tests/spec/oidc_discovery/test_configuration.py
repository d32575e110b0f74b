"""OpenID Connect Discovery 1.0, sections 3 and 4: what is advertised is true."""

from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest

from idp.oauth.claims_request import CLAIMS_BY_SCOPE
from tests.factories import Browser, Client, Person, Provider, parameters, request
from tests.keys.strangers import ALL, b64, jwk, signed
from tests.spec.rfc7523 import asserting

TOLD = ("middle_name", "nickname", "profile", "website", "gender", "birthdate", "zoneinfo", "locale", "phone_number")


@pytest.fixture
def metadata(provider: Provider) -> dict[str, Any]:
    """The published document."""
    answer = provider.http.get("/.well-known/openid-configuration")
    assert answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return dict(answer.json)


def test_the_issuer(provider: Provider, metadata: dict[str, Any], browser: Browser, shop: Client) -> None:
    """The issuer is the same string here, in ID tokens and in authorization responses (4.3)."""
    assert metadata["issuer"] == provider.issuer
    answer = browser.answer(shop)
    assert answer["iss"] == provider.issuer
    id_token = provider.redeem(shop, answer["code"]).json["id_token"]
    assert jwt.decode(id_token, options={"verify_signature": False})["iss"] == provider.issuer


def test_every_advertised_endpoint_answers(provider: Provider, metadata: dict[str, Any]) -> None:
    """Each endpoint is an address below the issuer at which something answers (3)."""
    endpoints = {name: uri for name, uri in metadata.items() if name.endswith(("_endpoint", "_uri"))}
    assert len(endpoints) >= 7
    for name, uri in endpoints.items():
        assert uri.startswith(f"{provider.issuer}/"), name
        path = urlsplit(uri).path
        answers = [provider.http.open(path, method=method) for method in ("GET", "POST")]
        assert 404 not in {answer.status_code for answer in answers}, name
        assert any(answer.status_code < 500 and answer.status_code != 405 for answer in answers), name


def test_no_advertised_feature_is_missing(metadata: dict[str, Any]) -> None:
    """The members that OpenID Connect requires are there (3; item 68)."""
    required = {
        "issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri", "scopes_supported",
        "response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported",
        "claims_supported", "end_session_endpoint", "authorization_response_iss_parameter_supported",
    }  # fmt: skip
    assert required <= metadata.keys()
    assert metadata["subject_types_supported"] == ["public", "pairwise"]
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert metadata["code_challenge_methods_supported"] == ["S256"]


def test_scopes_and_claims_are_true(provider: Provider, metadata: dict[str, Any]) -> None:
    """Every advertised scope is granted, and every advertised claim is told of somebody who has it (3)."""
    person = provider.person(
        "bea@example.org",
        given_name="Bea",
        family_name="Bell",
        username="bea",
        picture="https://a.example/b.png",
        details=dict.fromkeys(TOLD, "x") | {"address": {"locality": "Bath"}},
    )
    scope = " ".join(metadata["scopes_supported"])
    shop = provider.client(scope=scope)
    tokens = provider.grant(shop, provider.browser(person), scope, nonce="n")
    assert tokens["scope"] == scope
    told = provider.userinfo(tokens["access_token"]).json.keys()
    told |= jwt.decode(tokens["id_token"], options={"verify_signature": False}).keys()
    assert set(metadata["claims_supported"]) <= told
    assert {claim for listed in CLAIMS_BY_SCOPE.values() for claim in listed} <= set(metadata["claims_supported"])


def test_response_types_and_modes_are_true(metadata: dict[str, Any], browser: Browser, shop: Client) -> None:
    """Advertised response types and modes work, others are refused (3; item 50)."""
    for kind in ("code", "token", "id_token", "code token", "code id_token", "none"):
        got = browser.answer(shop, response_type=kind)
        assert ("code" in got) == (kind in metadata["response_types_supported"]), kind
    for mode in ("query", "fragment", "form_post", "query.jwt", "jwt", "web_message"):
        got = browser.answer(shop, response_mode=mode)
        is_answered = bool({"code", "response"} & got.keys())
        assert is_answered == (mode in metadata["response_modes_supported"]), mode


def test_grants_are_true(provider: Provider, metadata: dict[str, Any]) -> None:
    """Advertised grants are known to the token endpoint, others are not (3; item 50)."""
    everything = ["authorization_code", "refresh_token", "client_credentials"]
    client = provider.client(grant_types=everything)
    others = ["password", "implicit", "urn:ietf:params:oauth:grant-type:device_code"]
    for grant in [*everything, *others]:
        error = provider.token(client, grant_type=grant).json.get("error")
        assert (error == "unsupported_grant_type") == (grant not in metadata["grant_types_supported"]), grant


def test_algorithms_are_true(provider: Provider, metadata: dict[str, Any], browser: Browser) -> None:
    """Each advertised algorithm signs ID tokens that the published keys verify (3)."""
    for algorithm in metadata["id_token_signing_alg_values_supported"]:
        client = provider.client(id_token_signed_response_alg=algorithm)
        id_token = provider.grant(client, browser)["id_token"]
        assert jwt.get_unverified_header(id_token)["alg"] == algorithm
        assert provider.verify(id_token, client.client_id)


def test_prompts_are_true(metadata: dict[str, Any], browser: Browser, shop: Client) -> None:
    """Each advertised prompt is understood, and another is not (Initiating User Registration, section 3)."""
    for prompt in (*metadata["prompt_values_supported"], "register"):
        response = browser.authorize(shop, prompt=prompt)
        understood = not response.location.startswith("https://") or (
            parameters(response)["error"] != "invalid_request"
        )
        assert understood == (prompt in metadata["prompt_values_supported"]), prompt


def test_request_objects_are_true(provider: Provider, metadata: dict[str, Any], browser: Browser) -> None:
    """Advertised algorithms sign request objects, unsigned ones and `registration` get the error of Core, 6.1 and 7.2.1 (3)."""
    assert metadata["request_parameter_supported"] is True
    assert metadata["request_uri_parameter_supported"] is True
    client = provider.client(jwks={"keys": [jwk(algorithm) for algorithm in ALL]})
    for algorithm in metadata["request_object_signing_alg_values_supported"]:
        got = browser.answer(client, request=signed(algorithm, request(client, state=algorithm)))
        assert ("code" in got, got["state"]) == (True, algorithm)
    unsigned = f"{b64({'alg': 'none'})}.{b64(request(client))}."
    for name, value in (("request", unsigned), ("registration", "{}")):
        assert parameters(browser.authorize(client, **{name: value}), client)["error"] == f"{name}_not_supported"


def test_authentication_methods_are_true(
    provider: Provider, metadata: dict[str, Any], ann: Person, shop: Client, phone: Client
) -> None:
    """The methods advertised for each endpoint work there (RFC 8414, section 2)."""
    body = {"token": "x"}
    methods = {
        "client_secret_basic": {"headers": shop.basic(), "data": body},
        "client_secret_post": {"data": body | shop.post()},
        "none": {"data": body | phone.post()},
    }
    for endpoint in ("revocation", "introspection"):
        advertised = metadata[f"{endpoint}_endpoint_auth_methods_supported"]
        path = urlsplit(metadata[f"{endpoint}_endpoint"]).path
        for method, options in methods.items():
            works = provider.http.post(path, **options).status_code == 200
            assert works == (method in advertised), (endpoint, method)
    assertions = {"private_key_jwt", "client_secret_jwt", "federated_jwt"}
    assert set(metadata["token_endpoint_auth_methods_supported"]) == {*methods, *assertions}


def test_assertions_are_true(provider: Provider, metadata: dict[str, Any]) -> None:
    """Each endpoint takes assertions by the advertised methods, in each of the advertised algorithms (RFC 8414, section 2)."""
    for method, own in (("private_key_jwt", ALL), ("client_secret_jwt", ("HS256",))):
        client = asserting.register(provider, token_endpoint_auth_method=method, jwks={"keys": [jwk(a) for a in ALL]})
        for endpoint in ("token", "revocation", "introspection"):
            path = urlsplit(metadata[f"{endpoint}_endpoint"]).path
            assert method in metadata[f"{endpoint}_endpoint_auth_methods_supported"]
            assert set(own) <= set(metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"])
            for algorithm in own:
                key = client.secret if algorithm == "HS256" else None
                assertion = asserting.make(provider, client, algorithm, key)
                assert asserting.send(provider, assertion, path, token="x").status_code == 200, (endpoint, algorithm)
