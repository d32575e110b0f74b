"""Answers of providers that are errors, garbage, lies, or late: nobody gets in, and the page leads back to sign-in."""

import time
from typing import Any

import pytest

from idp.federation import openid, wire
from tests.factories import Provider
from tests.federation.stand_in import CLIENT_SECRET, KEY, OTHER_KEY, Fault, StandIn
from tests.federation.traveller import Traveller, accounts, events, query_of

DEEP = b"[" * 100_000
FAULTS = {
    "500": Fault(500, b"{}"),
    "404": Fault(404, b"{}"),
    "empty": Fault(200, b""),
    "garbage": Fault(200, b"\xff\xfe<html>"),
    "list": Fault(200, b"[]"),
    "text": Fault(200, b'"text"'),
    "null": Fault(200, b"null"),
    "deep": Fault(200, DEEP),
    "number": Fault(200, b"9" * 10_000),
    "large": Fault(200, b'{"id": 1, "x": "' + b"x" * (wire.LARGEST + 1) + b'"}'),
    "redirect": Fault(302, b"", location="/elsewhere"),
}
ASKED = [("google", "/o/token"), ("github", "/login/oauth/access_token"), ("42", "/oauth/token"), ("42", "/v2/me")]
# Every fault at one address; at the others those that are read in another place of the code.
PLACES = [("github", "/user", fault) for fault in FAULTS]
PLACES += [(*asked, fault) for asked in ASKED for fault in ("500", "garbage", "list", "redirect")]


once = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # what follows is no question of the database


def refused(ann: Traveller, key: str, target: str = "/account/apps") -> str:
    """Sign in through a provider, expect to be refused and told how to go on; return the reason in the audit log."""
    answer = ann.sign_in_by(key, target)
    assert answer.status_code == 400, answer.text[:500]
    assert 'id="error-message"' in answer.text
    assert 'href="/signin?next=%2Faccount%2Fapps"' in answer.text
    assert ann.email is None
    assert accounts(ann.provider) == {}
    (event,) = events(ann.provider, "upstream.failed")
    assert (event["outcome"], event["provider"]) == ("failure", key)
    return str(event["reason"])


@pytest.mark.parametrize("key", ["google", "github", "42"])
def test_a_denial_leads_back(ann: Traveller, stand: StandIn, key: str) -> None:
    """Who says no at the provider is led back to sign-in, and nothing is asked of the provider."""
    stand.denies = True
    assert refused(ann, key) == "upstream_failed"
    assert not any(path.endswith("token") for path, _values in stand.asked)


@once
@pytest.mark.parametrize(("key", "path", "fault"), PLACES)
def test_faults_are_refusals(ann: Traveller, stand: StandIn, key: str, path: str, fault: str) -> None:
    """Whatever a provider's endpoint answers, it is a refusal, never an error of ours; redirects are not followed."""
    stand.faults[path] = FAULTS[fault]
    assert refused(ann, key) == "upstream_failed"
    assert stand.count("/elsewhere") == 0


@once
@pytest.mark.parametrize(
    "body",
    [
        b'{"access_token": "x"}',
        b'{"token_type": "bearer"}',
        b'{"access_token": 7, "token_type": "bearer"}',
        b'{"access_token": "x", "token_type": "mac"}',
        b'{"access_token": "x", "token_type": "bearer", "expires_in": "soon"}',
        b'{"access_token": "x", "token_type": "bearer", "expires_in": -100}',
        b'{"error": "incorrect_client_credentials"}',
    ],
)
def test_odd_token_responses_are_refusals(ann: Traveller, stand: StandIn, body: bytes) -> None:
    """A token response that is an error in a 200, or no bearer token, is a refusal."""
    stand.faults["/login/oauth/access_token"] = Fault(200, body)
    refused(ann, "github")


@once
@pytest.mark.parametrize("subject", [None, "", True, [], {"id": 1}, "a\0b", "x" * 256, 1.5])
def test_a_provider_must_name_somebody(ann: Traveller, stand: StandIn, subject: Any) -> None:
    """Without a subject that can be kept there is nobody to sign in."""
    stand.human.id = subject
    refused(ann, "github")


@once
def test_a_slow_provider_is_not_waited_for(ann: Traveller, stand: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider that takes its time is given up, and one that trickles too."""
    monkeypatch.setattr(wire, "ALL", 0.3)
    stand.faults["/user"] = Fault(200, b"{}", seconds=8)
    began = time.monotonic()
    refused(ann, "github")
    assert time.monotonic() - began < 8


@once
def test_a_conversation_ends_as_a_whole(ann: Traveller, stand: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps that are each quick enough do not add up beyond the whole."""
    monkeypatch.setattr(wire, "ALL", 0.6)
    for path in ("/login/oauth/access_token", "/user"):
        stand.faults[path] = Fault(200, b'{"access_token": "x", "token_type": "bearer"}', seconds=0.4)
    refused(ann, "github")
    assert stand.count("/user/emails") == 0


def test_an_unreachable_provider(ann: Traveller, provider: Provider) -> None:
    """Discovery that cannot be read is told at the start; a provider that is away, at the callback."""
    values = provider.app.extensions["idp.settings"]
    values.google_issuer = values.github_api_url = "http://127.0.0.1:9"
    answer = ann.press_on("/signin?next=/account/apps", "/signin/upstream/google?next=/account/apps")
    assert answer.status_code == 400
    assert 'href="/signin?next=%2Faccount%2Fapps"' in answer.text
    refused(ann, "github")


CLAIMS: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "made up"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another-client"},
    "several audiences": {"aud": ["another-client", "a-client-of-the-tests"], "azp": "another-client"},
    "another issuer": {"iss": "https://accounts.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": 1_600_000_000},
    "no end": {"exp": None},
    "from the future": {"iat": 4_000_000_000, "nbf": 4_000_000_000},
    "nobody": {"sub": None},
    "empty subject": {"sub": ""},
    "another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@once
@pytest.mark.parametrize("lie", CLAIMS)
def test_wrong_claims_are_refused(ann: Traveller, stand: StandIn, lie: str) -> None:
    """An ID token of another sign-in, client, issuer or time signs nobody in (OpenID Connect Core, section 3.1.3.7)."""
    stand.claims = CLAIMS[lie]
    refused(ann, "google")


@once
def test_unsigned_and_foreign_signatures_are_refused(ann: Traveller, stand: StandIn) -> None:
    """`none`, an HMAC with the client's secret or the public key, and a key that is not published are all refused."""
    for algorithm, key in (("none", None), ("HS256", CLIENT_SECRET * 2), ("ES256", OTHER_KEY)):
        stand.algorithm, stand.signed_with = algorithm, key
        assert ann.sign_in_by("google").status_code == 400
    assert (ann.email, accounts(ann.provider)) == (None, {})
    assert len(events(ann.provider, "upstream.failed")) == 3


def test_a_token_without_id_token_is_refused(ann: Traveller, stand: StandIn) -> None:
    """OpenID Connect without an ID token is none."""
    stand.faults["/o/token"] = Fault(200, b'{"access_token": "x", "token_type": "Bearer"}')
    refused(ann, "google")


def test_userinfo_must_speak_of_the_same_person(ann: Traveller, stand: StandIn) -> None:
    """An address that is told by userinfo alone counts if it is of the subject of the ID token (section 5.3.2)."""
    stand.claims = {"email": None}
    stand.faults["/o/userinfo"] = Fault(200, b'{"sub": "1", "email": "eve@example.org", "email_verified": true}')
    refused(ann, "google")
    stand.faults.clear()
    assert ann.sign_in_by("google").status_code == 303
    assert ann.email == "ann@example.org"


@pytest.mark.parametrize("key", ["google", "github", "42"])
def test_no_provider_is_offered_a_compression(ann: Traveller, stand: StandIn, key: str) -> None:
    """Whatever libraries are installed, each question asks for the answer as it is, since an encoded one is refused."""
    back = ann.travel(ann.press(key))
    stand.encodings.clear()
    assert ann.get(back).status_code in {200, 303}
    assert stand.encodings == {"identity"}


def test_a_new_key_is_found(ann: Traveller, stand: StandIn, provider: Provider) -> None:
    """A key that the provider began to use since is looked for once; one that is nowhere is not."""
    assert ann.sign_in_by("google").status_code == 303
    stand.published, stand.signed_with, stand.kid = [("one", KEY), ("two", OTHER_KEY)], OTHER_KEY, "two"
    assert Traveller(provider).sign_in_by("google").status_code == 303
    stand.kid = "three"
    assert Traveller(provider).sign_in_by("google").status_code == 400


@pytest.mark.parametrize(
    "strange",
    [
        {"kty": "EC", "crv": "P-521", "x": "AA", "y": "AA", "kid": "zero"},
        {"kty": "EC", "crv": "brainpoolP256r1", "x": "AA", "y": "AA"},
        {"kty": "OKP", "crv": "X448", "x": "AA", "kid": "one"},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA", "kid": "one"},
        {"kty": "EC", "crv": "P-256", "x": "broken", "y": "!", "kid": "zero"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": 7},
        "no key at all",
        None,
    ],
)
def test_a_strange_key_spoils_no_set(ann: Traveller, stand: StandIn, strange: Any) -> None:
    """A key of a type or curve that nobody here knows, or a broken one, is ignored, and the others verify (RFC 7517, section 5)."""
    openid._known.clear()
    stand.strange = [strange, {}]
    assert ann.sign_in_by("google").status_code == 303


def test_a_bad_answer_is_not_kept(ann: Traveller, stand: StandIn, provider: Provider) -> None:
    """What is no key set and no configuration is asked for again at the next sign-in, and not only after an hour."""
    openid._known.clear()
    stand.faults["/o/jwks"] = Fault(200, b'{"error": "busy"}')
    assert ann.sign_in_by("google").status_code == 400
    stand.faults.clear()
    assert Traveller(provider).sign_in_by("google").status_code == 303


def test_an_answer_of_another_issuer_is_refused(ann: Traveller, stand: StandIn) -> None:
    """An `iss` that is not this provider's ends the sign-in before the code is shown to anybody (RFC 9207, section 2.4)."""
    path = ann.travel(ann.press("google"))
    assert ann.get(f"{path}&iss=https://evil.example").status_code == 400
    assert stand.count("/o/token") == 0
    path = ann.travel(ann.press("google"))
    assert ann.get(f"{path}&iss={stand.url}").status_code == 303


@once
@pytest.mark.parametrize("document", [b"[]", b'{"issuer": "https://evil.example"}', b"{}"])
def test_a_configuration_of_another_issuer_is_refused(ann: Traveller, stand: StandIn, document: bytes) -> None:
    """Discovery must speak of the issuer that was asked (OpenID Connect Discovery, section 4.3)."""
    openid._known.clear()
    stand.faults["/.well-known/openid-configuration"] = Fault(200, document)
    answer = ann.press_on("/signin", "/signin/upstream/google")
    assert answer.status_code == 400
    openid._known.clear()


@once
def test_logs_and_pages_hold_no_secrets(ann: Traveller, stand: StandIn, caplog: pytest.LogCaptureFixture) -> None:
    """What is logged of a failure, and the page, hold neither code nor state nor the client's secret."""
    stand.faults["/login/oauth/access_token"] = Fault(200, b'{"error": "bad", "error_description": "SECRET-TEXT"}')
    path = ann.travel(ann.press("github"))
    answer = ann.get(path)
    values = query_of(path)
    for secret in (values["code"], values["state"], "SECRET-TEXT", CLIENT_SECRET):
        assert secret not in caplog.text
        assert secret not in answer.text
    assert "GitHub" in caplog.text
