"""/account/connections: what is connected, connecting, disconnecting, and the last way in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from werkzeug.test import TestResponse

from idp.accounts import email_change, lookup
from idp.base import clock
from idp.federation import linking
from idp.federation.models import UpstreamIdentity
from tests.factories import Person, Provider
from tests.federation.stand_in import StandIn
from tests.federation.traveller import Traveller, events, identities, mails, person_at

PAGE = "/account/connections"


@pytest.fixture
def bob(provider: Provider) -> Person:
    """Somebody with a password."""
    return provider.person("bob@example.org")


@pytest.fixture
def browser(provider: Provider, bob: Person) -> Traveller:
    """Bob's browser, signed in."""
    traveller = Traveller(provider)
    traveller.enter(bob)
    return traveller


def connect(browser: Traveller, key: str) -> TestResponse:
    """Press "Connect", travel and come back."""
    return browser.get(browser.travel(browser.press_on(PAGE, f"{PAGE}/{key}/connect").location))


def disconnect(browser: Traveller, number: int) -> TestResponse:
    """Press "Disconnect"."""
    return browser.press_on(PAGE, f"{PAGE}/{number}/disconnect")


def row_of(provider: Provider, person: Person) -> list[UpstreamIdentity]:
    """Return somebody's identities."""
    with provider.working():
        return linking.list_all(person.id)


@pytest.mark.parametrize("key", ["google", "github", "42"])
def test_connecting(browser: Traveller, provider: Provider, bob: Person, key: str) -> None:
    """Whatever address the provider tells, it is connected to who is signed in, listed, told, and signs in from then on."""
    assert connect(browser, key).location == PAGE
    assert identities(provider) == [("bob@example.org", key, "583231")]
    page = browser.get(PAGE).text
    assert f'id="connect-{key}"' not in page
    assert 'id="disconnect-' in page
    assert [mail.label for mail in mails(provider)] == ["upstream_linked"]
    assert events(provider, "upstream.linked") == [{"outcome": "success", "subject": bob.sub, "provider": key}]
    assert "Sign-in with another provider connected" in browser.get("/account/activity").text
    other = Traveller(provider)
    other.sign_in_by(key)
    assert other.email == "bob@example.org"


def test_an_identity_of_another_account_is_refused(browser: Traveller, provider: Provider, ann: Traveller) -> None:
    """What signs in to one account cannot be connected to another."""
    ann.sign_in_by("github")
    answer = connect(browser, "github")
    assert answer.status_code == 409
    assert f'href="{PAGE}"' in answer.text
    assert identities(provider) == [("ann@example.org", "github", "583231")]


def test_connecting_again_changes_nothing(browser: Traveller, provider: Provider) -> None:
    """The same identity once more is no error, and no second row."""
    connect(browser, "github")
    path = browser.travel(browser.press_on(PAGE, f"{PAGE}/github/connect").location)
    assert browser.get(path).location == PAGE
    assert len(identities(provider)) == 1


def test_only_who_asked_is_connected(browser: Traveller, provider: Provider, stand: StandIn) -> None:
    """Signed out, or signed in as somebody else meanwhile, the answer connects and signs in nobody."""
    path = browser.travel(browser.press_on(PAGE, f"{PAGE}/github/connect").location)
    second = browser.travel(browser.press_on(PAGE, f"{PAGE}/github/connect").location)
    browser.sign_out()
    assert browser.get(path).status_code == 400
    assert browser.email is None
    browser.enter(provider.person("eve@example.org"))
    assert browser.get(second).status_code == 400
    assert identities(provider) == []
    assert stand.count("/user") == 0


def test_a_sign_in_under_way_connects_nothing(browser: Traveller, provider: Provider, bob: Person) -> None:
    """An answer that was asked for to sign in is never linked to whoever is signed in by then."""
    fresh = Traveller(provider)
    path = fresh.travel(fresh.press("github"))
    fresh.sign_in("/signin", bob)
    fresh.get(path)
    assert identities(provider) == [("ann@example.org", "github", "583231")]


@pytest.mark.parametrize("path", ["github/connect", "1/disconnect"])
def test_changes_need_a_fresh_sign_in(browser: Traveller, path: str) -> None:
    """Connecting and disconnecting ask who has not shown lately who they are, and come back to the list."""
    token = browser.csrf(PAGE)
    with clock.moved(timedelta(minutes=11)):
        answer = browser.http.post(f"{PAGE}/{path}", data={"csrf_token": token})
    assert answer.location == "/signin?next=%2Faccount%2Fconnections&again=1"


def test_disconnecting(browser: Traveller, provider: Provider, bob: Person, stand: StandIn) -> None:
    """What is disconnected signs in no more; the person is told, and the log has it."""
    connect(browser, "github")
    (row,) = row_of(provider, bob)
    assert disconnect(browser, row.id).location == PAGE
    assert identities(provider) == []
    assert [mail.label for mail in mails(provider)][-1] == "upstream_unlinked"
    assert events(provider, "upstream.unlinked") == [{"outcome": "success", "subject": bob.sub, "provider": "github"}]
    other = Traveller(provider)
    other.sign_in_by("github")
    assert other.email == "ann@example.org"


def test_others_identities_are_out_of_reach(browser: Traveller, provider: Provider, ann: Traveller) -> None:
    """Nobody disconnects what belongs to another account."""
    ann.sign_in_by("github")
    with provider.working():
        account = lookup.find_by_email("ann@example.org")
        assert account is not None
        (row,) = linking.list_all(account.id)
    assert disconnect(browser, row.id).status_code == 400
    assert len(identities(provider)) == 1


def test_the_last_way_in_stays(ann: Traveller, provider: Provider) -> None:
    """Without password and passkey the only identity stays; one of two may go."""
    ann.sign_in_by("github")
    person = person_at(provider, "ann@example.org")
    (row,) = row_of(provider, person)
    answer = disconnect(ann, row.id)
    assert answer.status_code == 400
    assert "only way to sign in" in answer.text
    connect(ann, "42")
    assert disconnect(ann, row.id).status_code == 303
    (left,) = row_of(provider, person)
    assert disconnect(ann, left.id).status_code == 400
    assert [row[1] for row in identities(provider)] == ["42"]


def test_a_way_in_that_is_switched_off_is_none(ann: Traveller, provider: Provider) -> None:
    """An identity at a provider that is no longer configured does not count as a way in; a passkey does."""
    from idp.base.database import session
    from idp.factors.models import Passkey

    ann.sign_in_by("github")
    connect(ann, "42")
    provider.app.extensions["idp.settings"].f42_client_id = None
    person = person_at(provider, "ann@example.org")
    github = row_of(provider, person)[0]
    assert disconnect(ann, github.id).status_code == 400
    with provider.working():
        session().add(
            Passkey(
                id="p", account_id=person.id, name="Key", credential_id=b"c", public_key=b"k", created_at=clock.now()
            )
        )
    assert disconnect(ann, github.id).status_code == 303


def test_parallel_disconnects_leave_one(ann: Traveller, provider: Provider) -> None:
    """Of two identities that are disconnected at once, one stays."""
    ann.sign_in_by("github")
    connect(ann, "42")
    person = person_at(provider, "ann@example.org")
    ready = Barrier(2)

    def act(number: int) -> None:
        ready.wait(30)
        with provider.working():
            account = lookup.find(person.id)
            assert account is not None
            linking.unlink(account, number, source="127.0.0.1")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(act, [row.id for row in row_of(provider, person)]))
    assert len(identities(provider)) == 1


def test_an_undone_change_of_address_takes_later_links(browser: Traveller, provider: Provider, bob: Person) -> None:
    """What a thief connected after moving the account to another address goes when its owner takes it back."""
    connect(browser, "github")
    with clock.moved(timedelta(minutes=1)):
        since = clock.now()
    with clock.moved(timedelta(minutes=2)):
        connect(browser, "42")
        with provider.working():
            email_change.undone.send(bob.id, since=since)
    assert [row[1] for row in identities(provider)] == ["github"]


def test_the_list_needs_a_session_and_a_provider(browser: Traveller, provider: Provider, ann: Traveller) -> None:
    """Nobody sees the list without signing in; where no provider is configured, the sections do not name it."""
    assert ann.get(PAGE).status_code == 303
    assert f'href="{PAGE}"' in browser.get("/account").text
    values = provider.app.extensions["idp.settings"]
    values.google_client_id = values.github_client_id = values.f42_client_id = None
    assert f'href="{PAGE}"' not in browser.get("/account").text
    assert browser.get(PAGE).status_code == 200


def test_identities_are_exported(browser: Traveller) -> None:
    """The export of one's data has them."""
    connect(browser, "github")
    assert '"583231"' in browser.press_on("/account/data", "/account/data/download").text
