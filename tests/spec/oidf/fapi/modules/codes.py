"""Modules about the redemption of codes: by whom, with what, how often and how long."""

from datetime import timedelta

from idp.base import clock
from tests.spec.oidf import checks
from tests.spec.oidf.fapi import answers
from tests.spec.oidf.fapi.modules.registry import module
from tests.spec.oidf.fapi.party import Party
from tests.spec.oidf.fapi.suite import Suite


def take_code(suite: Suite, party: Party) -> str:
    """Go as far as the code, and return that."""
    asked = suite.request(party)
    return suite.read(suite.open(party, suite.push(party, asked)), party, asked)["code"]


@module("ensure-client-id-in-token-endpoint")
def other_name(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-client-id-in-token-endpoint: the second client's name with the first one's key is neither."""
    code = take_code(suite, suite.first)
    changes: dict[str, str | None] = {"client_id": suite.second.client_id}
    if suite.variant.has_assertions:
        changes["client_assertion"] = suite.assertion(suite.second, key=suite.first.key)
    response = suite.redeem(suite.first, code, **changes)
    checks.token_error(response, "invalid_client", "invalid_grant")


@module("ensure-holder-of-key-required")
def no_key(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-holder-of-key-required: without a proof or a certificate there is no token."""
    code = take_code(suite, suite.first)
    if suite.variant.is_dpop:
        response = suite.redeem(suite.first, code, proof=None)
        checks.token_error(response, "invalid_request", "invalid_grant", "invalid_dpop_proof")
        return
    response = suite.redeem(suite.first, code, certificate=None)
    others = ("invalid_grant",) if suite.variant.has_assertions else ()
    checks.token_error(response, "invalid_client", "invalid_request", *others)


@module("ensure-authorization-code-is-bound-to-client")
def of_another(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client: another client's code is an invalid_grant."""
    code = take_code(suite, suite.first)
    checks.token_error(suite.redeem(suite.second, code), "invalid_grant")


@module("attempt-reuse-authorization-code-after-one-second")
def reuse(suite: Suite) -> None:
    """fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second: a code is redeemed once, else its token dies."""
    outcome = suite.log_in()
    with clock.moved(timedelta(seconds=1)):
        checks.token_error(suite.redeem(suite.first, outcome.answer["code"]), "invalid_grant")
        answers.no_resource(suite.ask(outcome))


@module("ensure-token-endpoint-fails-with-expired-auth-code")
def expired(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code: after 62 seconds it is an invalid_grant."""
    code = take_code(suite, suite.first)
    with clock.moved(timedelta(seconds=62)):
        checks.token_error(suite.redeem(suite.first, code), "invalid_grant")


@module("ensure-pkce-code-verifier-required", "incorrect-pkce-code-verifier-rejected")
def verifiers(suite: Suite) -> None:
    """fapi2-security-profile-final-ensure-pkce-code-verifier-required, -incorrect-pkce-code-verifier-rejected: the verifier is the one that
    the challenge was made of.
    """
    code = take_code(suite, suite.first)
    verifier = "another-verifier-of-the-suite-which-is-long-enough" if "incorrect" in suite.module else None
    checks.token_error(suite.redeem(suite.first, code, code_verifier=verifier), "invalid_grant")
