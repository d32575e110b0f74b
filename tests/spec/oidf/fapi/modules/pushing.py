"""Modules of requests that are refused: as they are pushed, or at the authorization endpoint."""

from datetime import timedelta

from idp.base import clock
from tests.factories import VERIFIER
from tests.spec.oidf import walking
from tests.spec.oidf.fapi import answers
from tests.spec.oidf.fapi.modules.registry import module
from tests.spec.oidf.fapi.suite import Suite

STRANGE_URI = "urn:fdc:authlete.com:E2ooXxELkEFSKR90ymYV-BbwAvCC2TozHfSb_mMCw2s"
GONE = "The application’s request has been answered already, or has expired. Go back and start again there."


@module("ensure-request-object-without-redirect-uri-fails", "ensure-redirect-uri-in-authorization-request")
def no_redirect_uri(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails, -ensure-redirect-uri-in-authorization-request: a
    request has to name its redirect URI, also of a client with one.
    """
    asked = suite.request(suite.first, redirect_uri=None)
    answers.not_pushed(suite.push(suite.first, asked), "invalid_request", "invalid_request_object")


@module("ensure-unsigned-authorization-request-without-using-par-fails")
def not_pushed(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails: a plain request is an invalid_request."""
    asked = suite.request(suite.first)
    response = suite.browser.get("/oauth/authorize", query_string=asked)
    assert suite.read(response, suite.first, asked)["error"] == "invalid_request"


@module("ensure-response-type-code-idtoken-fails", "ensure-response-type-token-fails")
def response_types(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-response-type-{code-idtoken,token}-fails: no token travels through the browser."""
    response_type = "token" if "-token-" in suite.module else "code id_token"
    asked = suite.request(suite.first, response_type=response_type)
    answers.not_pushed(suite.push(suite.first, asked), "unsupported_response_type", "invalid_request")


@module("par-ensure-pkce-required", "par-plain-pkce-rejected")
def no_challenge(suite: Suite) -> None:
    """fapi2-security-profile-final-par-ensure-pkce-required, -par-plain-pkce-rejected: the challenge is there, by S256."""
    changes: dict[str, str | None] = {"code_challenge": None, "code_challenge_method": None}
    if "plain" in suite.module:
        changes = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}
    answers.not_pushed(suite.push(suite.first, suite.request(suite.first, **changes)), "invalid_request")


@module("par-authorization-request-containing-request_uri-form-param")
def reference_pushed(suite: Suite) -> None:
    """fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param: no reference is pushed (RFC 9126, 2.1)."""
    response = suite.push(suite.first, suite.request(suite.first), request_uri=STRANGE_URI)
    answers.not_pushed(response, "invalid_request", "invalid_request_object", "request_uri_not_supported")


@module("par-attempt-invalid-http-method")
def other_method(suite: Suite) -> None:
    """fapi2-security-profile-final-par-attempt-invalid-http-method: PUT pushes nothing."""
    form = {**suite.request(suite.first)} | suite.authenticate(suite.first)
    response = suite.push_form(suite.first, form, method="PUT")
    assert response.status_code == 405
    assert "POST" in response.headers["Allow"]


@module("par-attempt-reuse-request_uri")
def reuse(suite: Suite) -> None:
    """fapi2-security-profile-final-par-attempt-reuse-request_uri: an answered reference is gone, and a page says so."""
    asked = suite.request(suite.first)
    pushed = suite.push(suite.first, asked)
    suite.complete(suite.first, asked, suite.open(suite.first, pushed))
    walking.shown(suite.open(suite.first, pushed), GONE)


@module("par-attempt-to-use-expired-request_uri")
def expired(suite: Suite) -> None:
    """fapi2-security-profile-final-par-attempt-to-use-expired-request_uri: after expires_in a reference is gone."""
    pushed = suite.push(suite.first, suite.request(suite.first))
    with clock.moved(timedelta(seconds=pushed.json["expires_in"] + 1)):
        walking.shown(suite.open(suite.first, pushed), GONE)


@module("par-attempt-to-use-request_uri-for-different-client")
def of_another(suite: Suite) -> None:
    """fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client: a reference is for the client that pushed."""
    pushed = suite.push(suite.first, suite.request(suite.first))
    walking.shown(suite.open(suite.second, pushed), GONE)
