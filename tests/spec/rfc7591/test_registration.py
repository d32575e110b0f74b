"""RFC 7591, section 3: the registration endpoint, what it answers, and what it refuses."""

import json
from typing import Any

from idp.base.database import session
from idp.clients import service as clients
from tests.factories import CALLBACK, Browser, Client, Person, Provider
from tests.keys.strangers import jwk
from tests.spec.rfc7591.registering import GOOD, PATH, count, register, registered
from tests.support.events import search as events_of

METADATA, URI = "invalid_client_metadata", "invalid_redirect_uri"
HOME = "https://rp.example"
KEYS = {"keys": [jwk("ES256")]}

# What is registered, the error, and the member that the description names.
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"redirect_uris": None}, URI, "redirect_uris"),
    ({"redirect_uris": []}, URI, "redirect_uris"),
    ({"redirect_uris": [f"{CALLBACK}#part"]}, URI, "redirect_uris"),  # module oidcc-redirect-uri-regfrag
    ({"redirect_uris": [f"{CALLBACK}#"]}, URI, "redirect_uris"),
    ({"redirect_uris": ["/callback"]}, URI, "redirect_uris"),
    ({"redirect_uris": ["http://rp.example/callback"]}, URI, "redirect_uris"),
    ({"redirect_uris": ["https://me@rp.example/callback"]}, URI, "redirect_uris"),
    ({"redirect_uris": ["javascript:alert(1)"]}, URI, "redirect_uris"),
    ({"redirect_uris": ["https://[::1/callback"]}, URI, "redirect_uris"),
    ({"redirect_uris": ["https://rp.example/\u00e4\r\n"]}, URI, "redirect_uris"),
    ({"redirect_uris": ["com.example.app:/callback"]}, URI, "redirect_uris"),
    ({"redirect_uris": [f"{HOME}/{number}" for number in range(101)]}, URI, "redirect_uris"),
    ({"redirect_uris": CALLBACK}, METADATA, "redirect_uris"),
    ({"redirect_uris": [1]}, METADATA, "redirect_uris"),
    ({"post_logout_redirect_uris": ["http://rp.example/out"]}, METADATA, "post_logout_redirect_uris"),
    ({"client_name": 7}, METADATA, "client_name"),
    ({"client_name": "a\0b"}, METADATA, "client_name"),
    ({"client_name": "x" * 201}, METADATA, "client_name"),
    ({"client_name": "a\u202eb"}, METADATA, "client_name"),
    ({"grant_types": "authorization_code"}, METADATA, "grant_types"),
    ({"grant_types": ["password"]}, METADATA, "grant_types"),
    ({"grant_types": ["implicit"]}, METADATA, "grant_types"),
    ({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}, METADATA, "grant_types"),
    ({"grant_types": ["client_credentials"], "response_types": ["code"]}, METADATA, "response_types"),
    ({"response_types": ["token"]}, METADATA, "response_types"),
    ({"response_types": ["id_token"]}, METADATA, "response_types"),
    ({"scope": ["openid"]}, METADATA, "scope"),
    ({"token_endpoint_auth_method": "tls_client_auth"}, METADATA, "token_endpoint_auth_method"),
    ({"token_endpoint_auth_method": "private_key_jwt"}, METADATA, "jwks"),
    ({"token_endpoint_auth_signing_alg": "RS256"}, METADATA, "token_endpoint_auth_signing_alg"),
    (
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": KEYS, "token_endpoint_auth_signing_alg": "HS256"},
        METADATA,
        "token_endpoint_auth_signing_alg",
    ),
    ({"id_token_signed_response_alg": "none"}, METADATA, "id_token_signed_response_alg"),
    ({"id_token_signed_response_alg": "HS256"}, METADATA, "id_token_signed_response_alg"),
    ({"userinfo_signed_response_alg": "HS256"}, METADATA, "userinfo_signed_response_alg"),
    ({"request_object_signing_alg": "none"}, METADATA, "request_object_signing_alg"),
    ({"application_type": "desktop"}, METADATA, "application_type"),
    ({"subject_type": "private"}, METADATA, "subject_type"),
    (
        {"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://other.example/cb"]},
        METADATA,
        "sector_identifier_uri",
    ),
    ({"sector_identifier_uri": "http://rp.example/sector"}, METADATA, "sector_identifier_uri"),
    ({"jwks": KEYS, "jwks_uri": f"{HOME}/jwks"}, METADATA, "jwks"),  # RFC 7591, section 2
    ({"jwks": "keys"}, METADATA, "jwks"),
    ({"jwks": {}}, METADATA, "jwks"),
    ({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, METADATA, "jwks"),
    ({"jwks": {"keys": [[[[[[[1]]]]]]]}}, METADATA, "jwks"),
    ({"jwks_uri": "http://rp.example/jwks"}, METADATA, "jwks_uri"),
    ({"initiate_login_uri": "http://rp.example/start"}, METADATA, "initiate_login_uri"),
    ({"request_uris": ["http://rp.example/object"]}, METADATA, "request_uris"),
    ({"backchannel_logout_uri": "http://rp.example/out"}, METADATA, "backchannel_logout_uri"),
    ({"backchannel_logout_session_required": "true"}, METADATA, "backchannel_logout_session_required"),
    ({"logo_uri": "javascript:alert(1)"}, METADATA, "logo_uri"),
    ({"logo_uri": "http://rp.example/logo.png"}, METADATA, "logo_uri"),  # it is fetched, by https alone
    ({"policy_uri": ["https://rp.example/policy"]}, METADATA, "policy_uri"),
    ({"tos_uri": "tos"}, METADATA, "tos_uri"),
    ({"default_max_age": "60"}, METADATA, "default_max_age"),
    ({"default_max_age": True}, METADATA, "default_max_age"),
    ({"default_max_age": 1.5}, METADATA, "default_max_age"),
    ({"default_max_age": -1}, METADATA, "default_max_age"),
    ({"default_max_age": 10**30}, METADATA, "default_max_age"),
    ({"require_auth_time": 1}, METADATA, "require_auth_time"),
    ({"default_acr_values": "two"}, METADATA, "default_acr_values"),
    ({"contacts": ["x" * 321]}, METADATA, "contacts"),
    ({"software_id": "x" * 256}, METADATA, "software_id"),
    ({"software_statement": "a.b.c"}, "unapproved_software_statement", ""),
]
GRANTS = ["authorization_code", "refresh_token", "client_credentials"]
# Each member as it is registered and told again.
MEMBERS: dict[str, Any] = {
    "client_name": "Tea House",
    "redirect_uris": [CALLBACK, f"{CALLBACK}?kept=1"],
    "post_logout_redirect_uris": [f"{HOME}/out"],
    "grant_types": GRANTS,
    "response_types": ["code"],
    "scope": "openid email",
    "token_endpoint_auth_method": "private_key_jwt",
    "token_endpoint_auth_signing_alg": "ES256",
    "id_token_signed_response_alg": "EdDSA",
    "userinfo_signed_response_alg": "PS256",
    "request_object_signing_alg": "RS256",
    "application_type": "native",
    "subject_type": "pairwise",
    "default_max_age": 0,
    "require_auth_time": True,
    "tls_client_certificate_bound_access_tokens": False,
    "require_signed_request_object": True,
    "authorization_signed_response_alg": "ES256",
    "introspection_signed_response_alg": "PS256",
    "require_pushed_authorization_requests": True,
    "dpop_bound_access_tokens": True,
    "dpop_nonce_required": True,
    "default_acr_values": ["https://refeds.org/profile/mfa"],
    "client_uri": HOME,
    "logo_uri": f"{HOME}/logo.png",
    "policy_uri": f"{HOME}/policy",
    "tos_uri": f"{HOME}/tos",
    "initiate_login_uri": f"{HOME}/start",
    "request_uris": [f"{HOME}/object#{'a' * 43}"],
    "jwks_uri": f"{HOME}/jwks",
    "backchannel_logout_uri": f"{HOME}/logged-out",
    "backchannel_logout_session_required": True,
    "contacts": ["ops@rp.example"],
    "software_id": "tea",
    "software_version": "2.1",
}


def test_bad_metadata(house: Provider) -> None:
    """What the rules refuse is 400 with the registered error and the member's name in ASCII, and registers nothing (3.2.2)."""
    for members, error, member in BAD:
        answer = register(house, **members)
        assert (answer.status_code, answer.json["error"]) == (400, error), (members, answer.text)
        description = answer.json["error_description"]
        assert description.startswith(f"{member}: " if member else ""), (members, description)
        assert all(" " <= character <= "~" and character not in '"\\' for character in description)
        assert answer.headers["Cache-Control"] == "no-store"
    assert count(house) == 0


def test_no_metadata(house: Provider) -> None:
    """Anything but a JSON object of its own type is refused (3.1); a page of another site can send no such type unasked."""
    bodies: list[str | bytes] = ["", "[]", "{", '"x"', "[" * 100_000, '{"client_name": "\\ud800"}', b"\xff\xfe"]
    bodies += ['{"client_name": "a", "client_name": "b"}', '{"default_max_age": NaN}']
    sent = [(body, "application/json") for body in bodies]
    sent += [(json.dumps(GOOD), "text/plain"), ("redirect_uris=x", "application/x-www-form-urlencoded")]
    for body, content_type in sent:
        answer = house.http.post(PATH, data=body, content_type=content_type)
        assert (answer.status_code, answer.json["error"]) == (400, METADATA), body[:50]
    assert count(house) == 0


def test_every_member_is_told_again(house: Provider) -> None:
    """201 with every member as it was registered, and where the registration is managed (3.2.1; RFC 7592, 3)."""
    told = registered(house, **MEMBERS)
    assert {name: told[name] for name in MEMBERS} == MEMBERS
    assert set(told) - set(MEMBERS) == {
        "client_id", "client_id_issued_at", "registration_client_uri", "registration_access_token"
    }  # fmt: skip
    assert told["registration_client_uri"] == f"{house.issuer}{PATH}/{told['client_id']}"
    keys = registered(house, jwks=KEYS, token_endpoint_auth_method="client_secret_jwt", contacts=None)
    assert keys["jwks"] == KEYS
    assert len(keys["client_secret"]) * 8 >= 256
    assert keys["client_secret_expires_at"] == 0


def test_a_member_of_our_own(house: Provider) -> None:
    """A client may ask for its claims in the ID token too (section 2: extensions), and is told so; nobody else hears of the member."""
    assert registered(house, claims_in_id_token=True)["claims_in_id_token"] is True
    assert "claims_in_id_token" not in registered(house)


def test_defaults(house: Provider) -> None:
    """What is left out or null counts as the specifications say, and is told (section 2; OpenID Connect Registration, 2)."""
    told = registered(house, client_name=None, unknown={"x": 1}, logo_uri="")
    defaults = {
        "client_name": "rp.example",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "application_type": "web",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
        "scope": "openid profile email address phone",
        "require_auth_time": False,
        "require_signed_request_object": False,
        "tls_client_certificate_bound_access_tokens": False,
        "require_pushed_authorization_requests": False,
        "dpop_bound_access_tokens": False,
        "dpop_nonce_required": False,
    }
    assert {name: told[name] for name in defaults} == defaults
    assert not {"unknown", "userinfo_signed_response_alg", "require_pkce", "first_party", "dialect"} & set(told)
    answer = house.http.post(PATH, json=GOOD | {"grant_types": None, "userinfo_signed_response_alg": "none"})
    assert answer.json["grant_types"] == ["authorization_code"]
    assert "userinfo_signed_response_alg" not in answer.json
    assert "offline_access" in registered(house, grant_types=["authorization_code", "refresh_token"])["scope"]
    service = registered(house, grant_types=["client_credentials"], redirect_uris=None, client_name=None)
    assert (service["scope"], service["client_name"]) == ("", "Application")
    assert "response_types" not in service
    native = registered(
        house, client_name=" ", redirect_uris=["com.example.app:/cb"], token_endpoint_auth_method="none"
    )
    assert native["client_name"] == "com.example.app"
    assert "client_secret" not in native


def test_nobody_promotes_themselves(house: Provider) -> None:
    """What administrators decide is ignored, and so is any scope but the server's own (RFC 9700, 4.15; section 5)."""
    wishes = {"first_party": True, "require_pkce": True, "require_second_factor": True, "dialect": "provider"}
    wishes |= {"fedcm_enabled": True}
    told = registered(house, **wishes, scope="openid payments:write account")
    assert told["scope"] == "openid profile email address phone"
    with house.working():
        metadata = clients.find(told["client_id"]).metadata
    assert not any(getattr(metadata, member) for member in wishes)
    told = registered(house, token_endpoint_auth_method="none", require_pkce=False)
    with house.working():
        assert clients.find(told["client_id"]).metadata.require_pkce


def test_a_registered_client_works(house: Provider, ann: Person) -> None:
    """A client that registered itself gets tokens with and without PKCE, and PKCE holds where it is sent (RFC 9700, 2.1.1)."""
    told = registered(house, grant_types=["authorization_code", "refresh_token"])
    with house.working():
        client = Client(told["client_id"], told["client_secret"], clients.find(told["client_id"]).metadata)
    browser: Browser = house.browser(ann)
    bare = browser.answer(client, code_challenge=None, code_challenge_method=None)
    assert house.redeem(client, bare["code"], code_verifier=None).status_code == 200
    proved = browser.answer(client)
    assert house.redeem(client, proved["code"], code_verifier="x" * 43).json["error"] == "invalid_grant"
    assert "refresh_token" in house.grant(client, browser, scope="openid offline_access")


def test_discovery_names_the_endpoint(house: Provider) -> None:
    """The metadata has `registration_endpoint` (RFC 8414, section 2)."""
    document = house.http.get("/.well-known/openid-configuration").json
    assert document["registration_endpoint"] == f"{house.issuer}{PATH}"


def test_a_registration_is_on_record(house: Provider) -> None:
    """The audit log has the client, that it registered itself, and from where."""
    told = registered(house)
    with house.working():
        event = session().scalars(events_of("client.registered")).one()
    assert (event.client_id, event.actor, event.source) == (told["client_id"], "registration", "127.0.0.1")
    assert event.detail == {"name": "Tea House"}
