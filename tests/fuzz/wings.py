"""Targets for what the wings of the protocol read: proofs and certificates, pushed requests, devices, APIs, details, exchange, news."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, quote_from_bytes, urlencode
from uuid import uuid4

from idp.base import clock
from idp.clients.metadata import TOKEN_EXCHANGE
from idp.details import definition as details
from idp.details import wording
from idp.fedcm import reading
from idp.oauth import response_modes, rich_requests
from idp.oauth.constraint import certificates
from idp.oauth.device import user_codes
from idp.resources import naming
from idp.signals import configuration, identifiers
from tests.factories import Client, request
from tests.fuzz.writing import over, sign
from tests.generated.judging import judge, judge_json
from tests.generated.stage import EVERY_SCOPE, Stage
from tests.keys.strangers import jwk
from tests.spec.rfc8693.exchanging import Scene

FORM = "application/x-www-form-urlencoded"
TYPES = "urn:ietf:params:oauth:token-type:"
CERTIFICATE = (  # a small one of nobody's, with an EC key
    b":MIIBBDCBq6ADAgECAgEBMAoGCCqGSM49BAMCMAwxCjAIBgNVBAMMAWEwHhcNMjQwMTAxMDAwMDAwWhcNMzQwMTAxMDAwMDAwWjAMMQowCAYDVQ"
    b"QDDAFhMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEc2MqmhR4gd2fEXLnYUTBMOyaY1KwQZmuekt4R4ovGJJ7HUrQrllq1iqhy4w1w8dgGpNB"
    b"fcwhHyCgmFVONA3sGzAKBggqhkjOPQQDAgNIADBFAiByOzUgiPQA21HIovzAD3hl1+hiiNgF7dCKyGO82s0o4QIhAOaOX7MBfTHiPGTB9XxRZz"
    b"5/fSxMOLtmLvXn2tBftV5e:"
)
CHANGED: dict[str, Any] = {"type": "payment", "amount": {"value": "1"}, "actions": ["a", 1, None, True]}
SUBJECTS = (
    {"format": "iss_sub", "iss": "http://127.0.0.1:5000", "sub": "x"},
    {"format": "email", "email": "ann@example.org"},
    {"format": "complex", "user": {"format": "email", "email": "ann@example.org"}},
)
STREAMS: tuple[dict[str, Any], ...] = (
    {"delivery": {"method": "urn:ietf:rfc:8935", "endpoint_url": "https://a.example/x", "authorization_header": "Bearer x"}},
    {"delivery": {"method": "urn:ietf:rfc:8936"}, "events_requested": ["a"], "description": "A", "format": "email"},
    {"status": "paused", "reason": "x", "state": "x"},
)  # fmt: skip


def proof(stage: Stage, data: bytes) -> None:
    """The header of a DPoP proof and changes to its claims, signed as the header says."""
    address, now = f"{stage.provider.issuer}/oauth/token", clock.now().timestamp()
    sent = sign({"jti": uuid4().hex, "htm": "POST", "htu": address, "iat": now}, data)
    field = sent.encode("latin-1", "replace").replace(b"\n", b"").replace(b"\r", b"")
    form = stage.shop.post() | {"grant_type": "client_credentials"}
    judge_json(stage, stage.send(stage.provider.http, "POST", "/oauth/token", data=form, fields={"DPoP": field}))


def certificate(_stage: Stage, data: bytes) -> None:
    """A certificate as a proxy tells it (RFC 9440), as it came or with bytes of its own."""
    found = certificates._parse(data.decode("latin-1"))
    assert found is None or found.public_key() is not None


def pushed(stage: Stage, data: bytes) -> None:
    """Changes to a good pushed request, whose address is used then; and any address."""
    asked = over(request(stage.shop) | stage.shop.post(), data)
    answer = judge_json(stage, stage.send(stage.provider.http, "POST", "/oauth/par", data=asked, content_type=FORM))
    address = str(answer["request_uri"]).encode() if "request_uri" in answer else data
    query = (
        urlencode({"client_id": stage.shop.client_id}).encode() + b"&request_uri=" + quote_from_bytes(address).encode()
    )
    judge(stage, stage.send(stage.signed_in.http, "GET", "/oauth/authorize", query))


def user_code(stage: Stage, data: bytes) -> None:
    """What somebody types for a device, or a link brings; and changes to the request of a device."""
    typed = user_codes.read(data.decode("utf-8", "surrogateescape"))
    assert typed is None or (len(typed) == user_codes.LENGTH and set(typed) <= set(user_codes.LETTERS))
    assert typed is None or user_codes.read(user_codes.show(typed)) == typed
    judge(stage, stage.send(stage.signed_in.http, "GET", "/device", b"user_code=" + quote_from_bytes(data).encode()))
    form = over(stage.shop.post(), data)
    judge_json(stage, stage.send(stage.provider.http, "POST", "/oauth/device", data=form, content_type=FORM))


def resource(stage: Stage, data: bytes) -> None:
    """Resources, one in each line: as one text they are the same when they are read again."""
    values = data.decode("utf-8", "surrogateescape").split("\n")
    named = naming.split(naming.join(values))
    assert all(one == naming.MALFORMED or one in values for one in named)
    assert naming.join(named) == naming.join(values)
    query = urlencode(request(stage.shop)).encode()
    query += b"".join(b"&resource=" + quote_from_bytes(line).encode() for line in data.split(b"\n"))
    judge(stage, stage.send(stage.signed_in.http, "GET", "/oauth/authorize", query))


def detail(stage: Stage, data: bytes) -> None:
    """Authorization details, and in the lines before them a JSON Schema and words with places."""
    schema, _, rest = data.partition(b"\n")
    words, _, text = rest.partition(b"\n")
    found = rich_requests.parse(text.decode("utf-8", "surrogateescape")) or []
    places = words.decode("utf-8", "replace")
    with suppress(ValueError, RecursionError):
        kind = details.Definition("payment", words=places, json_schema=json.loads(schema))
        with stage.provider.app.app_context():
            is_good = isinstance(kind.json_schema, dict) and not details.check(kind)
        for one in found if is_good else []:
            fault = kind.find_fault(one)
            assert fault is None or isinstance(fault, str)
    for one in found:
        assert json.loads(json.dumps(one)) == one
        assert all(isinstance(piece, str) for piece, _is_told in wording.fill(places, one))
        assert rich_requests.is_within(one, one)
    query = urlencode(request(stage.shop)).encode() + b"&authorization_details=" + quote_from_bytes(text).encode()
    judge(stage, stage.send(stage.signed_in.http, "GET", "/oauth/authorize", query))


def exchange(stage: Stage, data: bytes) -> None:
    """Changes to a good token exchange."""
    form = _exchanger(stage).post() | {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": stage.tokens["access_token"],
        "subject_token_type": f"{TYPES}access_token",
    }
    body = over(form, data)
    judge_json(stage, stage.send(stage.provider.http, "POST", "/oauth/token", data=body, content_type=FORM))


def browser_form(_stage: Stage, data: bytes) -> None:
    """What browsers send for FedCM: a wish in known words, or malformed."""
    form = parse_qs(data.decode("utf-8", "replace"), keep_blank_values=True)
    with suppress(reading.Malformed):
        wish = reading.read_wish(form)
        assert wish.disclosed <= reading.EVERYTHING
        assert all(isinstance(value, str) for value in wish.parameters.values())
    with suppress(reading.Malformed):
        assert all(reading.read_disconnection(form))


def news(stage: Stage, data: bytes) -> None:
    """What receivers of news send: a stream's configuration, its status and state, and whom they mean."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return
    with stage.provider.app.app_context():
        with suppress(identifiers.Malformed):
            assert all(identifiers.read(document, 255))
        if not isinstance(document, dict):
            return
        for read in (configuration.read, configuration.read_status, configuration.read_state):
            with suppress(configuration.Invalid):
                read(document)


def response_mode(stage: Stage, data: bytes) -> None:
    """Names of response modes, and before them a response type: no token is ever put into a query."""
    kind, _, name = data.decode("utf-8", "surrogateescape").partition("\n")
    with stage.provider.app.app_context():
        mode = response_modes.of(name, kind)
        assert mode in response_modes.MODES
        assert mode != response_modes.JWT
        assert response_modes.is_allowed(mode, kind)
    query = urlencode(request(stage.shop)).encode() + b"&response_mode=" + quote_from_bytes(data).encode()
    judge(stage, stage.send(stage.signed_in.http, "GET", "/oauth/authorize", query))


Target = Callable[[Stage, bytes], None]
TARGETS: tuple[Target, ...] = (
    proof, certificate, pushed, user_code, resource, detail, exchange, browser_form, news, response_mode,
)  # fmt: skip
NAMES = frozenset(target.__name__ for target in TARGETS)


def seeds(stage: Stage, name: str) -> list[bytes]:
    """Return what a target begins with."""
    header = json.dumps({"alg": "ES256", "typ": "dpop+jwt", "jwk": jwk("ES256", kid=None)}).encode()
    wish = {
        "client_id": "x",
        "account_id": "y",
        "disclosure_text_shown": "true",
        "fields": "name,email",
        "params": '{"nonce":"n"}',
    }
    found: dict[str, list[bytes]] = {
        "proof": [header + b"\n" + json.dumps(claims).encode() for claims in ({}, {"nonce": "x"}, {"ath": "x"}, {"iat": 1.5})],
        "certificate": [CERTIFICATE, b"::", b":AA==:"],
        "pushed": [b"", b"request=a.b.c", b"dpop_jkt=x", b"resource=https%3A%2F%2Fa.example%2F", b"urn:ietf:params:oauth:request_uri:x"],
        "user_code": [b"WDJB-MJHT", b"wdjb mjht", b"scope=openid"],
        "resource": [stage.provider.issuer.encode(), b"https://a.example/\nurn:a:b", b"https://a.example/#f\n\n?"],
        "detail": [b'{"type":"object","properties":{"actions":{"pattern":"^a+$"}}}\n{amount.value} to {actions.0}\n'
                   + json.dumps([CHANGED]).encode()],
        "exchange": [b"", urlencode({"subject_token": stage.tokens["id_token"], "subject_token_type": f"{TYPES}id_token"}).encode(),
                     urlencode({"actor_token": stage.tokens["own_access_token"], "actor_token_type": f"{TYPES}access_token"}).encode()],
        "browser_form": [urlencode(wish).encode(), b"client_id=x&account_hint=y"],
        "news": [json.dumps(one).encode() for one in (*SUBJECTS, *STREAMS)],
        "response_mode": [f"{kind}\n{mode}".encode() for kind in ("code", "code id_token") for mode in response_modes.MODES],
    }  # fmt: skip
    return found[name]


def words(name: str) -> list[str]:
    """Return what a target's input is made of."""
    if name in {"pushed", "exchange", "user_code", "browser_form"}:
        return [f"&{parameter}=" for parameter in _PARAMETERS]
    more = (
        "htm",
        "htu",
        "ath",
        "nonce",
        "jwk",
        "payment",
        "$ref",
        "pattern",
        "properties",
        "anyOf",
        "urn:ietf:rfc:8936",
        "endpoint_url",
    )
    return [*more, *(f'"{one}"' for one in more), *response_modes.MODES, *EVERY_SCOPE.split()]


_PARAMETERS = (
    "audience", "resource", "subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type", "scope",
    "request", "request_uri", "dpop_jkt", "authorization_details", "response_mode", "acr_values", "max_age", "prompt", "claims",
    "fields", "params", "disclosure_text_shown", "disclosure_shown_for", "account_hint", "account_id", "nonce", "client_id",
)  # fmt: skip


def _exchanger(stage: Stage) -> Client:
    """Return a client that exchanges the shop's tokens."""
    if "generated-exchanger" not in stage.clients:
        grants = {"grant_types": ["client_credentials", TOKEN_EXCHANGE], "redirect_uris": [], "scope": EVERY_SCOPE}
        made = stage.provider.client(client_id="generated-exchanger", **grants)
        stage.clients[made.client_id] = made
        Scene(stage.provider, stage.shop, made, made).allow(audience="", scope="openid")
    return stage.clients["generated-exchanger"]
