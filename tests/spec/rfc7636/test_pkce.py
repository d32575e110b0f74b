"""RFC 7636: proof key for code exchange, with S256 alone."""

import pytest

from idp.oauth.refusals import SENTENCES, Cause
from tests.factories import VERIFIER, Browser, Client, Provider, challenge, parameters

MISSING = "The parameter code_challenge is missing: this client uses PKCE."
NOT_S256 = "The parameter code_challenge_method must be S256."
MALFORMED = "The parameter code_challenge is malformed."
ALONE = "The parameter code_challenge is missing."
PLAIN = {"code_challenge": VERIFIER, "code_challenge_method": "plain"}

REFUSED = [
    ("plain", PLAIN, NOT_S256),
    ("no method, which means plain", {"code_challenge_method": None}, NOT_S256),
    ("an unknown method", {"code_challenge_method": "S512"}, NOT_S256),
    ("the method in small letters", {"code_challenge_method": "s256"}, NOT_S256),
    ("a method alone", {"code_challenge": None}, ALONE),
    ("too short", {"code_challenge": challenge()[:-1]}, MALFORMED),
    ("too long", {"code_challenge": challenge() + "A"}, MALFORMED),
    ("no base64url", {"code_challenge": "+" * 43}, MALFORMED),
    ("padding", {"code_challenge": challenge()[:-1] + "="}, MALFORMED),
]
WITHOUT = {"code_challenge": None, "code_challenge_method": None}


@pytest.fixture
def lenient(provider: Provider) -> Client:
    """A confidential client that was registered with PKCE optional."""
    return provider.client(require_pkce=False)


def test_a_challenge_is_required(browser: Browser, shop: Client, phone: Client) -> None:
    """Public clients, and confidential ones unless registered otherwise, must send a challenge (4.4.1; RFC 9700, 2.1.1; item 46)."""
    for client in (shop, phone):
        got = parameters(browser.authorize(client, **WITHOUT), client)
        assert (got["error"], got["error_description"]) == ("invalid_request", MISSING)


def test_bad_challenges(
    browser: Browser, shop: Client, phone: Client, lenient: Client, subtests: pytest.Subtests
) -> None:
    """Only S256 with a challenge of its shape is accepted, also of a client that need not send any (4.3, 4.4.1; item 46)."""
    for client in (shop, phone, lenient):
        for name, changes, description in REFUSED:
            with subtests.test(name):
                got = parameters(browser.authorize(client, **changes), client)
                assert (got["error"], got["error_description"]) == ("invalid_request", description)


WRONG = [
    ("no verifier", None, "invalid_request", Cause.VERIFIER_MISSING),
    ("an empty verifier", "", "invalid_request", Cause.VERIFIER_MISSING),
    ("another verifier", "B" + VERIFIER[1:], "invalid_grant", Cause.VERIFIER_WRONG),
    ("the challenge itself", challenge(), "invalid_grant", Cause.VERIFIER_WRONG),
    ("too short", "a" * 42, "invalid_request", Cause.VERIFIER_MALFORMED),
    ("too long", "a" * 129, "invalid_request", Cause.VERIFIER_MALFORMED),
    ("odd characters", VERIFIER + "é", "invalid_request", Cause.VERIFIER_MALFORMED),
]


def test_the_verifier_is_checked(
    provider: Provider, browser: Browser, shop: Client, phone: Client, lenient: Client, subtests: pytest.Subtests
) -> None:
    """A challenge that was sent is always enforced; a failure yields nothing and spends nothing (4.6)."""
    for client in (shop, phone, lenient):
        code = browser.answer(client)["code"]
        for name, verifier, error, cause in WRONG:
            with subtests.test(name):
                answer = provider.redeem(client, code, code_verifier=verifier)
                assert answer.status_code == 400
                assert answer.json == {"error": error, "error_description": SENTENCES[cause]}
        assert provider.redeem(client, code).status_code == 200


def test_verifiers_at_both_bounds(provider: Provider, browser: Browser, phone: Client) -> None:
    """A verifier has 43 to 128 unreserved characters (4.1)."""
    for verifier in ("a" * 43, "A-._~9" * 21 + "zz"):
        code = browser.answer(phone, code_challenge=challenge(verifier))["code"]
        assert provider.redeem(phone, code, code_verifier=verifier).status_code == 200


def test_pkce_may_be_optional(provider: Provider, browser: Browser, lenient: Client) -> None:
    """A confidential client registered so may do without (4.4.1; item 46)."""
    code = browser.answer(lenient, **WITHOUT)["code"]
    assert provider.redeem(lenient, code, code_verifier=None).status_code == 200


def test_a_verifier_without_a_challenge_is_refused(provider: Provider, browser: Browser, lenient: Client) -> None:
    """A verifier where no challenge was sent betrays a downgrade and is refused (RFC 9700, section 4.8.2; item 47)."""
    code = browser.answer(lenient, **WITHOUT)["code"]
    answer = provider.redeem(lenient, code)
    assert answer.status_code == 400
    assert answer.json["error"] == "invalid_request"
    assert "code_challenge" in answer.json["error_description"]


def test_each_code_has_its_own_challenge(provider: Provider, browser: Browser, phone: Client) -> None:
    """A verifier proves the request it was made for, and no other (4.4)."""
    other = "another-verifier-" + "x" * 40
    first = browser.answer(phone)["code"]
    second = browser.answer(phone, code_challenge=challenge(other))["code"]
    assert provider.redeem(phone, second).json["error"] == "invalid_grant"
    assert provider.redeem(phone, first, code_verifier=other).json["error"] == "invalid_grant"
    assert provider.redeem(phone, second, code_verifier=other).status_code == 200
    assert provider.redeem(phone, first).status_code == 200


def test_a_public_client_never_goes_without(provider: Provider) -> None:
    """A public client cannot be registered without PKCE (RFC 9700, section 2.1.1)."""
    from idp.base.outcome import Refused
    from idp.clients import metadata

    public = metadata.Metadata("App", ["https://a.example/"], token_endpoint_auth_method="none", require_pkce=False)
    with provider.working():
        refused = metadata.check(public)
    assert isinstance(refused, Refused)
    assert refused.detail == "A public client always uses PKCE."
