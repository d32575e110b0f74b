"""Requests of programs that nobody thought of: token, revocation, introspection and userinfo answer whatever comes, in JSON."""

import base64

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from idp.oauth import assertions
from tests.factories import CALLBACK, VERIFIER
from tests.generated.judging import SECRETS, judge, judge_json
from tests.generated.stage import Stage
from tests.generated.texts import EDGES, Pairs, changed, examples, pairs, written

TOKENS = (
    "@access_token",
    "@own_access_token",
    "@refresh_token",
    "@id_token",
    "@code",
    "@logout_token",
    "@userinfo",
    "@assertion",
)
KNOWN = {
    "grant_type": ("authorization_code", "refresh_token", "client_credentials", "password", "implicit",
                   "urn:ietf:params:oauth:grant-type:jwt-bearer"),
    "code": ("@code", *TOKENS),
    "redirect_uri": (CALLBACK, "https://evil.example/"),
    "code_verifier": (VERIFIER, VERIFIER[:42], "a" * 129),
    "refresh_token": ("@refresh_token", *TOKENS),
    "scope": ("openid", "openid email", "unknown", "offline_access"),
    "client_id": ("generated-shop", "generated-phone", "generated-keyed", "generated-signer", "unknown"),
    "client_secret": ("a wrong secret",),
    "client_assertion_type": (assertions.TYPE, "urn:else"),
    "client_assertion": ("@assertion", "@secret_assertion", "@request_object", "@id_token", "a.b.c"),
    "token": TOKENS,
    "token_type_hint": ("access_token", "refresh_token", "unknown"),
    "access_token": TOKENS,
    "resource": ("https://api.example/",),
    "audience": ("https://api.example/",),
}  # fmt: skip
GRANTS: tuple[dict[str, str], ...] = (
    {"grant_type": "authorization_code", "code": "@code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER},
    {"grant_type": "refresh_token", "refresh_token": "@refresh_token"},
    {"grant_type": "client_credentials"},
)
ASKED: tuple[dict[str, str], ...] = ({"token": "@access_token"}, {"token": "@refresh_token"})
REQUESTS = (
    *(("/oauth/token", grant) for grant in GRANTS),
    *((path, asked) for asked in ASKED for path in ("/oauth/revoke", "/oauth/introspect")),
)
FORM = "application/x-www-form-urlencoded"
TYPES = (
    *[FORM] * 24,
    f"{FORM}; charset=latin-1",
    f"{FORM}; charset=\u00fc",
    "application/json",
    "multipart/form-data; boundary=x",
    "",
    "text/plain",
    "a/b;;;=",
)
PATHS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")
WRONG_BASIC = st.one_of(
    st.binary(max_size=40).map(lambda raw: b"Basic " + base64.b64encode(raw)),
    st.sampled_from(
        [b"Basic", b"Basic ", b"basic =", b"Basic \xff\xfe", b"Basic OjE=", b"Basic Og==", b"Basic " + b"A" * 9001]
    ),
    st.sampled_from(EDGES).map(
        lambda text: b"Basic " + base64.b64encode(text.encode("utf-8", "surrogatepass") + b":%zz%ff+")
    ),
)
AUTHORIZATION = st.one_of(
    *[st.just(b"@basic")] * 6,
    st.just(b"@bearer"),
    WRONG_BASIC,
    st.binary(max_size=30).filter(lambda raw: b"\n" not in raw and b"\r" not in raw),
)


def fields(stage: Stage, drawn: bytes | None) -> dict[str, bytes]:
    """Return the header fields of a request; `@basic` and `@bearer` are good ones."""
    good = {
        b"@basic": stage.shop.basic()["Authorization"].encode(),
        b"@bearer": b"Bearer " + stage.tokens["access_token"].encode(),
    }
    return {} if drawn is None else {"Authorization": good.get(drawn, drawn)}


def judge_program(stage: Stage, path: str, response: TestResponse) -> None:
    """Check an answer; a revocation that is done has no body (RFC 7009, section 2.2)."""
    if path == "/oauth/revoke" and response.status_code == 200:
        return judge(stage, response)
    found = judge_json(stage, response)
    if path == "/oauth/introspect" and response.status_code == 200:
        assert found.get("active") in {True, False}
        assert not SECRETS & found.keys()
    return None


@examples(220)
@given(st.sampled_from(REQUESTS), pairs(KNOWN), st.sampled_from(TYPES), AUTHORIZATION | st.none(), st.integers(0, 5))
def test_token_revocation_and_introspection_requests(
    stage: Stage,
    asked: tuple[str, dict[str, str]],
    drawn: Pairs,
    media_type: str,
    authorization: bytes | None,
    repeats: int,
) -> None:
    """Any grant, parameters, repetition, media type and Authorization header is answered in JSON, and an error brings no token."""
    path, base = asked
    body = written(stage, changed(base, drawn, repeats=repeats == 0))
    options = {"data": body, "content_type": media_type, "fields": fields(stage, authorization)}
    response = stage.send(stage.provider.http, "POST", path, written(stage, drawn[:1]), **options)
    judge_program(stage, path, response)
    if response.status_code == 200:
        stage.renew()


@examples(60)
@given(st.sampled_from(PATHS), st.binary(max_size=200), st.sampled_from(TYPES), AUTHORIZATION | st.none())
def test_bodies_of_any_bytes(
    stage: Stage, path: str, body: bytes, media_type: str, authorization: bytes | None
) -> None:
    """A body that is no form is answered as an error in JSON."""
    options = {"data": body, "content_type": media_type, "fields": fields(stage, authorization)}
    response = stage.send(stage.provider.http, "POST", path, **options)
    assert response.status_code >= 400
    judge_program(stage, path, response)


@examples(80)
@given(
    pairs({"access_token": TOKENS}), AUTHORIZATION | st.none(), st.sampled_from(["GET", "POST"]), st.sampled_from(TYPES)
)
def test_userinfo_requests(
    stage: Stage, drawn: Pairs, authorization: bytes | None, method: str, media_type: str
) -> None:
    """Any way to send a token to userinfo is answered, by claims or by a challenge (RFC 6750, section 3)."""
    query, body = (b"", written(stage, drawn)) if method == "POST" else (written(stage, drawn), b"")
    options = {"data": body, "content_type": media_type, "fields": fields(stage, authorization)}
    response = stage.send(stage.provider.http, method, "/oauth/userinfo", query, **options)
    found = judge_json(stage, response)
    if response.status_code in {401, 403}:
        assert response.headers["WWW-Authenticate"].startswith("Bearer ")
    elif response.status_code == 200:
        assert found["sub"] == stage.ann.sub
