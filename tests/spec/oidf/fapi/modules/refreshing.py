"""The module about refresh tokens."""

from datetime import timedelta

from idp.base import clock
from tests.spec.oidf import checks
from tests.spec.oidf.fapi import answers
from tests.spec.oidf.fapi.modules.registry import module
from tests.spec.oidf.fapi.party import Party
from tests.spec.oidf.fapi.suite import Outcome, Suite

LATER = {"verify_iat": False}  # whoever verifies has no clock that was moved


@module("refresh-token")
def refresh_tokens(suite: Suite) -> None:
    """fapi2-security-profile-final-refresh-token: it is good for its client alone, with both proofs, and stays good."""
    first = log_in_for_long(suite, suite.first)
    refreshed(suite, first)
    refuse_without_proofs(suite, first)
    second = log_in_for_long(suite, suite.second)
    refreshed(suite, second)
    second.party = suite.first
    answers.no_resource(suite.ask(second))
    checks.token_error(suite.refresh(suite.first, second.tokens["refresh_token"]), "invalid_grant")


def log_in_for_long(suite: Suite, party: Party) -> Outcome:
    """Log in, with a refresh token."""
    scope = f"{suite.request(party)['scope']} offline_access"
    return suite.log_in(party, scope=scope, prompt="consent")


def refreshed(suite: Suite, outcome: Outcome) -> None:
    """Refresh, use what comes of it, and refresh with the first token once more, half a minute later (Security Profile, 5.3.2.1, 9)."""
    kept = outcome.tokens["refresh_token"]
    assert "refresh_token" in suite.document["grant_types_supported"]
    for seconds in (0, 30):
        with clock.moved(timedelta(seconds=seconds)):
            response = suite.refresh(outcome.party, kept)
            assert response.status_code == 200, response.text
            body = answers.tokens(suite.variant, response)
            assert body["access_token"] != outcome.access_token
            assert ("id_token" in body) is suite.variant.is_openid
            newer = Outcome(outcome.party, outcome.asked, outcome.answer, body)
            answers.resource(suite.ask(newer))
            if suite.variant.is_openid:
                agrees(suite, outcome, newer)


def agrees(suite: Suite, outcome: Outcome, newer: Outcome) -> None:
    """The new ID token tells of the same person and sign-in (Core, section 12.2)."""
    newer.asked = newer.asked | {"nonce": outcome.asked["nonce"]}
    claims = suite.provider.verify(newer.tokens["id_token"], outcome.party.client_id, options=LATER)
    for name in ("iss", "sub", "aud", "auth_time"):
        assert claims[name] == outcome.claims[name], name
    assert claims["iat"] >= outcome.claims["iat"]
    assert claims.get("nonce", outcome.claims["nonce"]) == outcome.claims["nonce"]


def refuse_without_proofs(suite: Suite, outcome: Outcome) -> None:
    """Neither without the client's proof nor without that of the key is there anything."""
    token, party = outcome.tokens["refresh_token"], outcome.party
    if suite.variant.has_assertions:
        nothing = {"client_assertion": None, "client_assertion_type": None}
        checks.token_error(suite.refresh(party, token, **nothing), "invalid_client", "invalid_grant", "invalid_request")
    else:
        checks.token_error(suite.refresh(party, token, certificate=None), "invalid_client", "invalid_request")
    if suite.variant.is_dpop:
        refused = suite.refresh(party, token, proof=None)
        checks.token_error(refused, "invalid_request", "invalid_grant", "invalid_dpop_proof")
    elif suite.variant.has_assertions:
        refused = suite.refresh(party, token, certificate=None)
        checks.token_error(refused, "invalid_client", "invalid_grant", "invalid_request")
