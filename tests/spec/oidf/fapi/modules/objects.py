"""Modules of signed requests (FAPI 2.0 Message Signing, section 5.3.1)."""

from typing import Any

from idp.base import clock
from tests.spec.oidf.fapi import answers
from tests.spec.oidf.fapi.modules.possession import broken, unsigned
from tests.spec.oidf.fapi.modules.pushing import STRANGE_URI
from tests.spec.oidf.fapi.modules.registry import module
from tests.spec.oidf.fapi.suite import Suite

MINUTES = 60
OTHER = "https://other.example"


@module(
    "ensure-request-object-with-multiple-aud-succeeds",
    "ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
)
def good(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-request-object-with-multiple-aud-succeeds, -with-nbf-8-seconds-in-the-future-is-accepted: an
    object may be for others, too, and its clock ahead a little.
    """
    asked = suite.request(suite.first)
    is_ahead = "nbf-8" in suite.module
    changes: dict[str, Any] = {"nbf": clock.timestamp() + 8} if is_ahead else {"aud": [suite.issuer, OTHER]}
    pushed = suite.push(suite.first, asked, request=suite.sign(suite.first, asked, **changes))
    suite.complete(suite.first, asked, suite.open(suite.first, pushed))


# What is wrong with an object; a number is in seconds from now.
BAD: dict[str, dict[str, Any]] = {
    "ensure-request-object-without-exp-fails": {"exp": None},
    "ensure-request-object-without-nbf-fails": {"nbf": None},
    "ensure-request-object-with-bad-aud-fails": {"aud": OTHER},
    "ensure-request-object-with-exp-over-60-fails": {"exp": 70 * MINUTES},
    "ensure-request-object-with-nbf-over-60-fails": {"nbf": -70 * MINUTES},
    "ensure-expired-request-object-fails": {"exp": -5 * MINUTES},
    "par-authorization-request-containing-request_uri": {"request_uri": STRANGE_URI},
}


@module(*BAD)
def bad_claims(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-request-object-{without-exp,without-nbf,with-bad-aud,with-exp-over-60,with-nbf-over-60}-fails,
    -ensure-expired-request-object-fails, -par-authorization-request-containing-request_uri: each is an invalid_request_object.
    """
    (changes,) = [changes for name, changes in BAD.items() if suite.module.endswith(f"final-{name}")]
    now = clock.timestamp()
    moved = {name: now + value if isinstance(value, int) else value for name, value in changes.items()}
    refuse(suite, suite.sign(suite.first, suite.request(suite.first), **moved))


@module(
    "ensure-request-object-signature-algorithm-is-not-none",
    "ensure-request-object-with-invalid-signature-fails",
    "ensure-signed-request-object-with-RS256-fails",
    "ensure-matching-key-in-authorization-request",
)
def bad_signatures(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-request-object-{signature-algorithm-is-not-none,with-invalid-signature-fails},
    -ensure-signed-request-object-with-RS256-fails, -ensure-matching-key-in-authorization-request: it is the client's, by PS256.
    """
    asked = suite.request(suite.first)
    token = suite.sign(suite.first, asked)
    if "RS256" in suite.module:
        token = suite.sign(suite.first, asked, alg="RS256")
    elif "matching-key" in suite.module:
        token = suite.sign(suite.first, asked, key=suite.second.key)
    elif "not-none" in suite.module:
        token = unsigned(token)
    else:
        token = broken(token)
    refuse(suite, token)


@module("ensure-unsigned-request-at-par-endpoint-fails")
def not_signed(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-unsigned-request-at-par-endpoint-fails: parameters that nobody signed are an invalid_request."""
    form = {**suite.request(suite.first)} | suite.authenticate(suite.first)
    answers.not_pushed(suite.push_form(suite.first, form), "invalid_request")


def refuse(suite: Suite, token: str) -> None:
    """Push an object, and have it refused."""
    response = suite.push(suite.first, suite.request(suite.first), request=token)
    answers.not_pushed(response, "invalid_request_object")
