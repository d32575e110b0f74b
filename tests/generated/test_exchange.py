"""Token exchange requests that nobody thought of (RFC 8693): each is answered in JSON, and what is issued is never good for more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.clients.metadata import TOKEN_EXCHANGE
from tests.factories import Client
from tests.generated.judging import judge_json
from tests.generated.stage import EVERY_SCOPE, Stage
from tests.generated.texts import changed, examples, pairs, written
from tests.spec.rfc8693.exchanging import TYPES, Scene

FORM = "application/x-www-form-urlencoded"
TOKENS = ("@access_token", "@own_access_token", "@refresh_token", "@id_token", "@code", "@logout_token", "@assertion")
KINDS = tuple(f"{TYPES}{kind}" for kind in ("access_token", "refresh_token", "id_token", "jwt", "saml2"))
KNOWN = {
    "grant_type": (TOKEN_EXCHANGE, "refresh_token"),
    "subject_token": TOKENS,
    "subject_token_type": KINDS,
    "actor_token": TOKENS,
    "actor_token_type": KINDS,
    "requested_token_type": KINDS,
    "audience": ("generated-exchanger", "generated-shop", "http://127.0.0.1:5000", "unknown"),
    "resource": ("http://127.0.0.1:5000", "https://api.example/"),
    "scope": ("openid", "openid email", "unknown", "offline_access"),
    "authorization_details": ("[]", '[{"type":"x"}]'),
}
ALLOWED = {"openid", "email"}


@pytest.fixture(scope="module")
def exchanger(stage: Stage) -> Client:
    """A client that may exchange the shop's tokens for ones with two scopes."""
    grants = ["client_credentials", TOKEN_EXCHANGE]
    made = stage.provider.client(
        client_id="generated-exchanger", grant_types=grants, redirect_uris=[], scope=EVERY_SCOPE
    )
    for audience in ("", made.client_id):
        Scene(stage.provider, stage.shop, made, made).allow(audience=audience, scope=" ".join(ALLOWED))
    return made


@examples(120)
@given(st.sampled_from(TOKENS), st.sampled_from(KINDS), pairs(KNOWN), st.sampled_from([False] * 4 + [True]))
def test_any_exchange(
    stage: Stage, exchanger: Client, token: str, kind: str, drawn: list[tuple[str, str, str]], repeats: bool
) -> None:
    """Any parameters, changed, repeated or written wrongly, with a token of any kind: no surprise, and no scope beyond the rule's."""
    base = exchanger.post() | {"grant_type": TOKEN_EXCHANGE, "subject_token": token, "subject_token_type": kind}
    body = written(stage, changed(base, drawn, repeats=repeats))
    answer = judge_json(stage, stage.send(stage.provider.http, "POST", "/oauth/token", data=body, content_type=FORM))
    if "access_token" in answer:
        assert set(answer.get("scope", "").split()) <= ALLOWED
        assert not {"refresh_token", "id_token"} & answer.keys()


def test_a_good_one_is_among_them(stage: Stage, exchanger: Client) -> None:
    """What all of these are changes to is a good request."""
    form = exchanger.post() | {"grant_type": TOKEN_EXCHANGE, "subject_token_type": f"{TYPES}access_token"}
    form |= {"subject_token": stage.tokens["access_token"]}
    assert "access_token" in stage.provider.http.post("/oauth/token", data=form).json
