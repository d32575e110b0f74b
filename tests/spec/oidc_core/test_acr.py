"""OpenID Connect Core 1.0, sections 2 and 3.1.2.1: acr, amr (RFC 8176), acr_values, max_age and prompt with two factors."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.test import TestResponse

from idp.base import clock
from idp.factors import policy
from idp.factors.policy import Required
from tests.factories import Browser, Client, Person, Provider, parameters
from tests.two_factors import App, enter, give_app

HOUR = timedelta(hours=1)
MUST_SIGN_IN = ("login_required", "The person must sign in.")
MUST_ENROL = ("interaction_required", "The person must set up a second factor.")


@pytest.fixture
def app_of_ann(provider: Provider, ann: Person) -> App:
    """Ann's authenticator app."""
    return give_app(provider, ann)


@pytest.fixture
def own(provider: Provider) -> Client:
    """A client that asks nobody for consent."""
    return provider.client(first_party=True)


def entered(provider: Provider, ann: Person, **ago: timedelta) -> Browser:
    """Return a browser in which Ann has shown both factors so long ago."""
    browser = provider.browser()
    enter(browser, ann, **ago)
    return browser


def place(response: TestResponse) -> str:
    """Return to which page of this server an answer leads, and with which flags."""
    assert response.status_code == 303, response.text[:500]
    parts = urlsplit(response.location)
    query = dict(parse_qsl(parts.query))
    assert query.pop("next", "/oauth/resume?id=").startswith("/oauth/resume?id=")
    return f"{parts.path} {' '.join(query)}".strip()


def claims_of(provider: Provider, client: Client, response: TestResponse) -> dict[str, Any]:
    """Redeem the code of an answer and return the claims of the ID token."""
    tokens = provider.redeem(client, parameters(response, client)["code"]).json
    return provider.verify(tokens["id_token"], client.client_id)


def set_policy(provider: Provider, required: Required) -> None:
    """Set the rule, as an administrator does."""
    with provider.working():
        policy.put(required, actor="the test")


# What the ID token says


@pytest.mark.parametrize(
    ("acr_values", "one", "two"),
    [(None, "1", "2"), ("1", "1", "1"), ("2", "1", "2"), ("1 2", "1", "1"), ("2 1", "1", "2"), ("phr urn:x", "1", "2")],
)
def test_acr_is_the_class_reached(
    provider: Provider, ann: Person, own: Client, acr_values: str | None, one: str, two: str
) -> None:
    """`acr` is the first wish that is fulfilled, else what was reached: "1" with one factor, "2" with two (2)."""
    browser = provider.browser(ann)
    first = browser.authorize(own, acr_values=acr_values)
    if place(first) == "/account/security":
        first = browser.get(f"{dict(parse_qsl(urlsplit(first.location).query))['next']}&second_factor=declined")
    assert claims_of(provider, own, first)["acr"] == one
    give_app(provider, ann)
    both = entered(provider, ann)
    assert claims_of(provider, own, both.authorize(own, acr_values=acr_values))["acr"] == two


def test_amr_names_the_methods(provider: Provider, ann: Person, own: Client, app_of_ann: App) -> None:
    """A password and a code are `pwd`, `otp` and `mfa` (RFC 8176, 2); a refreshed ID token keeps amr and acr (12.2)."""
    browser = provider.browser()
    asked = browser.authorize(own, scope="openid offline_access")
    to_code = browser.sign_in(asked.location, ann)
    assert place(to_code) == "/signin/code"
    resumed = browser.submit(to_code.location, code=app_of_ann.code())
    code = parameters(browser.follow(resumed, own), own)["code"]
    tokens = provider.redeem(own, code).json
    claims = provider.verify(tokens["id_token"], own.client_id)
    assert (claims["acr"], claims["amr"]) == ("2", ["pwd", "otp", "mfa"])
    again = provider.verify(provider.refresh(own, tokens["refresh_token"]).json["id_token"], own.client_id)
    assert {name: again[name] for name in ("acr", "amr", "auth_time")} == {
        name: claims[name] for name in ("acr", "amr", "auth_time")
    }


def test_amr_grows_with_a_step_up(provider: Provider, ann: Person, own: Client) -> None:
    """A session from before the factor gives its second factor once, and says so from then on (RFC 8176, 2)."""
    browser = provider.browser(ann)
    assert claims_of(provider, own, browser.authorize(own))["amr"] == ["pwd"]
    app = give_app(provider, ann)
    asked = browser.authorize(own)
    assert place(asked) == "/signin/code again"
    claims = claims_of(provider, own, browser.follow(browser.submit(asked.location, code=app.code()), own))
    assert (claims["acr"], claims["amr"]) == ("2", ["pwd", "otp", "mfa"])
    assert claims["sid"] == browser.sid


def test_a_wrong_code_goes_nowhere(provider: Provider, ann: Person, own: Client) -> None:
    """A wrong code at a step-up is refused at its field, and the request still waits for the right one."""
    browser = provider.browser(ann)
    app = give_app(provider, ann)
    asked = browser.authorize(own)
    refused = browser.submit(asked.location, code="000000")
    assert refused.status_code == 400
    assert 'id="code-error"' in refused.text
    assert "code" in parameters(browser.follow(browser.submit(asked.location, code=app.code()), own), own)


# max_age and prompt=login: only what is stale


@pytest.mark.parametrize(
    ("first_ago", "second_ago", "steps"),
    [
        (timedelta(0), timedelta(0), []),
        (HOUR, timedelta(0), ["/signin again"]),
        (timedelta(0), HOUR, ["/signin/code again"]),
        (HOUR, HOUR, ["/signin again", "/signin/code again"]),
    ],
    ids=["both fresh", "first stale", "second stale", "both stale"],
)
def test_max_age_asks_only_what_is_stale(
    provider: Provider, ann: Person, own: Client, app_of_ann: App,
    first_ago: timedelta, second_ago: timedelta, steps: list[str],
) -> None:  # fmt: skip
    """Each factor that is older than max_age is asked once more, in turn; then auth_time is that of the sign-in (3.1.2.1; item 28)."""
    browser = entered(provider, ann, first_ago=first_ago, second_ago=second_ago)
    answer, walked = browser.authorize(own, max_age=1800), []
    while answer.location.startswith("/"):
        if answer.location.startswith("/oauth/"):
            answer = browser.get(answer.location)
            continue
        walked.append(place(answer))
        if walked[-1].startswith("/signin/code"):
            answer = browser.submit(answer.location, code=app_of_ann.code())
        else:
            answer = browser.submit(answer.location, password=ann.password)
    assert walked == steps
    claims = claims_of(provider, own, answer)
    assert claims["acr"] == "2"
    assert clock.timestamp() - claims["auth_time"] <= 1800


def test_max_age_silently(provider: Provider, ann: Person, own: Client, app_of_ann: App) -> None:
    """With prompt=none a stale second factor is login_required, like a stale first (3.1.2.6)."""
    for ago in ({"first_ago": HOUR}, {"second_ago": HOUR}):
        got = parameters(entered(provider, ann, **ago).authorize(own, max_age=1800, prompt="none"), own)
        assert (got["error"], got["error_description"]) == MUST_SIGN_IN
    assert "code" in parameters(entered(provider, ann).authorize(own, max_age=1800, prompt="none"), own)


def test_prompt_login_asks_for_both(provider: Provider, ann: Person, own: Client, app_of_ann: App) -> None:
    """prompt=login asks for the password and then for the second factor, however fresh they are (3.1.2.1)."""
    browser = entered(provider, ann, first_ago=timedelta(seconds=2), second_ago=timedelta(seconds=2))
    asked = browser.authorize(own, prompt="login")
    assert place(asked) == "/signin again"
    resumed = browser.get(browser.submit(asked.location, password=ann.password).location)
    assert place(resumed) == "/signin/code again"
    answer = browser.follow(browser.submit(resumed.location, code=app_of_ann.code()), own)
    assert claims_of(provider, own, answer)["acr"] == "2"


# Wishes


def test_a_wish_for_two_factors_leads_to_enrolment(provider: Provider, ann: Person, own: Client) -> None:
    """Somebody without a second factor is asked to set one up where only that would do, and only then (3.1.2.1)."""
    browser = provider.browser(ann)
    for acr_values in ("2", "2 urn:unknown"):
        assert place(browser.authorize(own, acr_values=acr_values)) == "/account/security"
    for acr_values in ("1", "1 2", "2 1", "urn:unknown"):
        assert "code" in parameters(browser.authorize(own, acr_values=acr_values), own)


def test_a_wish_is_no_condition(provider: Provider, ann: Person, own: Client) -> None:
    """Silently, a wish that cannot be met is let go, and acr tells what there is (3.1.2.1: voluntary)."""
    answer = provider.browser(ann).authorize(own, acr_values="2", prompt="none")
    assert claims_of(provider, own, answer)["acr"] == "1"


def test_a_wish_can_be_declined(provider: Provider, ann: Person, shop: Client) -> None:
    """Who would rather not goes on with one factor, consent included, and is not asked a second time (3.1.2.1)."""
    browser = provider.browser(ann)
    asked = browser.authorize(shop, acr_values="2")
    waiting = dict(parse_qsl(urlsplit(asked.location).query))["next"]
    to_consent = browser.get(f"{waiting}&second_factor=declined")
    assert urlsplit(to_consent.location).path == "/consent"
    answer = browser.follow(browser.submit(to_consent.location, decision="allow"), shop)
    assert claims_of(provider, shop, answer)["acr"] == "1"


# Requirements: the client's and the policy's


def test_a_client_may_require_two_factors(provider: Provider, ann: Person) -> None:
    """People without a second factor set one up first, and declining does not help; silently it is interaction_required (3.1.2.6)."""
    strict = provider.client(first_party=True, require_second_factor=True)
    browser = provider.browser(ann)
    asked = browser.authorize(strict)
    assert place(asked) == "/account/security"
    waiting = dict(parse_qsl(urlsplit(asked.location).query))["next"]
    assert place(browser.get(waiting)) == "/account/security"
    assert place(browser.get(f"{waiting}&second_factor=declined")) == "/account/security"
    got = parameters(browser.authorize(strict, prompt="none"), strict)
    assert (got["error"], got["error_description"]) == MUST_ENROL
    app = give_app(provider, ann)
    resumed = browser.get(waiting)
    assert place(resumed) == "/signin/code again"
    answer = browser.follow(browser.submit(resumed.location, code=app.code()), strict)
    assert claims_of(provider, strict, answer)["acr"] == "2"


def test_other_clients_require_nothing(provider: Provider, ann: Person, own: Client) -> None:
    """One client's requirement is not another's."""
    provider.client(first_party=True, require_second_factor=True)
    assert "code" in parameters(provider.browser(ann).authorize(own), own)


@pytest.mark.parametrize(
    ("required", "is_admin", "is_led"),
    [
        (Required.NOBODY, True, False),
        (Required.ADMINISTRATORS, False, False),
        (Required.ADMINISTRATORS, True, True),
        (Required.EVERYBODY, False, True),
    ],
)
def test_the_policy_holds_for_every_client(
    provider: Provider, own: Client, required: Required, is_admin: bool, is_led: bool
) -> None:
    """Whom the policy requires a second factor of sets it up before any client gets an answer; nobody declines it."""
    browser = provider.browser(provider.person("somebody@example.org", is_admin=is_admin))
    set_policy(provider, required)
    asked = browser.authorize(own)
    if not is_led:
        assert "code" in parameters(asked, own)
        return
    assert place(asked) == "/account/security"
    waiting = dict(parse_qsl(urlsplit(asked.location).query))["next"]
    assert place(browser.get(f"{waiting}&second_factor=declined")) == "/account/security"
    got = parameters(browser.authorize(own, prompt="none"), own)
    assert (got["error"], got["error_description"]) == MUST_ENROL


def test_the_policy_asks_nothing_of_those_who_have_one(
    provider: Provider, ann: Person, own: Client, app_of_ann: App
) -> None:
    """Who has shown a second factor goes on as before, silently too."""
    set_policy(provider, Required.EVERYBODY)
    browser = entered(provider, ann)
    assert claims_of(provider, own, browser.authorize(own, prompt="none"))["acr"] == "2"


# Access tokens


@pytest.mark.parametrize(("has_two", "expected"), [(False, "1"), (True, "2")])
def test_resource_servers_learn_acr_and_auth_time(
    provider: Provider, ann: Person, own: Client, has_two: bool, expected: str
) -> None:
    """An access token and its introspection say acr, amr and auth_time, so that an API may ask for more (RFC 9470, 6)."""
    if has_two:
        give_app(provider, ann)
    browser = entered(provider, ann, first_ago=HOUR) if has_two else provider.browser(ann)
    token = provider.redeem(own, browser.answer(own)["code"]).json["access_token"]
    claims = provider.verify(token, provider.issuer)
    told = provider.introspect(own, token).json
    for name in ("acr", "amr", "auth_time"):
        assert told[name] == claims[name]
    assert told["acr"] == expected
    assert told["amr"] == (["pwd", "otp", "mfa"] if has_two else ["pwd"])
    assert abs(clock.timestamp() - told["auth_time"] - (3600 if has_two else 0)) < 30
