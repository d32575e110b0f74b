"""RFC 9101, sections 4, 5.1 and 6, and OpenID Connect Core, section 6.1: request objects by value."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from idp.base import clock
from tests.factories import CALLBACK, Browser, Client, Person, Provider, parameters
from tests.keys.strangers import ALL, b64, jwk, signed
from tests.spec.rfc7523 import asserting
from tests.spec.rfc9101.asking import around, claims, make, make_unsigned, register, send, write


@pytest.fixture
def bank(provider: Provider) -> Client:
    """A client with a key for each algorithm."""
    return register(provider)


def error(browser: Browser, client: Client, **outer: str | None) -> str:
    """Send a request and return the error that the client gets, at the redirect URI and with the state around the object."""
    got = parameters(send(browser, client, **around(client, **outer)), client)
    assert got["state"] == "outside"
    assert got["iss"] == browser.provider.issuer
    assert "code" not in got
    return got["error"]


@pytest.mark.parametrize("algorithm", ALL)
def test_each_algorithm(provider: Provider, browser: Browser, bank: Client, algorithm: str) -> None:
    """A request goes through with the object and the client identifier alone, in each allowed algorithm (5.1, 6.2)."""
    got = parameters(send(browser, bank, request=make(bank, algorithm)), bank)
    assert got["state"] == "inside"
    id_token = provider.redeem(bank, got["code"]).json["id_token"]
    assert jwt.decode(id_token, options={"verify_signature": False})["nonce"] == "n-inside"


def test_only_what_is_inside_counts(provider: Provider, browser: Browser, bank: Client) -> None:
    """Parameters around the object change and add nothing (6.3)."""
    outer = {
        "state": "outside",
        "nonce": "outside",
        "scope": "openid email",
        "response_mode": "fragment",
        "prompt": "none",
    }
    outer |= {
        "redirect_uri": "https://evil.example/",
        "code_challenge": "x",
        "max_age": "wrong",
        "response_type": "token",
    }
    response = send(browser, bank, request=make(bank, state=None, nonce=None), **outer)
    assert response.location.startswith(f"{bank.redirect_uri}?code=")
    got = parameters(response, bank)
    assert "state" not in got
    tokens = provider.redeem(bank, got["code"]).json
    assert tokens["scope"] == "openid"
    assert "nonce" not in jwt.decode(tokens["id_token"], options={"verify_signature": False})


def test_what_is_missing_inside_is_missing(browser: Browser, bank: Client) -> None:
    """The policy looks at the object alone: what it lacks is not taken from around it (6.3)."""
    outer = around(bank, scope="openid", code_challenge=claims(bank)["code_challenge"], code_challenge_method="S256")
    for name, expected in (
        ("response_type", "invalid_request"),
        ("scope", "invalid_scope"),
        ("code_challenge", "invalid_request"),
    ):
        got = parameters(send(browser, bank, request=make(bank, **{name: None}), **outer), bank)
        assert (got["error"], got["state"]) == (expected, "inside"), name
    page = send(browser, bank, request=make(bank, redirect_uri=None), **outer)
    assert page.status_code == 400
    assert "redirect URI is missing" in page.text


def test_members_of_other_types(provider: Provider, browser: Browser, bank: Client) -> None:
    """Numbers, objects and lists are parameters as well as texts are (4)."""
    asked = {"userinfo": {"email": {"essential": True}}}
    tokens = parameters(send(browser, bank, request=write(bank, max_age=3600, claims=asked)), bank)
    tokens = provider.redeem(bank, tokens["code"]).json
    assert "email" in provider.userinfo(tokens["access_token"]).json
    for name, value in (("max_age", 0.5), ("scope", ["openid"]), ("claims", ["x"]), ("registration", {"a": 1})):
        got = parameters(send(browser, bank, request=write(bank, **{name: value})), bank)
        assert got["error"] in {"invalid_request", "invalid_scope", "registration_not_supported"}, name
        assert got["state"] == "inside"
    for value in (True, False):
        assert error(browser, bank, request=write(bank, max_age=value)) == "invalid_request_object"
    token = signed("ES256", claims(bank) | {"max_age": None})
    assert error(browser, bank, request=token) == "invalid_request_object"


def test_members_that_are_no_parameters(provider: Provider, browser: Browser, bank: Client) -> None:
    """Issuer, audience and times may be there, and unknown members are ignored (4)."""
    now = clock.timestamp()
    said: list[dict[str, Any]] = [
        {"iss": bank.client_id, "aud": provider.issuer, "exp": now + 60, "nbf": now, "iat": now, "jti": "x"},
        {"aud": ["https://other.example", provider.issuer]},
        {"nbf": now + 8, "iat": now + 8},
        {"client_id": None, "extra": {"a": [1]}, "sub": "somebody"},
    ]
    for changes in said:
        got = parameters(send(browser, bank, request=write(bank, **changes)), bank)
        assert got["state"] == "inside", changes
        assert "code" in got, changes


WRONG: list[dict[str, Any]] = [
    {"client_id": "another"}, {"client_id": 7}, {"iss": "another"}, {"iss": ["a"]}, {"aud": "https://other.example"}, {"aud": []},
    {"aud": {"a": 1}}, {"aud": 7}, {"exp": 1}, {"exp": "9999999999"}, {"nbf": 99_999_999_999}, {"iat": 99_999_999_999},
    {"request": "a.b.c"}, {"request_uri": "https://rp.example/r"}, {"request": ""}, {"state": True},
]  # fmt: skip


def test_bad_objects_are_told(browser: Browser, bank: Client, subtests: pytest.Subtests) -> None:
    """What is not the client's, not for here or not for now is refused, at the redirect URI around it (6.2, 6.3)."""
    for changes in WRONG:
        with subtests.test(str(changes)):
            assert error(browser, bank, request=write(bank, **changes)) == "invalid_request_object"
    now = clock.timestamp()
    for changes in ({"exp": now - 60}, {"nbf": now + 60}, {"iat": now + 60}):
        assert error(browser, bank, request=write(bank, **changes)) == "invalid_request_object"


def test_bad_signatures(provider: Provider, browser: Browser, bank: Client) -> None:
    """Only a key of the client proves its object; another client's, one in the header and none do not (6.1, 10.3)."""
    stranger = ec.generate_private_key(ec.SECP256R1())
    other = register(provider, jwks={"keys": [jwk("ES256", stranger, kid="ES256")]})
    forged = [
        make(bank, "ES256", stranger),
        signed("ES256", claims(bank), stranger, jwk=jwk("ES256", stranger), kid=None),
        signed("ES256", claims(bank), stranger, jku="https://evil.example/keys", kid="x"),
        make(bank).rpartition(".")[0] + ".",
        "a.b.c",
        "e30.e30.",
        "a.b.c.d.e",
    ]
    for token in forged:
        assert error(browser, bank, request=token) == "invalid_request_object", token[:60]
    assert error(browser, other, request=make(other)) == "invalid_request_object"
    keyless = provider.client(client_name="Keyless")
    assert error(browser, keyless, request=make(keyless)) == "invalid_request_object"
    mac = jwt.encode(claims(keyless), keyless.secret or "", algorithm="HS256")
    assert error(browser, keyless, request=mac) == "invalid_request_object"


def test_the_registered_algorithm_alone(provider: Provider, browser: Browser) -> None:
    """Once a client has registered an algorithm, no other is taken (Registration, 2: request_object_signing_alg)."""
    client = register(provider, request_object_signing_alg="PS256")
    for algorithm in ALL:
        got = parameters(send(browser, client, **around(client, request=make(client, algorithm))), client)
        assert ("code" in got) == (algorithm == "PS256"), algorithm


def test_types(browser: Browser, bank: Client) -> None:
    """The header names a request object or nothing in particular (10.8; RFC 8725, 3.11; item 64)."""
    for typ in ("JWT", "jwt", "oauth-authz-req+jwt", "application/oauth-authz-req+jwt"):
        assert "code" in parameters(send(browser, bank, request=write(bank, {"typ": typ})), bank), typ
    for typ in ("at+jwt", "logout+jwt", "client-authentication+jwt", "dpop+jwt", ""):
        assert error(browser, bank, request=write(bank, {"typ": typ})) == "invalid_request_object", typ


def test_objects_and_assertions_are_two_things(provider: Provider, browser: Browser, bank: Client) -> None:
    """An object proves no client at the token endpoint, and what could prove one is no object (10.8)."""
    signer = asserting.register(provider, first_party=True)
    now = clock.timestamp()
    full = {"iss": signer.client_id, "aud": provider.issuer, "exp": now + 60, "iat": now, "jti": "j"}
    good = write(signer, **full)
    assert not asserting.is_taken(provider, good)
    assert "code" in parameters(send(browser, signer, request=good), signer)
    both = write(signer, **full, sub=signer.client_id)
    assert error(browser, signer, request=both) == "invalid_request_object"
    assert error(browser, signer, request=asserting.make(provider, signer)) == "invalid_request_object"


def test_unsigned_objects_are_not_supported(browser: Browser, bank: Client) -> None:
    """An object without a signature gets the error that says so (Core, 6.1; 6.2; module oidcc-unsigned-request-object-...)."""
    assert error(browser, bank, request=make_unsigned(bank)) == "request_not_supported"
    assert error(browser, bank, request=f"{b64({'alg': 'none'})}.{b64({})}.") == "request_not_supported"


def test_unsigned_objects_of_the_older_flows(provider: Provider, browser: Browser) -> None:
    """They work where the operator has switched them on, unless the client has registered an algorithm (Core, 6.1)."""
    provider.app.extensions["idp.settings"].legacy_response_types = True
    for algorithm, expected in ((None, True), ("none", True), ("ES256", False)):
        client = register(provider, request_object_signing_alg=algorithm)
        got = parameters(send(browser, client, **around(client, request=make_unsigned(client))), client)
        assert ("code" in got) == expected, algorithm
        assert expected or got["error"] == "request_not_supported"
        if expected:
            token = make_unsigned(client) + "AAAA"
            assert error(browser, client, request=token) == "invalid_request_object"
            assert error(browser, client, request=make_unsigned(client, iss="other")) == "invalid_request_object"
    none = register(provider, request_object_signing_alg="none")
    assert error(browser, none, request=make(none)) == "invalid_request_object"


def test_errors_without_a_good_redirect_uri(browser: Browser, bank: Client) -> None:
    """A bad object whose surroundings name no registered redirect URI leads to a page, and nobody is redirected (6.3; item 44)."""
    for outer in ({}, {"redirect_uri": "https://evil.example/"}):
        page = send(browser, bank, request=write(bank, exp=1), **outer)
        assert page.status_code == 400
        assert "Location" not in page.headers
        assert ("invalid_request_object" in page.text) == (not outer)


def test_the_redirect_uri_inside(provider: Provider, browser: Browser) -> None:
    """The redirect URI inside counts, and must be registered (module oidcc-ensure-request-object-with-redirect-uri; item 42)."""
    client = register(provider, redirect_uris=[CALLBACK, "https://rp.example/second"])
    token = make(client, redirect_uri="https://rp.example/second")
    response = send(browser, client, **around(client, request=token))
    assert response.location.startswith("https://rp.example/second?code=")
    page = send(browser, client, **around(client, request=make(client, redirect_uri="https://evil.example/")))
    assert page.status_code == 400
    assert "not registered" in page.text


def test_the_response_mode_of_an_error(browser: Browser, bank: Client) -> None:
    """An error about the object travels as was asked for around it, one about its contents as was asked for inside (Core, 3.1.2.6)."""
    outer = around(bank, response_mode="form_post", request=write(bank, exp=1))
    response = send(browser, bank, **outer)
    assert response.status_code == 200
    assert parameters(response, bank)["error"] == "invalid_request_object"
    response = send(browser, bank, **around(bank, request=make(bank, response_mode="fragment", prompt="wrong")))
    assert "#error=invalid_request" in response.location
    assert parameters(response, bank)["state"] == "inside"


def test_around_the_object(browser: Browser, bank: Client) -> None:
    """Two objects, or one twice, are an invalid request (Core, 6.1)."""
    token = make(bank)
    assert error(browser, bank, request=token, request_uri="https://rp.example/r") == "invalid_request"
    response = browser.http.get(f"/oauth/authorize?client_id={bank.client_id}&request={token}&request={token}")
    assert response.status_code == 400


def test_the_request_waits_for_its_person(provider: Provider, ann: Person, bank: Client) -> None:
    """Somebody who has to sign in first goes on with what was inside, also after the object has expired (Core, 6)."""
    browser = provider.browser()
    token = write(bank, exp=clock.timestamp() + 5, login_hint=ann.email)
    path = send(browser, bank, request=token, state="outside").location
    assert path.startswith("/signin?")
    with clock.moved(timedelta(minutes=2)):
        got = parameters(browser.follow(browser.sign_in(path, ann), bank), bank)
    assert got["state"] == "inside"
    assert "code" in got


def test_a_posted_request(provider: Provider, browser: Browser, bank: Client) -> None:
    """An object may come in a form (Core, 3.1.2.1)."""
    response = browser.http.post("/oauth/authorize", data={"client_id": bank.client_id, "request": make(bank)})
    assert parameters(browser.follow(response, bank), bank)["state"] == "inside"


def test_a_public_client(provider: Provider, browser: Browser) -> None:
    """A public client may sign its requests too; PKCE is demanded of it inside."""
    client = register(provider, token_endpoint_auth_method="none")
    assert "code" in parameters(send(browser, client, request=make(client)), client)
    got = parameters(
        send(browser, client, request=make(client, code_challenge=None, code_challenge_method=None)), client
    )
    assert got["error"] == "invalid_request"


@pytest.mark.parametrize("legacy", [False, True])
def test_the_metadata(provider: Provider, legacy: bool) -> None:
    """What is supported is published; `none` only where the older flows are on (RFC 8414, 2; Discovery, 3)."""
    provider.app.extensions["idp.settings"].legacy_response_types = legacy
    metadata = provider.http.get("/.well-known/openid-configuration").json
    assert metadata["request_parameter_supported"] is metadata["request_uri_parameter_supported"] is True
    assert metadata["require_request_uri_registration"] is True
    assert metadata["request_object_signing_alg_values_supported"] == [*ALL, *(["none"] if legacy else [])]
