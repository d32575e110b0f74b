"""FAPI 2.0: a client's profile is one switch for all of its rules, and what it cannot switch on is asked for."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from flask import Flask

from idp.base import clock
from idp.base.outcome import Refused
from idp.clients import service as clients
from idp.clients.metadata import Metadata, check, profiles
from tests.factories import Browser, Provider
from tests.keys.strangers import b64, jwk
from tests.spec.fapi2 import banking
from tests.spec.fapi2.banking import assertion, bring, push, push_signed, redeem, register
from tests.spec.rfc9449.proving import ath, prove

KEYS = {"keys": [jwk("ES256")]}
GOOD: dict[str, Any] = {
    "client_name": "Bank", "redirect_uris": ["https://bank.example/cb"], "jwks": KEYS,
    "token_endpoint_auth_method": "private_key_jwt",
}  # fmt: skip


def code_of(location: str) -> str:
    """Return the code of a redirect."""
    return parse_qs(urlsplit(location).query)["code"][0]


@pytest.mark.parametrize("profile", profiles.PROFILES)
def test_one_switch_for_all_rules(provider: Provider, profile: str) -> None:
    """A registration of the profile meets each of its rules, whatever else was said."""
    client = register(provider, profile)
    with provider.working():
        metadata = clients.find(client.client_id).metadata
    assert profiles.missed(metadata, profile) == []
    assert (metadata.require_pushed_authorization_requests, metadata.dpop_bound_access_tokens) == (True, True)
    assert metadata.id_token_signed_response_alg in profiles.ALGORITHMS
    assert metadata.require_signed_request_object is (profile == profiles.FAPI2_SIGNED)


MISSED: dict[str, tuple[dict[str, Any], str]] = {
    "a secret": ({"token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
    "public": ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
    "a signed secret": ({"token_endpoint_auth_method": "client_secret_jwt"}, "token_endpoint_auth_method"),
    "a private scheme": ({"redirect_uris": ["http://bank.example/cb"]}, "redirect_uris"),
    "RS256 of assertions": ({"token_endpoint_auth_signing_alg": "RS256"}, "token_endpoint_auth_signing_alg"),
    "RS256 of requests": ({"request_object_signing_alg": "RS256"}, "request_object_signing_alg"),
    "RS256 of userinfo": ({"userinfo_signed_response_alg": "RS256"}, "userinfo_signed_response_alg"),
    "RS256 of answers": (
        {"authorization_signed_response_alg": "RS256", "profile": "fapi2_message_signing"},
        "authorization_signed_response_alg",
    ),
    "an unknown profile": ({"profile": "fapi3"}, "profile"),
}


@pytest.mark.parametrize("name", MISSED)
def test_what_is_missing_is_named(app: Flask, name: str) -> None:
    """What the application has to bring itself, or has chosen otherwise, is refused with its member."""
    changes, member = MISSED[name]
    with app.test_request_context():
        found = check(Metadata(**(GOOD | {"profile": "fapi2"} | changes)))
    assert isinstance(found, Refused)
    assert found.field == member


def test_the_page_shows_what_a_client_misses(provider: Provider) -> None:
    """An administrator sees each rule at the client, met or missed, before they choose the profile."""
    browser = provider.browser(provider.person("root@example.org", is_admin=True))
    plain, bank = provider.client(), register(provider)
    page = browser.get(f"/admin/clients/{plain.client_id}").text
    assert "It pushes its requests." in page
    assert page.count("Missed") >= 4
    assert "Missed" not in browser.get(f"/admin/clients/{bank.client_id}").text


def test_the_whole_way(provider: Provider, browser: Browser) -> None:
    """PAR, a code with the issuer beside it, a bound token in exchange, and its use with a proof (5.3)."""
    client = register(provider)
    answer = bring(browser, client, push(provider, client, state="s"))
    found = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    assert (found["state"], found["iss"]) == ("s", provider.issuer)
    tokens = redeem(provider, client, found["code"])
    assert tokens.status_code == 200, tokens.text
    assert jwt.get_unverified_header(tokens.json["id_token"])["alg"] in profiles.ALGORITHMS
    token = tokens.json["access_token"]
    proof = prove(provider, "GET", "/oauth/userinfo", alg="PS256", ath=ath(token))
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    assert provider.http.get("/oauth/userinfo", headers=headers).status_code == 200


def test_requests_that_were_not_pushed(provider: Provider, browser: Browser) -> None:
    """A plain request is refused (5.3.2.2, 2)."""
    assert browser.answer(register(provider))["error"] == "invalid_request"


@pytest.mark.parametrize("audience", ["token", "par", "list", "nobody"])
def test_assertions_name_the_issuer_alone(provider: Provider, audience: str) -> None:
    """The audience of an assertion is the issuer as a text, at PAR and token endpoint (5.3.2.1, 6), and an ordinary client may say more."""
    client = register(provider)
    named: Any = {
        "token": f"{provider.issuer}/oauth/token", "par": f"{provider.issuer}/oauth/par", "list": [provider.issuer], "nobody": "x",
    }[audience]  # fmt: skip
    for answer in (
        push(provider, client, proofs=assertion(provider, client, aud=named)),
        redeem(provider, client, "code", proofs=assertion(provider, client, aud=named)),
    ):
        assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_weak_algorithms_are_refused_everywhere(provider: Provider, browser: Browser) -> None:
    """RS256 signs neither assertions nor proofs nor requests of such a client (5.4.1), also with a key that is registered for it."""
    client = register(provider)
    weak = push(provider, client, proofs=assertion(provider, client, "RS256"))
    assert (weak.status_code, weak.json["error"]) == (401, "invalid_client")
    code = code_of(bring(browser, client, push(provider, client)).location)
    assert redeem(provider, client, code, proof=prove(provider, alg="RS256")).json["error"] == "invalid_dpop_proof"
    token = redeem(provider, client, code).json["access_token"]
    proof = prove(provider, "GET", "/oauth/userinfo", alg="RS256", ath=ath(token))
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    assert provider.http.get("/oauth/userinfo", headers=headers).json["error"] == "invalid_dpop_proof"
    signing = register(provider, "fapi2_message_signing")
    assert push_signed(provider, signing, "RS256").json["error"] == "invalid_request_object"


@pytest.mark.usefixtures("_still_clock")
@pytest.mark.parametrize(("ahead", "is_good"), [(8, True), (61, False), (3600, False)])
def test_clocks_of_assertions(provider: Provider, ahead: int, is_good: bool) -> None:
    """An assertion of ten seconds ahead is taken, and one of a minute is not (5.3.2.1, 13)."""
    client = register(provider)
    answer = push(provider, client, proofs=assertion(provider, client, nbf=clock.timestamp() + ahead))
    assert (answer.status_code == 201) is is_good, answer.text


def test_tokens_are_always_bound(provider: Provider, browser: Browser) -> None:
    """Without a proof there is no token (5.3.2.1, 5), and the code is still good with one."""
    client = register(provider)
    code = code_of(bring(browser, client, push(provider, client)).location)
    assert redeem(provider, client, code, proof=None).json["error"] == "invalid_dpop_proof"
    assert redeem(provider, client, code).status_code == 200


def test_signed_both_ways(provider: Provider, browser: Browser) -> None:
    """With message signing the request is an object and the answer a JWT (Message Signing, 5.3 and 5.4)."""
    client = register(provider, "fapi2_message_signing")
    answer = bring(browser, client, push_signed(provider, client, state="s"))
    signed = parse_qs(urlsplit(answer.location).query)["response"][0]
    claims = provider.verify(signed, client.client_id)
    assert claims["state"] == "s"
    assert redeem(provider, client, claims["code"]).status_code == 200
    unsigned = push(provider, client, response_mode="jwt")
    assert unsigned.json["error"] == "invalid_request"
    assert push_signed(provider, client, response_mode="query").json["error"] == "invalid_request"
    assert push_signed(provider, client, response_mode=None).json["error"] == "invalid_request"


BAD_OBJECTS: dict[str, Any] = {
    "no exp": {"exp": None},
    "no nbf": {"nbf": None},
    "no aud": {"aud": None},
    "another aud": {"aud": "https://other.example"},
    "exp over an hour": {"exp": 3660},
    "nbf over an hour ago": {"nbf": -3700, "exp": 60},
    "expired": {"nbf": -300, "exp": -60},
    "nbf in a minute": {"nbf": 61},
}


@pytest.mark.usefixtures("_still_clock")
@pytest.mark.parametrize("name", BAD_OBJECTS)
def test_bad_signed_requests(provider: Provider, name: str) -> None:
    """A request is for this server, and for an hour at most (Message Signing, 5.3.1)."""
    client, now = register(provider, "fapi2_message_signing"), clock.timestamp()
    moved = {key: now + value if isinstance(value, int) else value for key, value in BAD_OBJECTS[name].items()}
    answer = push_signed(provider, client, **moved)
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_request_object"), answer.text


def test_requests_that_are_signed_alone(provider: Provider) -> None:
    """The same rules hold where requests are signed and answers are not, and an object that nobody signed is no object (5.3.1, 5.4.2)."""
    client = register(provider, require_signed_request_object=True)
    assert push_signed(provider, client, response_mode=None).status_code == 201
    for changes in ({"exp": None}, {"nbf": None}, {"aud": None}, {"exp": clock.timestamp() + 4000}):
        answer = push_signed(provider, client, response_mode=None, **changes)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_request_object"), changes
    nobody = f"{b64({'alg': 'none'})}.{banking.sign(provider, client).split('.')[1]}."
    form = {"client_id": client.client_id, "request": nobody} | assertion(provider, client)
    assert provider.http.post(banking.PAR, data=form).json["error"] == "invalid_request_object"


def test_a_code_without_its_verifier(provider: Provider, browser: Browser) -> None:
    """A verifier that is missing is as one that is wrong: the code is no good, and stays as it is (RFC 7636, section 4.6)."""
    client = register(provider)
    code = code_of(bring(browser, client, push(provider, client)).location)
    for verifier in (None, "another-verifier-of-the-tests-which-is-long-enough"):
        assert redeem(provider, client, code, code_verifier=verifier).json["error"] == "invalid_grant"
    assert redeem(provider, client, code).status_code == 200


@pytest.mark.usefixtures("_still_clock")
def test_good_signed_requests(provider: Provider) -> None:
    """Several audiences, and a clock that is a little ahead, do no harm (Message Signing, 5.3.1)."""
    client = register(provider, "fapi2_message_signing")
    assert push_signed(provider, client, aud=[provider.issuer, "https://other.example"]).status_code == 201
    assert push_signed(provider, client, nbf=clock.timestamp() + 8).status_code == 201
    assert banking.sign(provider, client).count(".") == 2
