"""Modules in which everything goes well, and those of requests that a provider has to bear."""

import json
import secrets
from html import unescape

from tests.forms import FORM, hidden_fields
from tests.spec.oidf import checks, walking
from tests.spec.oidf.fapi import answers
from tests.spec.oidf.fapi.modules.registry import module
from tests.spec.oidf.fapi.suite import Suite
from tests.spec.rfc9449 import proving

CUSTOMER = ("x-fapi-customer-ip-address", "2001:db8::1893:25c8:1946")
ACCEPTED = ("application/json;charset=UTF-8", "application/json, application/*+json, */*")


@module("happy-flow")
def happy(suite: Suite) -> None:
    """fapi2-security-profile-final-happy-flow: two clients, the whole way; a token is good in no query, and by its own key alone."""
    checks_of_keys(suite)
    first = suite.log_in()
    token = first.access_token
    answers.no_resource(suite.send(suite.resource, method="GET", query=f"?access_token={token}"))
    for accept in ACCEPTED:
        answers.resource(suite.ask(first, headers=[CUSTOMER, ("Accept", accept)]))
    bound = {"dpop_jkt": proving.thumbprint("ES256", suite.possessions[suite.second.client_id])}
    nonce = {"nonce": secrets.token_urlsafe(32)} if suite.variant.is_openid else {}
    second = suite.log_in(suite.second, **nonce, **(bound if suite.variant.is_dpop else {}))
    second.party = suite.first
    answers.no_resource(suite.ask(second))


def checks_of_keys(suite: Suite) -> None:
    """Every published key has a `kid` of its own, and nothing private."""
    keys = suite.provider.http.get("/.well-known/jwks.json").json["keys"]
    assert len({each["kid"] for each in keys}) == len(keys)
    assert not [each for each in keys if each.keys() & checks.PRIVATE_MEMBERS]


@module("user-rejects-authentication")
def rejection(suite: Suite) -> None:
    """fapi2-security-profile-final-user-rejects-authentication: whoever denies sends the client access_denied, with its state."""
    for party in (suite.first, suite.second):
        # People are asked once; this one is asked again.
        asked = suite.request(party, state=secrets.token_urlsafe(96), prompt="consent")
        pushed = suite.push(party, asked)
        answers.pushed(pushed)
        page = suite.browser.get(suite.address(party, pushed))
        while not walking.is_consent(page):
            page = suite.browser.get(page.location)
        denied = suite.read(walking.submit(page, suite.browser, decision="deny"), party, asked)
        assert denied["error"] == "access_denied"
        assert denied.keys() <= {"error", "error_description", "error_uri", "state"}
        checks.description(denied)
    cancelled(suite)


def cancelled(suite: Suite) -> None:
    """The other button that the module may press: the one on the sign-in page, before anybody is signed in."""
    asked = suite.request(suite.first, state=secrets.token_urlsafe(96))
    browser = suite.provider.browser()
    page = browser.get(browser.get(suite.address(suite.first, suite.push(suite.first, asked))).location)
    form = next(form for form in FORM.findall(page.text) if "/signin/cancel" in form)
    action = unescape(form.partition('action="')[2].partition('"')[0])
    denied = suite.read(browser.http.post(action, data=hidden_fields(form)), suite.first, asked)
    assert denied["error"] == "access_denied"


@module("ensure-authorization-request-without-state-success")
def without_state(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-authorization-request-without-state-success: no state, no state in the answer, no s_hash."""
    assert "state" not in suite.log_in(state=None).answer


@module("ensure-authorization-request-without-nonce-success")
def without_nonce(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-authorization-request-without-nonce-success: no nonce, and none in the ID token."""
    assert "nonce" not in suite.log_in(nonce=None).claims


@module("ensure-authorization-request-with-64-char-nonce-success", "ensure-authorization-request-with-long-nonce")
def long_nonce(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success, -with-long-nonce: it comes back whole."""
    nonce = secrets.token_hex(32 if "64-char" in suite.module else 192)
    assert suite.log_in(nonce=nonce).claims["nonce"] == nonce


@module("ensure-authorization-request-with-long-state")
def long_state(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-authorization-request-with-long-state: a thousand characters come back whole."""
    state = secrets.token_hex(500)
    assert suite.log_in(state=state).answer["state"] == state


@module("ensure-other-scope-order-succeeds")
def scope_order(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-other-scope-order-succeeds: `openid` may be the last of the scopes."""
    suite.log_in(scope="phone address email profile openid")


@module("test-claims-parameter-identity-claims")
def claims_parameter(suite: Suite) -> None:
    """fapi2-security-profile-final-test-claims-parameter-identity-claims: each claim comes where it was asked for, in whatever form."""
    assert suite.document["claims_parameter_supported"] is True
    supported = [name for name in suite.document["claims_supported"] if name in checks.STANDARD_CLAIMS]
    assert {*supported} >= {"name", "email", "address", "phone_number", "birthdate"}
    forms: list[object] = [None, {"essential": True}, {"essential": False}, {"unknown": "member"}]
    wanted = {name: forms[number % len(forms)] for number, name in enumerate(supported)}
    asked = {"id_token": wanted, "userinfo": wanted, secrets.token_hex(5): {secrets.token_hex(5): None}}
    outcome = suite.log_in(claims=json.dumps(asked))
    told = checks.userinfo(suite.ask(outcome), outcome.claims["sub"])
    checks.standard(outcome.claims)
    assert {*supported} <= told.keys()
    assert {*supported} <= outcome.claims.keys()


@module("access-token-type-header-case-sensitivity")
def scheme_case(suite: Suite) -> None:
    """fapi2-security-profile-final-access-token-type-header-case-sensitivity: the scheme is good in any case (RFC 9110, section 11.1)."""
    outcome = suite.log_in()
    for scheme in (outcome.tokens["token_type"].swapcase(), outcome.tokens["token_type"].lower()):
        answers.resource(suite.ask(outcome, scheme))


@module(
    "ensure-different-nonce-inside-and-outside-request-object",
    "ensure-different-state-inside-and-outside-request-object",
    "state-only-outside-request-object-not-used",
)
def outside(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-different-{nonce,state}-inside-and-outside-request-object and
    -state-only-outside-request-object-not-used: what stands beside the reference does not count.
    """
    changes = {"state": None} if "only-outside" in suite.module else {}
    asked = suite.request(suite.first, **changes)
    beside = {"response_type": "code", "scope": asked["scope"]}
    beside |= {"nonce": "outside"} if "-nonce-" in suite.module else {"state": "outside"}
    outcome = suite.complete(suite.first, asked, suite.open(suite.first, suite.push(suite.first, asked), **beside))
    assert outcome.answer.get("state") == asked.get("state")


@module("par-without-duplicate-parameters")
def reference_alone(suite: Suite) -> None:
    """fapi2-security-profile-final-par-without-duplicate-parameters: client_id and request_uri are enough (RFC 9101, section 5)."""
    asked = suite.request(suite.first)
    pushed = suite.push(suite.first, asked)
    assert suite.address(suite.first, pushed).count("=") == 2
    suite.complete(suite.first, asked, suite.open(suite.first, pushed))


@module("par-ensure-reused-request-uri-prior-to-auth-completion-succeeds")
def opened_twice(suite: Suite) -> None:
    """fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds: a page may be opened again before."""
    asked = suite.request(suite.first)
    pushed = suite.push(suite.first, asked)
    browser = suite.provider.browser()
    for _ in range(2):
        page = suite.open(suite.first, pushed, browser)
        assert walking.is_sign_in(page)
    suite.complete(suite.first, asked, walking.sign_in(page, browser, suite.person))


@module("plain-fapi-tolerate-unregistered-redirect-uri")
def unregistered(suite: Suite) -> None:
    """fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri: it is refused as it is pushed, with the right error."""
    asked = suite.request(suite.first, redirect_uri=f"{suite.first.redirect_uri}/{secrets.token_hex(5)}")
    answers.not_pushed(suite.push(suite.first, asked), "invalid_request", "invalid_request_object")
