"""RFC 8628: whatever an authorization request demands of its person, a device's demands too; and what its tokens hang on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from idp.base import clock
from idp.clients import service as clients
from idp.groups import access
from idp.groups import service as groups
from idp.groups.models import Group
from idp.oauth import consents
from tests.factories import CALLBACK, Browser, Client, Person, Provider
from tests.spec.rfc8628.devices import begin, connect, decide, lead, television, type_code
from tests.spec.rfc9449.proving import prove, refresh, thumbprint, userinfo
from tests.two_factors import give_app


@pytest.fixture
def tv(provider: Provider) -> Client:
    """A television."""
    return television(provider)


def test_whoever_is_not_signed_in_signs_in_first(provider: Provider, ann: Person, tv: Client) -> None:
    """The sign-in page names the client, and leads on to the question (3.3)."""
    device, browser = begin(provider, tv), Browser(provider)
    answer = browser.get(type_code(browser, device.user_code).location)
    assert answer.location.startswith("/signin")
    assert "Living Room" in browser.get(answer.location).text
    answer = browser.sign_in(answer.location, ann)
    answer = browser.get(answer.location)
    assert browser.submit(answer.location, decision="allow").location == "/device/connected"
    assert device.poll().status_code == 200


def test_a_second_factor_is_asked_for(provider: Provider, ann: Person) -> None:
    """A client that requires one gets nobody who has not shown one."""
    client = television(provider, require_second_factor=True)
    give_app(provider, ann)
    device, browser = begin(provider, client), provider.browser(ann)
    answer = browser.get(type_code(browser, device.user_code).location)
    assert answer.location.startswith("/signin/code")


def test_who_may_not_use_the_client_is_turned_away(provider: Provider, ann: Person, tv: Client) -> None:
    """Whom the client is not for is told so, and the device hears `access_denied` once they go back."""
    with provider.registration(tv) as row:
        family = groups.create_path("/family", actor="test")
        assert isinstance(family, Group)
        assert access.put(row, is_restricted=True, groups=[family], actor="test") is None
    device, browser = begin(provider, tv), provider.browser(ann)
    answer = browser.get(type_code(browser, device.user_code).location)
    assert answer.location.startswith("/no-access")
    assert "You have no access to Living Room" in browser.get(answer.location).text
    assert browser.submit(answer.location).location == "/device/denied"
    assert device.poll().json["error"] == "access_denied"


@pytest.mark.parametrize("members", [{}, {"first_party": True}])
def test_the_person_is_asked_each_time(provider: Provider, ann: Person, members: dict[str, Any]) -> None:
    """Nothing that was allowed before stands for another device, of an app of one's own neither (5.4); it is remembered all the same."""
    client = television(provider, **members)
    connect(provider, client, ann)
    device, browser = begin(provider, client), provider.browser(ann)
    assert "Connect a device to Living Room?" in browser.get(lead(browser, device)).text
    with provider.working():
        found = consents.find(ann.id, client.client_id)
    assert found is not None
    assert found.scopes >= {"openid", "profile"}


def test_without_offline_access_it_ends_with_the_session(provider: Provider, ann: Person, tv: Client) -> None:
    """The tokens hang on the session in which they were allowed; a sign-out before the poll leaves nothing to claim."""
    device, browser = begin(provider, tv), provider.browser(ann)
    assert decide(browser, device).status_code == 303
    tokens = device.poll().json
    assert "refresh_token" not in tokens
    late = begin(provider, tv)
    assert decide(browser, late).status_code == 303
    browser.sign_out()
    assert provider.userinfo(tokens["access_token"]).status_code == 401
    assert late.poll().json["error"] == "invalid_grant"


def test_with_offline_access_it_lasts(provider: Provider, ann: Person, tv: Client) -> None:
    """With it a device gets a refresh token, also when its person has signed out before the poll, until access is withdrawn."""
    device, browser = begin(provider, tv, scope="openid offline_access"), provider.browser(ann)
    assert decide(browser, device).status_code == 303
    browser.sign_out()
    tokens = device.poll().json
    assert provider.userinfo(tokens["access_token"]).status_code == 200
    again = provider.refresh(tv, tokens["refresh_token"], client_id=tv.client_id).json
    assert again["access_token"]
    owner = provider.browser(ann)
    assert "Living Room" in owner.get("/account/apps").text
    with provider.working():
        consents.withdraw(ann.id, tv.client_id, subject=ann.sub, source="test")
    assert provider.userinfo(again["access_token"]).status_code == 401
    assert provider.refresh(tv, again["refresh_token"], client_id=tv.client_id).json["error"] == "invalid_grant"


def test_what_ends_before_the_poll_is_not_issued(provider: Provider, ann: Person, tv: Client) -> None:
    """Access that was withdrawn, and an account that was disabled, between the answer and the poll leave nothing to claim."""
    device = connect(provider, tv, ann)
    with provider.working():
        consents.withdraw(ann.id, tv.client_id, subject=ann.sub, source="test")
    assert device.poll().json["error"] == "invalid_grant"
    device = connect(provider, tv, ann)
    with provider.account(ann) as account:
        account.disabled_at = clock.now()
    assert device.poll().json["error"] == "invalid_grant"


def test_tokens_are_bound_to_the_key_of_the_poll(provider: Provider, ann: Person, tv: Client) -> None:
    """A poll with a proof gets tokens for that key (RFC 9449, 5), its refresh token too, since the client is public."""
    device = connect(provider, tv, ann, scope="openid offline_access")
    tokens = device.poll(prove(provider)).json
    assert tokens["token_type"] == "DPoP"
    assert provider.verify(tokens["access_token"], provider.issuer)["cnf"] == {"jkt": thumbprint()}
    token = tokens["access_token"]
    assert userinfo(provider, token, None, "Bearer").status_code == 401
    assert refresh(provider, tv, tokens["refresh_token"], None).json["error"] == "invalid_grant"
    assert refresh(provider, tv, tokens["refresh_token"], prove(provider)).status_code == 200


@pytest.mark.usefixtures("_still_clock")
def test_who_polls_too_soon_slows_down(provider: Provider, ann: Person, tv: Client) -> None:
    """Each poll before its time adds five seconds for good (3.5); one that keeps to it is pending, and an allowed one never too soon."""
    device = begin(provider, tv)
    assert device.poll().json["error"] == "authorization_pending"
    assert device.poll().json["error"] == "slow_down"
    told = device.poll().json
    assert (told["error"], "15 seconds" in told["error_description"]) == ("slow_down", True)
    for seconds, error in ((13, "slow_down"), (33, "authorization_pending"), (54, "authorization_pending")):
        with clock.moved(timedelta(seconds=seconds)):
            assert device.poll().json["error"] == error, seconds
    assert decide(provider.browser(ann), device).status_code == 303
    assert device.poll().status_code == 200


def test_a_client_that_has_lost_the_grant_gets_nothing(provider: Provider, ann: Person, tv: Client) -> None:
    """Without the grant in its registration a client's waiting device is over: for its person, and at the token endpoint."""
    device, browser = begin(provider, tv), provider.browser(ann)
    path = lead(browser, device)
    with provider.registration(tv) as row:
        changed = replace(tv.metadata, grant_types=["authorization_code"], redirect_uris=[CALLBACK])
        assert clients.change(row, changed)
    assert browser.get(path).status_code == 400
    assert device.poll().json["error"] == "unauthorized_client"


def test_the_audit_log_knows_who_connected_what(provider: Provider, ann: Person, tv: Client) -> None:
    """A person's activity tells of the device that was connected, and of the one that was denied."""
    connect(provider, tv, ann)
    browser = provider.browser(ann)
    assert decide(browser, begin(provider, tv), "deny").location == "/device/denied"
    page = browser.get("/account/activity").text
    assert "Device allowed to use the account: Living Room" in page
    assert "Device that asked to use the account turned away: Living Room" in page
