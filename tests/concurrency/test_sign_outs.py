"""A sign-out beside the redemption of a code: the client is told of it, or gets no tokens."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from idp import outbox, sessions
from idp.base import database
from idp.clients import service as clients
from idp.oauth import backchannel, redeeming
from idp.oauth.validity import ShownCode
from idp.outbox import Delivery
from tests.factories import Browser, Client, Person, Provider, challenge

MOMENT = 0.5  # seconds for which the first transaction stays open, so that the second one meets it


@pytest.fixture
def shop(provider: Provider) -> Client:
    """A client that wants to hear of sign-outs."""
    return provider.client(first_party=True, backchannel_logout_uri="https://rp.example/bye")


@pytest.fixture
def browser(provider: Provider, ann: Person) -> Browser:
    """A browser in which Ann is signed in."""
    return provider.browser(ann)


def one_after_the_other(provider: Provider, first: Callable[[], bool], second: Callable[[], bool]) -> list[bool]:
    """Do two things in a transaction each, the second one while the first is not committed yet; return what they said."""
    is_done = threading.Event()
    said: dict[str, bool] = {}

    def begin() -> None:
        with provider.working():
            said["first"] = first()
            is_done.set()
            threading.Event().wait(MOMENT)

    def follow() -> None:
        assert is_done.wait(30)
        with provider.working():
            said["second"] = second()

    threads = [threading.Thread(target=begin), threading.Thread(target=follow)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return [said["first"], said["second"]]


def redemption(client: Client, code: str) -> Callable[[], bool]:
    """Return what the token endpoint does with a code."""

    def redeem() -> bool:
        database.connection()  # in the transaction of the request, which stays open
        registered = clients.find(client.client_id)
        assert registered is not None
        life = timedelta(days=30)
        return redeeming.redeem(ShownCode(code, client.redirect_uri, challenge()), registered, life) is not None

    return redeem


def ending(browser: Browser) -> Callable[[], bool]:
    """Return what a sign-out does with the session."""

    def end() -> bool:
        sessions.end(browser.sid, why=sessions.Ending("somebody", "test"))
        return True

    return end


def told(provider: Provider) -> list[str]:
    """Return the sessions of the notices in the outbox."""
    with provider.working():
        rows = database.session().scalars(select(Delivery).where(Delivery.kind == backchannel.KIND)).all()
        return [str((outbox.read(row) or {})["sid"]) for row in rows]


@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
def test_a_sign_out_waits_for_a_redemption(provider: Provider, browser: Browser, shop: Client, scope: str) -> None:
    """A session that is ended while a code of it is being redeemed tells the client."""
    code = browser.answer(shop, scope=scope)["code"]
    assert one_after_the_other(provider, redemption(shop, code), ending(browser)) == [True, True]
    assert told(provider) == [browser.sid]


@pytest.mark.parametrize("scope", ["openid", "openid offline_access"])
def test_a_redemption_waits_for_a_sign_out(provider: Provider, browser: Browser, shop: Client, scope: str) -> None:
    """A code that is redeemed while its session is being ended yields nothing, and nobody need be told."""
    code = browser.answer(shop, scope=scope)["code"]
    assert one_after_the_other(provider, ending(browser), redemption(shop, code)) == [True, False]
    assert told(provider) == []


def test_a_code_ends_with_its_session(provider: Provider, browser: Browser, shop: Client) -> None:
    """A code of a session that has ended signs in nobody, offline access or not: its client could not be told any more."""
    for scope in ("openid", "openid offline_access"):
        code = browser.answer(shop, scope=scope)["code"]
        browser.sign_out()
        response = provider.redeem(shop, code)
        assert (response.status_code, response.json["error"]) == (400, "invalid_grant")
        browser = provider.browser(provider.person(f"{len(scope)}@example.org"))


def test_many_redemptions_and_sign_outs_stand_in_nobodys_way(provider: Provider, ann: Person, shop: Client) -> None:
    """Whatever comes first, every redemption and every sign-out ends well, and each client that got tokens is told."""
    browsers = [provider.browser(ann) for _number in range(8)]
    codes = [browser.answer(shop)["code"] for browser in browsers]
    ready, redeemed = threading.Barrier(2 * len(browsers)), []

    def run(action: Callable[[], bool], sid: str | None) -> None:
        ready.wait(30)
        with provider.working():
            is_redeemed = action()
        if is_redeemed and sid is not None:
            redeemed.append(sid)

    threads = [
        threading.Thread(target=run, args=work)
        for browser, code in zip(browsers, codes, strict=True)
        for work in ((redemption(shop, code), browser.sid), (ending(browser), None))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told(provider)) == sorted(redeemed)
    assert not any(thread.is_alive() for thread in threads)
