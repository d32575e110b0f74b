"""Modules in which everything goes well: plain sign-ins, and requests with parameters that a provider must bear."""

from urllib.parse import urlencode

from tests.factories import VERIFIER, challenge
from tests.spec.oidf import checks
from tests.spec.oidf.modules.registry import module
from tests.spec.oidf.suite import Suite
from tests.spec.oidf.walking import is_sign_in


@module("oidcc-server")
def server(suite: Suite) -> None:
    """oidcc-server: the whole way works; state and issuer, code, keys, token response, ID token and userinfo are in order."""
    checks.published_keys(suite.jwks())
    outcome = suite.log_in()
    assert outcome.claims["auth_time"] <= outcome.claims["iat"]
    if outcome.access_token is not None:
        userinfo = checks.userinfo(suite.userinfo(outcome.access_token), outcome.claims["sub"])
        assert userinfo == {"sub": outcome.claims["sub"]}, "more is told than was asked for"


@module("oidcc-idtoken-signature", "oidcc-idtoken-rs256")
def id_token_signature(suite: Suite) -> None:
    """oidcc-idtoken-signature and oidcc-idtoken-rs256: by default and when asked for, ID tokens are signed with RS256 and name the key."""
    asked = {"id_token_signed_response_alg": "RS256"} if suite.module == "oidcc-idtoken-rs256" else {}
    suite.register(**asked)
    suite.log_in()


@module("oidcc-idtoken-unsigned")
def id_token_unsigned(suite: Suite) -> None:
    """oidcc-idtoken-unsigned: `none` is not offered for ID tokens, which skips the module, and is refused at registration."""
    assert "none" not in suite.document["id_token_signing_alg_values_supported"]
    refused = suite.register_dynamically(suite.metadata(id_token_signed_response_alg="none"))
    assert refused.status_code == 400
    assert refused.json["error"] == "invalid_client_metadata"


@module("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
def without_nonce(suite: Suite) -> None:
    """oidcc-ensure-request-without-nonce-succeeds-for-code-flow: the nonce is optional where no ID token travels through the browser."""
    outcome = suite.log_in(nonce=None)
    assert "nonce" not in outcome.claims


@module("oidcc-ensure-request-without-nonce-fails")
def without_nonce_fails(suite: Suite) -> None:
    """oidcc-ensure-request-without-nonce-fails: without a nonce no ID token travels through the browser."""
    asked = suite.request(nonce=None)
    suite.refused(suite.open(asked), asked, "invalid_request")


@module("oidcc-alternate-happy-flow")
def alternate_order(suite: Suite) -> None:
    """oidcc-alternate-happy-flow: neither the order of parameters nor that of scopes matters."""
    asked = suite.request(scope="phone address email profile openid")
    reversed_order = dict(reversed(asked.items()))
    suite.complete(suite.open(reversed_order), reversed_order)


BORNE = {
    "oidcc-display-page": {"display": "page"},
    "oidcc-display-popup": {"display": "popup"},
    "oidcc-ensure-request-with-unknown-parameter-succeeds": {"extra": "foobar"},
    "oidcc-login-hint": {"login_hint": "buffy@bt.example"},
    "oidcc-ui-locales": {"ui_locales": "se"},
    "oidcc-claims-locales": {"claims_locales": "se"},
}


@module(*BORNE)
def borne(suite: Suite) -> None:
    """oidcc-display-*, -unknown-parameter-, -login-hint, -ui-locales, -claims-locales: such parameters do no harm, on our pages neither."""
    suite.log_in(**BORNE[suite.module])
    asked = suite.request(**BORNE[suite.module])
    browser = suite.provider.browser()
    assert is_sign_in(suite.open(asked, browser))


@module("oidcc-ensure-request-with-acr-values-succeeds")
def acr_values(suite: Suite) -> None:
    """oidcc-ensure-request-with-acr-values-succeeds: one of the wished classes is what the ID token says."""
    wished = suite.document["acr_values_supported"]
    outcome = suite.log_in(acr_values=" ".join(wished))
    assert outcome.claims["acr"] in wished


@module("oidcc-ensure-post-request-succeeds")
def by_post(suite: Suite) -> None:
    """oidcc-ensure-post-request-succeeds: a request may come as a posted form."""
    asked = suite.request()
    form = {"Content-Type": "application/x-www-form-urlencoded", "Referer": "https://rp.example/"}
    path = suite.at("authorization_endpoint")
    response = suite.browser.http.post(path, data=urlencode(asked), headers=form)
    suite.complete(suite.walk(response, suite.browser), asked)


@module("oidcc-ensure-request-with-valid-pkce-succeeds")
def pkce(suite: Suite) -> None:
    """oidcc-ensure-request-with-valid-pkce-succeeds: a right verifier is taken; a wrong one, or none, is not."""
    sent = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    asked = suite.request(**sent)
    code = suite.read(suite.open(asked), asked)["code"]
    checks.json_token_response(suite.redeem(suite.client, code, code_verifier=VERIFIER))
    for verifier in (None, "x" * 43):
        asked = suite.request(**sent)
        code = suite.read(suite.open(asked), asked)["code"]
        checks.token_error(suite.redeem(suite.client, code, code_verifier=verifier), "invalid_grant", "invalid_request")


@module("oidcc-server-client-secret-post")
def client_secret_post(suite: Suite) -> None:
    """oidcc-server-client-secret-post: the secret may come in the body."""
    suite.register(token_endpoint_auth_method="client_secret_post")
    suite.log_in()


@module("oidcc-response-type-missing")
def response_type_missing(suite: Suite) -> None:
    """oidcc-response-type-missing: the client is told, in the query for want of a response type that says otherwise."""
    asked = suite.request(response_type=None)
    suite.refused(suite.open(asked), asked, "invalid_request", "unsupported_response_type")
