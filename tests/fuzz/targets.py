"""What coverage-guided fuzzing is let loose on: functions of any bytes, and the bytes with which each begins."""

import base64
import json
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

from idp import keys
from idp.clients.metadata import Metadata
from idp.keys import jose
from idp.oauth import claims_request
from idp.oauth.client_documents import reading as documents
from tests.answers import parameters
from tests.factories import CALLBACK, VERIFIER, request
from tests.fuzz import wings
from tests.fuzz.wire import WIRE_WORDS, wire, wire_seeds
from tests.fuzz.writing import over, sign
from tests.generated.judging import judge, judge_json
from tests.generated.stage import EVERY_SCOPE, SIGNED_OUT, Stage
from tests.generated.test_authorization import KNOWN
from tests.generated.test_authorization import SIGN_OUT as SIGN_OUT_KNOWN
from tests.generated.test_programs import KNOWN as PROGRAM_KNOWN
from tests.generated.test_token_kinds import ASKED, CLAIMS, MEMBERS
from tests.keys.strangers import ALL, SECRET, jwk, parsed, signed

FORM = "application/x-www-form-urlencoded"
DOCUMENT = {"client_id": "https://rp.example/client.json", "redirect_uris": [CALLBACK]}
PROGRAMS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/userinfo")
NAMED = {**PROGRAM_KNOWN, **SIGN_OUT_KNOWN, **KNOWN}
MORE = (
    "keys",
    "kty",
    "crv",
    "x",
    "y",
    "n",
    "e",
    "use",
    "key_ops",
    "essential",
    "value",
    "values",
    "userinfo",
    "id_token",
    "\\u0000",
    "\\ud800",
)
OURS = (signed("ES256", kid=None), signed("EdDSA", kid=None))
STRANGERS = parsed(*(jwk(name, kid=None) for name in ("RS256", "ES256", "EdDSA")))


def authorization(stage: Stage, data: bytes) -> None:
    """Changes to a good authorization request, by GET or POST, from somebody signed in or not, and the page that it leads to."""
    browser = stage.signed_in if data[:1] < b"a" else stage.signed_out
    text = over(request(stage.shop), data[1:])
    if data[:1] in b"Bb":
        response = stage.send(browser.http, "POST", "/oauth/authorize", data=text, content_type=FORM)
    else:
        response = stage.send(browser.http, "GET", "/oauth/authorize", text)
    judge(stage, response)
    if response.headers.get("Location", "").startswith("/"):
        judge(stage, browser.get(response.headers["Location"]))


def program(stage: Stage, data: bytes) -> None:
    """Changes to a form of a token, revocation, introspection or userinfo request, and before them its Authorization header."""
    path = PROGRAMS[data[0] % len(PROGRAMS)] if data else PROGRAMS[0]
    field, _, body = data[1:].partition(b"\n")
    options = {
        "data": over(stage.shop.post(), body),
        "content_type": FORM,
        "fields": {"Authorization": field} if field else {},
    }
    response = stage.send(stage.provider.http, "POST", path, **options)
    if path == "/oauth/revoke" and response.status_code == 200:
        judge(stage, response)
    else:
        judge_json(stage, response)


def basic(stage: Stage, data: bytes) -> None:
    """Basic credentials, as they are or in base64."""
    field = b"Basic " + (
        base64.b64encode(data[1:]) if data[:1] < b"a" else data[1:].replace(b"\n", b"").replace(b"\r", b"")
    )
    form = {"grant_type": "client_credentials"}
    judge_json(
        stage, stage.send(stage.provider.http, "POST", "/oauth/token", data=form, fields={"Authorization": field})
    )


def client_document(stage: Stage, data: bytes) -> None:
    """The document at a client's address, whatever its host sends."""
    with stage.provider.app.app_context():
        assert isinstance(documents.read(data, str(DOCUMENT["client_id"])), Metadata | str)


def registration(stage: Stage, data: bytes) -> None:
    """The JSON of a registration; one that is good is read, replaced and deleted."""
    http, media_type = stage.provider.http, "application/json"
    response = stage.send(http, "POST", "/oauth/register", data=data, content_type=media_type)
    found = judge_json(stage, response)
    if response.status_code != 201:
        return
    path = f"/oauth/register/{found['client_id']}"
    fields = {"Authorization": f"Bearer {found['registration_access_token']}".encode()}
    assert stage.send(http, "GET", path, fields=fields).status_code == 200
    document = json.loads(data) | {"client_id": found["client_id"]}
    judge_json(stage, stage.send(http, "PUT", path, data=json.dumps(document), content_type=media_type, fields=fields))
    assert stage.send(http, "DELETE", path, fields=fields).status_code == 204


def claims(stage: Stage, data: bytes) -> None:
    """The claims parameter: read, narrowed, consented to, and told in tokens and at userinfo."""
    text = data.decode("utf-8", "surrogateescape")
    asked = claims_request.parse(text)
    if asked is not None:
        claims_request.narrow(text, frozenset({"openid", "email"}))
    query = urlencode(request(stage.shop)).encode() + b"&claims=" + quote_from_bytes(data).encode()
    response = stage.send(stage.signed_in.http, "GET", "/oauth/authorize", query)
    judge(stage, response)
    location = response.headers.get("Location", "/")
    if location.startswith("/consent"):
        judge(stage, stage.signed_in.get(location))
    code = None if location.startswith("/") else parameters(response).get("code")
    if code is not None:
        answer = judge_json(stage, stage.provider.redeem(stage.shop, code))
        judge_json(stage, stage.provider.userinfo(answer["access_token"]))


def token(stage: Stage, data: bytes) -> None:
    """Any text as a token, for all that reads one: none verifies but those that were signed rightly."""
    text = data.decode("utf-8", "surrogateescape")
    if text not in OURS:
        assert jose.verify(text, STRANGERS, [*ALL, "HS256", "none"]) is None or text in stage.tokens.values()
    assert jose.verify_hmac(text, SECRET, ["HS256", "none"]) is None
    jose.read_header(text)
    jose.is_timely(jose.read_unsigned(text) or {}, leeway=timedelta())
    with stage.provider.working():
        assert keys.verify(text, issuer=stage.provider.issuer) is None or text in stage.tokens.values()
    field = {"Authorization": b"Bearer " + data.replace(b"\n", b"").replace(b"\r", b"")}
    judge_json(stage, stage.send(stage.provider.http, "GET", "/oauth/userinfo", fields=field))
    query = b"id_token_hint=" + quote_from_bytes(data).encode()
    judge(stage, stage.send(stage.signed_out.http, "GET", "/oauth/logout", query))


def key_set(_stage: Stage, data: bytes) -> None:
    """The JSON of a key set."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    found = jose.parse_jwks(document)
    fetched = jose.read_jwks(document)
    assert isinstance(found, str) or len(found) == len(fetched)
    assert isinstance(found, str) or all(key.algorithms for key in found)


def assertion(stage: Stage, data: bytes) -> None:
    """The header of a client assertion and changes to its claims, rightly signed."""
    token = sign(stage.assertion_claims("generated-keyed"), data)
    form = stage.asserted(token) | {"grant_type": "client_credentials"}
    judge_json(stage, stage.send(stage.provider.http, "POST", "/oauth/token", data=form))


def request_object(stage: Stage, data: bytes) -> None:
    """The header of a request object and changes to its claims, rightly signed."""
    query = urlencode(request(stage.shop) | {"request": sign(stage.object_claims(), data)}).encode()
    response = stage.send(stage.signed_in.http, "GET", "/oauth/authorize", query)
    judge(stage, response)
    if response.headers.get("Location", "").startswith("/"):
        judge(stage, stage.signed_in.get(response.headers["Location"]))


def sign_out(stage: Stage, data: bytes) -> None:
    """Changes to a good sign-out request."""
    hint = {"id_token_hint": stage.tokens["id_token"], "post_logout_redirect_uri": SIGNED_OUT, "state": "s"}
    judge(stage, stage.send(stage.signed_out.http, "GET", "/oauth/logout", over(hint, data)))


Target = Callable[[Stage, bytes], None]
TABLE: dict[str, Target] = {
    target.__name__: target
    for target in (
        authorization,
        program,
        basic,
        registration,
        client_document,
        claims,
        token,
        key_set,
        assertion,
        request_object,
        sign_out,
        wire,
        *wings.TARGETS,
    )
}


def seeds(stage: Stage, name: str) -> list[bytes]:
    """Return what a target begins with: good input, from which coverage leads on."""
    if name in wings.NAMES:
        return wings.seeds(stage, name)
    code = {"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    tokens = {
        "token": stage.tokens["access_token"],
        "access_token": "x",
        "grant_type": "refresh_token",
        "refresh_token": "x",
    }
    forms = [urlencode(form).encode() for form in (code, tokens, stage.asserted(stage.tokens["assertion"]))]
    registered: dict[str, Any] = {
        "redirect_uris": [CALLBACK],
        "client_name": "A",
        "jwks": {"keys": [jwk("ES256")]},
        "scope": EVERY_SCOPE,
    }
    found: dict[str, list[bytes]] = {
        "authorization": [flag + change for flag in (b"A", b"B", b"a", b"b") for change in (b"", b"max_age=1&prompt=none", b"display=1")],
        "program": [bytes([at]) + b"\n" + form for at in range(4) for form in forms],
        "basic": [b"A" + f"{stage.shop.client_id}:{stage.shop.secret}".encode(), b"aZ2VuZXJhdGVkLXNob3A6YQ=="],
        "registration": [json.dumps(registered | more).encode() for more in _MEMBERS],
        "client_document": [json.dumps(DOCUMENT | more).encode() for more in _MEMBERS],
        "claims": [b'{"userinfo":{"email":null,"given_name":{"essential":true}},"id_token":{"acr":{"values":["1"]}}}',
                   b'{"id_token":{"sub":{"value":"x"},"auth_time":{"essential":true}}}'],
        "token": [one.encode() for one in (*stage.tokens.values(), *OURS)],
        "key_set": [json.dumps({"keys": [jwk(one) for one in ("RS256", "ES256", "EdDSA")]}).encode()],
        "assertion": [_unsigned(change) for change in ({}, {"aud": ["x"]}, {"iat": 1}, {"nbf": 1.5, "jti": "x"})],
        "request_object": [_unsigned(change) for change in ({}, {"max_age": 5}, {"claims": {"userinfo": {"email": None}}})],
        "wire": wire_seeds(),
        "sign_out": [b"", b"state=%C3%BC", b"client_id=generated-shop", b"id_token_hint=a.b.c"],
    }  # fmt: skip
    return found[name]


def words(name: str) -> list[str]:
    """Return what a target's input is made of, for libFuzzer's dictionary."""
    if name in wings.NAMES:
        return wings.words(name)
    if name == "wire":
        return WIRE_WORDS
    if name in {"authorization", "program", "sign_out", "basic"}:
        return [
            f"&{parameter}={value}"
            for parameter, known in NAMED.items()
            for value in known
            if value.isascii() and len(value) < 60
        ]
    members = [*CLAIMS, *ASKED, *MEMBERS, *(field.name for field in fields(Metadata)), *claims_request.SCOPE_OF, *MORE]
    return [*(f'"{member}"' for member in members), *members]


_MEMBERS: tuple[dict[str, Any], ...] = (
    {},
    {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "subject_type": "pairwise",
    },
    {
        "grant_types": ["implicit"],
        "response_types": ["id_token token"],
        "default_max_age": 1,
        "require_auth_time": True,
    },
    {
        "logo_uri": "https://rp.example/logo",
        "policy_uri": "https://rp.example/",
        "contacts": ["a@rp.example"],
        "request_uris": [CALLBACK],
    },
    {
        "backchannel_logout_uri": "https://rp.example/out",
        "initiate_login_uri": "https://rp.example/in",
        "application_type": "native",
    },
)


def _unsigned(claims: dict[str, Any]) -> bytes:
    return json.dumps({"alg": "ES256", "kid": "ES256"}).encode() + b"\n" + json.dumps(claims).encode()
