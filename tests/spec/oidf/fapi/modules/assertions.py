"""Modules about assertions (private_key_jwt): at the token endpoint, and where requests are pushed."""

from typing import Any

from idp.base import clock
from tests.spec.oidf import checks
from tests.spec.oidf.fapi import answers
from tests.spec.oidf.fapi.modules.codes import take_code
from tests.spec.oidf.fapi.modules.registry import module
from tests.spec.oidf.fapi.suite import Suite

ERRORS = ("invalid_client", "invalid_request")


@module(
    "ensure-signed-client-assertion-with-RS256-fails",
    "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails",
    "ensure-client-assertion-with-wrong-aud-fails",
    "ensure-client-assertion-with-no-sub-fails",
)
def bad_at_token_endpoint(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails,
    -ensure-client-assertion-with-exp-is-5-minutes-in-past-fails,
    -with-wrong-aud-fails, -with-no-sub-fails: none of them proves the client, and the code is good still.
    """
    code = take_code(suite, suite.first)
    (changes,) = [changes for name, changes in _bad(suite).items() if name in suite.module]
    response = suite.redeem(suite.first, code, client_assertion=suite.assertion(suite.first, **changes))
    checks.token_error(response, "invalid_client")
    assert suite.redeem(suite.first, code).status_code == 200


def _bad(suite: Suite) -> dict[str, dict[str, Any]]:
    return {
        "with-RS256": {"alg": "RS256"},
        "exp-is-5-minutes": {"exp": clock.timestamp() - 300},
        "wrong-aud": {"aud": "https://other.example"},
        "no-sub": {"sub": None},
        "array-as-audience": {"aud": [suite.issuer, "https://other.example"]},
        "par-endpoint-url": {"aud": suite.document["pushed_authorization_request_endpoint"]},
        "token-endpoint-url": {"aud": suite.document["token_endpoint"]},
    }


@module("ensure-client-assertion-in-token-endpoint")
def none_at_token_endpoint(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint: a name alone proves no client."""
    code = take_code(suite, suite.first)
    nothing = {"client_assertion": None, "client_assertion_type": None, "client_id": suite.first.client_id}
    checks.token_error(suite.redeem(suite.first, code, **nothing), *ERRORS)


@module(
    "par-test-array-as-audience-fails",
    "par-test-par-endpoint-url-as-audience-fails",
    "par-test-token-endpoint-url-as-audience-fails",
)
def audiences(suite: Suite) -> None:
    """fapi2-security-profile-final-par-test-{array,par-endpoint-url,token-endpoint-url}-as-audience-fails: it is the issuer, as a text."""
    (changes,) = [changes for name, changes in _bad(suite).items() if name in suite.module]
    assertion = suite.assertion(suite.first, **changes)
    answers.not_pushed(suite.push(suite.first, suite.request(suite.first), client_assertion=assertion), *ERRORS)


@module("par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted")
def ahead(suite: Suite) -> None:
    """fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted: clocks may differ."""
    soon = clock.timestamp() + 8
    asked = suite.request(suite.first)
    assertion = suite.assertion(suite.first, iat=soon, nbf=soon)
    pushed = suite.push(suite.first, asked, client_assertion=assertion)
    suite.complete(suite.first, asked, suite.open(suite.first, pushed))


@module("par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails")
def far_ahead(suite: Suite) -> None:
    """fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails: not by a minute."""
    later = clock.timestamp() + 62
    assertion = suite.assertion(suite.first, iat=later, nbf=later, exp=later + 60)
    answers.not_pushed(suite.push(suite.first, suite.request(suite.first), client_assertion=assertion), *ERRORS)
