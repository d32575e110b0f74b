"""Modules about when a person is asked: `prompt`, `max_age`, `id_token_hint`."""

from datetime import timedelta

from idp.base import clock
from tests.spec.oidf.modules.registry import module
from tests.spec.oidf.suite import Outcome, Suite
from tests.spec.oidf.walking import is_sign_in

SILENT_ERRORS = ("login_required", "interaction_required", "consent_required", "account_selection_required")
LATER = timedelta(seconds=5)


@module("oidcc-prompt-login")
def prompt_login(suite: Suite) -> None:
    """oidcc-prompt-login: the person signs in anew, and the ID token says when."""
    sign_in_again(suite, suite.log_in(), prompt="login")


@module("oidcc-max-age-1")
def max_age_1(suite: Suite) -> None:
    """oidcc-max-age-1: after a second has passed the person signs in anew, and the ID token says when."""
    sign_in_again(suite, suite.log_in(), max_age="1")


def sign_in_again(suite: Suite, first: Outcome, **changes: str) -> None:
    """The sign-in page is shown a second time, the answer waits for it, and `auth_time` is later."""
    with clock.moved(LATER):
        asked = suite.request(**changes)
        page = suite.open(asked)
        assert is_sign_in(page)
        second = suite.complete(suite.sign_in(page), asked)
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] > first.claims["auth_time"]


@module("oidcc-max-age-10000")
def max_age_10000(suite: Suite) -> None:
    """oidcc-max-age-10000: a sign-in of before is new enough, and `auth_time` is still its own."""
    first = suite.log_in()
    with clock.moved(LATER):
        same_sign_in(first, suite.log_in(max_age="10000"))


@module("oidcc-prompt-none-logged-in")
def prompt_none_logged_in(suite: Suite) -> None:
    """oidcc-prompt-none-logged-in: nothing is shown, and the second ID token tells of the same sign-in."""
    first = suite.log_in()
    with clock.moved(LATER):
        asked = suite.request(prompt="none")
        response = suite.browser.get(f"{suite.at('authorization_endpoint')}", query_string=asked)
        same_sign_in(first, suite.complete(response, asked))


@module("oidcc-prompt-none-not-logged-in")
def prompt_none_not_logged_in(suite: Suite) -> None:
    """oidcc-prompt-none-not-logged-in: the client is told at once, with its state of 128 characters."""
    asked = suite.request(prompt="none")
    assert len(asked["state"]) == 128
    response = suite.provider.browser().get(suite.at("authorization_endpoint"), query_string=asked)
    suite.refused(response, asked, *SILENT_ERRORS)


@module("oidcc-id-token-hint")
def id_token_hint(suite: Suite) -> None:
    """oidcc-id-token-hint: with prompt=none and the ID token of before, the same person comes back."""
    first = suite.log_in()
    same_sign_in(first, suite.log_in(prompt="none", id_token_hint=first.id_token))


def same_sign_in(first: Outcome, second: Outcome) -> None:
    """Two ID tokens tell of one sign-in of one person."""
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] == first.claims["auth_time"]
