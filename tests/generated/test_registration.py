"""Registrations that nobody thought of: any JSON, and what is no JSON, is registered or refused as RFC 7591 says, and managed likewise."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from idp.clients.metadata import LEGACY_RESPONSE_TYPES
from tests.factories import CALLBACK
from tests.generated.judging import judge_json
from tests.generated.stage import EVERY_SCOPE, Stage
from tests.generated.texts import EDGES, examples
from tests.keys.strangers import JSON, jwk

PAGE = "https://rp.example/page"
URIS = (CALLBACK, PAGE, "http://rp.example/", "https://127.0.0.1/x", "com.example:/x", "https://rp.example/#f", "https://[::1", "urn:x",
        "https://\u00fc.example/",
        "https://rp.example:99999/", "https://a@rp.example/",
        "https://rp.example/\r\nx", "javascript:alert(1)", "https://" + "a" * 3000)  # fmt: skip
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA", "HS256", "none", "RS1")
KEY_SETS: tuple[Any, ...] = (
    {"keys": [jwk("ES256")]}, {"keys": [jwk("RS256"), jwk("RS256")]}, {"keys": [{"kty": "RSA", "n": "AQ", "e": "AQ"}]},
    {"keys": [{"kty": "EC"}]},
    {"keys": {}}, {"keys": [[]]}, {}, {"keys": [jwk("ES256") | {"d": "x"}]}, {"keys": [jwk("ES256") | {"x": 1}]},
    {"keys": [{"kty": ["EC"]}]},
    {"keys": [jwk("ES256") | {"alg": {}}]}, {"keys": [jwk("ES256") | {"use": []}]}, {"keys": [jwk("ES256") | {"key_ops": [{}]}]},
    {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 8000}]}, {"keys": [{"kty": "RSA", "n": "A" * 8000, "e": "A" * 8000}]},
)  # fmt: skip
GOOD: dict[str, tuple[Any, ...]] = {
    "redirect_uris": ([CALLBACK], [], [CALLBACK] * 3, [f"{CALLBACK}/{number}" for number in range(101)], *([uri] for uri in URIS)),
    "post_logout_redirect_uris": ([PAGE], *([uri] for uri in URIS)),
    "request_uris": ([PAGE], [f"{PAGE}#f"], *([uri] for uri in URIS)),
    "client_name": ("Shop", "", " ", "a" * 201, "\u202e", "\u00fc"),
    "grant_types": (["authorization_code", "refresh_token"], ["implicit"], ["client_credentials"], ["refresh_token"], ["password"], []),
    "response_types": (["code"], *([one] for one in LEGACY_RESPONSE_TYPES), ["id_token code"], [""], []),
    "scope": (EVERY_SCOPE, "openid", "", "unknown", "openid\u00fc", "a " * 600),
    "token_endpoint_auth_method": ("client_secret_basic", "client_secret_post", "none", "private_key_jwt", "client_secret_jwt", "tls"),
    "token_endpoint_auth_signing_alg": ALGORITHMS,
    "id_token_signed_response_alg": ALGORITHMS,
    "userinfo_signed_response_alg": ALGORITHMS,
    "request_object_signing_alg": ALGORITHMS,
    "application_type": ("web", "native", "else"),
    "subject_type": ("public", "pairwise", "else"),
    "sector_identifier_uri": ("https://127.0.0.1:9/sector", "http://rp.example/"),
    "default_max_age": (0, 1, 10**9, 10**10, 2**31, 2**63, 10**400, -1, True, 1.0, "1"),
    "require_auth_time": (True, False, 1),
    "require_pushed_authorization_requests": (True, False, "yes"),
    "dpop_bound_access_tokens": (True, False, 1),
    "dpop_nonce_required": (True,),
    "require_signed_request_object": (True, 1),
    "authorization_signed_response_alg": ("ES256", "none", 7),
    "introspection_signed_response_alg": ("PS256", "HS256"),
    "tls_client_auth_subject_dn": ("CN=a", "x", ["CN=a"]),
    "tls_client_auth_san_ip": ("192.0.2.1", "x"),
    "tls_client_certificate_bound_access_tokens": (True, "yes"),
    "profile": ("fapi2", "fapi2_message_signing", "x", 7),
    "default_acr_values": (["1"], ["2", "1"], [""], ["a" * 5000]),
    "jwks": KEY_SETS,
    "contacts": (["ann@example.org"], ["a" * 321], ["x"] * 101),
    "backchannel_logout_session_required": (True,),
    "software_statement": ("a.b.c", None),
    "software_id": ("x", "a" * 256),
    "software_version": ("1",),
    **dict.fromkeys(("client_uri", "logo_uri", "policy_uri", "tos_uri", "initiate_login_uri", "backchannel_logout_uri"), (PAGE, *URIS)),
    **dict.fromkeys(("require_pkce", "first_party", "require_second_factor", "fedcm_enabled"), (True, False)),
    **dict.fromkeys(("client_id", "client_secret", "dialect", "registration_access_token", "client_secret_expires_at"), ("x", None, 0)),
}  # fmt: skip
ODD = JSON | st.sampled_from(
    [*EDGES, *URIS, 10**400, 2**63, [[[[[[[[]]]]]]]], {"": None}, ["\0"], ["\ud800"], {"\0": 1}, ["a"] * 200]
)
MEMBERS = st.lists(
    st.one_of(*[st.sampled_from(sorted(GOOD)).flatmap(lambda name: st.tuples(st.just(name), st.sampled_from(GOOD[name])))] * 4,
              st.tuples(st.sampled_from(sorted(GOOD)) | st.text(max_size=5), ODD)),
    max_size=4,
)  # fmt: skip
BREAKAGES = st.sampled_from([None] * 8 + ["twice", "cut", "bytes", "bom", "deep", "nan", "utf-16", "array", "empty"])


def spelled(members: list[tuple[str, Any]], breakage: str | None) -> bytes:
    """Write members as a body, right or in one of many wrong ways."""
    text = json.dumps(dict(members))
    match breakage:
        case "twice":
            text = text[:-1] + ', "redirect_uris": [], "redirect_uris": []}'
        case "cut":
            text = text[: len(text) // 2]
        case "bytes":
            return text.encode() + b"\xff\xfe"
        case "bom":
            text = f"\ufeff{text}"
        case "deep":
            text = '{"jwks":' + "[" * 60_000 + "]" * 60_000 + "}"
        case "nan":
            text = text[:-1] + ', "default_max_age": NaN}'
        case "utf-16":
            return text.encode("utf-16")
        case "array":
            text = f"[{text}]"
        case "empty":
            text = ""
    return text.encode()


def document(drawn: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return drawn members over a good registration."""
    return list(({"redirect_uris": [CALLBACK], "client_name": "Shop"} | dict(drawn)).items())


@examples(130)
@given(
    MEMBERS,
    BREAKAGES,
    st.sampled_from(["application/json"] * 8 + ["text/plain", "", "application/json; charset=latin-1"]),
)
def test_registrations(stage: Stage, drawn: list[tuple[str, Any]], breakage: str | None, media_type: str) -> None:
    """Any body is registered whole, so that the client can read it, or refused with an error that RFC 7591 knows."""
    body = spelled(document(drawn), breakage)
    response = stage.send(stage.provider.http, "POST", "/oauth/register", data=body, content_type=media_type)
    found = judge_json(stage, response)
    if response.status_code != 201:
        assert response.status_code == 400, found
        assert found["error"] in {"invalid_client_metadata", "invalid_redirect_uri", "unapproved_software_statement"}
        return
    assert breakage is None
    answer = _manage(stage, "GET", found)
    told_once = {"client_secret", "client_secret_expires_at"}
    assert {name: value for name, value in found.items() if name not in told_once} == answer
    assert stage.send(stage.provider.http, "DELETE", _path(found), fields=_bearer(found)).status_code == 204


@examples(40)
@given(
    MEMBERS,
    BREAKAGES,
    st.sampled_from([None, "client_id", "client_secret", "registration_client_uri", "registration_access_token"]),
)
def test_updates(stage: Stage, drawn: list[tuple[str, Any]], breakage: str | None, sent: str | None) -> None:
    """Any update replaces a registration or leaves it as it was (RFC 7592, section 2.2)."""
    first = json.dumps(dict(document([])))
    response = stage.send(stage.provider.http, "POST", "/oauth/register", data=first, content_type="application/json")
    found = judge_json(stage, response)
    before = _manage(stage, "GET", found)
    own = {"client_id": found["client_id"]} | ({sent: found[sent]} if sent else {})
    body = spelled([*document(drawn), *own.items()], breakage)
    changed = _manage(stage, "PUT", found, data=body, content_type="application/json")
    after = _manage(stage, "GET", found)
    assert after == before if "error" in changed else changed == after


def _manage(stage: Stage, method: str, found: dict[str, Any], **options: Any) -> dict[str, Any]:
    response = stage.send(stage.provider.http, method, _path(found), fields=_bearer(found), **options)
    answer = judge_json(stage, response)
    assert response.status_code == 200 or method == "PUT", answer
    return answer


def _path(found: dict[str, Any]) -> str:
    return f"/oauth/register/{found['client_id']}"


def _bearer(found: dict[str, Any]) -> dict[str, bytes]:
    return {"Authorization": f"Bearer {found['registration_access_token']}".encode()}
