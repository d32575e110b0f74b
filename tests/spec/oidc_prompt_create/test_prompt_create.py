"""Initiating User Registration via OpenID Connect 1.0: `prompt=create`."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.test import TestResponse

from idp.accounts import lookup
from tests.core import mails
from tests.factories import PASSWORD, Browser, Client, Person, Provider, parameters

NEW = "new@example.org"


def sign_up(provider: Provider, browser: Browser, page: TestResponse) -> TestResponse:
    """Fill in the sign-up form to which an answer leads, type the mailed code, and return where that leads."""
    assert urlsplit(page.location).path == "/signup"
    to_code = browser.submit(page.location, email=NEW, password=PASSWORD)
    assert urlsplit(to_code.location).path == "/verify"
    with provider.working():
        mail = next(mail for mail in reversed(mails.waiting()) if mail.to == NEW)
    return browser.submit(to_code.location, code=mail.code)


def sub_of(provider: Provider, client: Client, answer: TestResponse) -> str:
    """Return whom the answer's code is about."""
    tokens = provider.redeem(client, parameters(answer, client)["code"]).json
    return str(provider.verify(tokens["id_token"], client.client_id)["sub"])


def new_sub(provider: Provider) -> str:
    """Return the subject of the account that was made."""
    with provider.working():
        account = lookup.find_by_email(NEW)
        assert account is not None
        assert account.is_verified
        return account.sub


def test_a_stranger_signs_up_and_arrives(provider: Provider, shop: Client) -> None:
    """The request leads to sign-up instead of sign-in, waits until the address is confirmed, and is answered then (4)."""
    browser = provider.browser()
    resumed = sign_up(provider, browser, browser.authorize(shop, prompt="create"))
    to_consent = browser.get(resumed.location)
    assert to_consent.location.startswith("/consent?")
    answer = browser.follow(browser.submit(to_consent.location, decision="allow"), shop)
    assert parameters(answer, shop)["state"] == "a state & more"
    assert sub_of(provider, shop, answer) == new_sub(provider)


def test_somebody_signed_in_makes_another_account(provider: Provider, browser: Browser, ann: Person) -> None:
    """Whoever is signed in already gets the sign-up page too, and is the new account afterwards (4)."""
    own = provider.client(first_party=True)
    token = provider.grant(own, browser)["access_token"]
    resumed = sign_up(provider, browser, browser.authorize(own, prompt="create"))
    answer = browser.follow(resumed, own)
    assert sub_of(provider, own, answer) == new_sub(provider) != ann.sub
    assert provider.userinfo(token).status_code == 401, "the session of before has ended"


def test_somebody_signed_in_goes_on_as_before(provider: Provider, browser: Browser, ann: Person) -> None:
    """Who would rather stay who they are signs in from the sign-up page, and the request is answered (4)."""
    own = provider.client(first_party=True)
    asked = browser.authorize(own, prompt="create")
    page = browser.get(asked.location)
    (link,) = [part.partition('"')[0] for part in page.text.split('href="') if part.startswith("/signin")]
    resumed = browser.submit(link.replace("&amp;", "&"), password=ann.password)
    assert sub_of(provider, own, browser.follow(resumed, own)) == ann.sub


def test_without_an_application_a_sign_up_is_the_same(provider: Provider, browser: Browser) -> None:
    """Somebody signed in may make another account by hand, and is asked for its code."""
    to_code = browser.submit("/signup", email=NEW, password=PASSWORD)
    assert browser.get(to_code.location).status_code == 200


def test_with_consent_both_are_asked(provider: Provider, browser: Browser, ann: Person) -> None:
    """`create consent` signs up and then asks, also where nobody is asked otherwise (4; Core, 3.1.2.1)."""
    own = provider.client(first_party=True)
    resumed = sign_up(provider, browser, browser.authorize(own, prompt="create consent"))
    assert browser.get(resumed.location).location.startswith("/consent?")


def test_an_abandoned_sign_up_leads_there_again(browser: Browser, shop: Client) -> None:
    """The waiting request of somebody who did not sign up leads to the sign-up page each time it is taken up (4)."""
    asked = browser.authorize(shop, prompt="create")
    waiting = dict(parse_qsl(urlsplit(asked.location).query))["next"]
    assert urlsplit(browser.get(waiting).location).path == "/signup"


@pytest.mark.parametrize("prompt", ["create none", "none create"])
def test_it_does_not_go_with_none(browser: Browser, shop: Client, prompt: str) -> None:
    """Nobody signs up without seeing a page (4.1)."""
    assert browser.answer(shop, prompt=prompt)["error"] == "invalid_request"


def test_discovery_says_so(provider: Provider) -> None:
    """`prompt_values_supported` names it (3)."""
    metadata = provider.http.get("/.well-known/openid-configuration").json
    assert "create" in metadata["prompt_values_supported"]
