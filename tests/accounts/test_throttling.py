"""Guessing passwords and codes: slowed by account and by source, alike for unknown names, and never at the owner's expense."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from idp import outbox, throttle
from idp.accounts import credentials, devices, passwords, service, tries
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.database import session
from idp.base.outcome import Busy, Reason, Refused
from idp.throttle import FailureCounter
from tests.accounts.guessing import (
    ELSEWHERE,
    HELD,
    HOME,
    HOUR,
    MINUTE,
    OWN,
    PASSWORD,
    STRANGE,
    almost_hold,
    enter,
    hold_codes,
    preset,
    reason,
    refusal,
)  # fmt: skip
from tests.core import mails
from tests.support.redis import RedisServer


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


@pytest.fixture(params=["alone", "with Redis"])
def _shared(request: pytest.FixtureRequest, app: Flask) -> None:
    """Count in the database alone, or with Redis."""
    if request.param == "with Redis":
        server: RedisServer = request.getfixturevalue("redis_server")
        app.extensions["idp.settings"].redis_url = server.url


@pytest.fixture
def ann(_in_app: None) -> Account:
    """A person who knows one browser."""
    account = service.add("ann@example.com", username="ann", password=PASSWORD, verified=True)
    assert isinstance(account, Account)
    devices.remember(account.id, OWN, "Firefox")
    return account


@pytest.mark.usefixtures("_shared")
def test_delays_grow_for_a_pair(ann: Account) -> None:
    """The sixth guess from one address is answered with seconds to wait, which double with each further one (item 9)."""
    for _ in range(5):
        assert refusal("ann") == (Reason.BAD_CREDENTIALS, None)
    assert refusal("ann") == (Reason.TOO_MANY_TRIES, 1)
    with clock.moved(timedelta(seconds=2)):
        assert refusal("ann") == (Reason.BAD_CREDENTIALS, None)
        assert refusal("ann") == (Reason.TOO_MANY_TRIES, 2)
        assert enter("ann", source=ELSEWHERE) is Reason.TOO_MANY_TRIES
        assert enter("ann", source=HOME) is None
        assert enter("ann", source=ELSEWHERE) is Reason.TOO_MANY_TRIES
    with clock.moved(timedelta(seconds=10)):
        assert enter("ann", source=ELSEWHERE) is None


@pytest.mark.usefixtures("_shared")
def test_passwords_and_codes_are_counted_apart(ann: Account) -> None:
    """Wrong passwords cost no try of a code, wrong codes none of a password, and a right one clears only its own (items 9, 21)."""
    for _ in range(5):
        assert reason(credentials.attempt_factor(ann, source=HOME)) is None
    refused = credentials.attempt_factor(ann, source=ELSEWHERE)
    assert refused == Refused(Reason.TOO_MANY_TRIES, retry_after=1)
    assert enter("ann") is None
    assert reason(credentials.attempt_factor(ann, source=HOME)) is Reason.TOO_MANY_TRIES
    with clock.moved(timedelta(seconds=2)):
        assert credentials.attempt_factor(ann, source=HOME) is None
        credentials.factor_was_right(ann, source=HOME)
        assert credentials.attempt_factor(ann, source=HOME) is None
    for _ in range(5):
        refusal("ann")
    assert refusal("ann")[0] is Reason.TOO_MANY_TRIES
    assert credentials.attempt_factor(ann, source=ELSEWHERE) is None


@pytest.mark.usefixtures("_shared")
def test_strangers_never_hold_a_known_browser(ann: Account) -> None:
    """However often strangers fail, even behind the owner's own address, a browser that the account knows gets in (item 10)."""
    almost_hold("ann", ann.id)
    for _ in range(4):
        refusal("ann", source=HOME)
    for _ in range(60):
        throttle.attempt([f"password-source/{HOME}"])
    assert refusal("ann", source=HOME) == HELD
    assert enter("ann", source=HOME, device=STRANGE) is Reason.ACCOUNT_HELD
    for source in (HOME, ELSEWHERE):
        assert enter("ann", source=source, device=OWN) is None
        assert credentials.check_password(ann, PASSWORD, source=source, device=OWN) is None
    assert credentials.change_password(ann, PASSWORD, "another long one", source=HOME, device=OWN) is None
    assert devices.is_known(ann.id, OWN)
    hold_codes(ann)
    assert reason(credentials.attempt_factor(ann, source=HOME)) is Reason.ACCOUNT_HELD
    assert credentials.attempt_factor(ann, source=HOME, device=OWN) is None


@pytest.mark.usefixtures("_shared")
def test_a_known_browser_waits_for_itself(ann: Account) -> None:
    """Wrong passwords at a known browser delay that one alone; after a hundred it is on hold like strangers (items 9, 10)."""
    for _ in range(5):
        assert enter("ann", "a guess", device=OWN) is Reason.BAD_CREDENTIALS
    assert enter("ann", device=OWN) is Reason.TOO_MANY_TRIES
    assert enter("ann", device=STRANGE) is None
    preset(f"password/{ann.id}/device/{crypto.digest(OWN).hex()[:32]}", 99)
    assert enter("ann", "a guess", device=OWN) is Reason.BAD_CREDENTIALS
    with clock.moved(400 * HOUR):
        assert enter("ann", device=OWN) is Reason.ACCOUNT_HELD
        assert mails.newest().label == "account_held"
        assert enter("ann", device=STRANGE) is None


def test_failures_from_everywhere_delay_everywhere(ann: Account) -> None:
    """Guesses spread over many addresses wait after twenty, so that a hundred take most of a day (item 9)."""
    refusal("ann")
    preset(f"password/{ann.id}", 19)
    assert refusal("ann", source="203.0.113.1") == (Reason.BAD_CREDENTIALS, None)
    assert refusal("ann", source="203.0.113.2") == (Reason.TOO_MANY_TRIES, 1)
    preset(f"password/{ann.id}", 97)
    assert refusal("ann", source="203.0.113.3") == (Reason.BAD_CREDENTIALS, None)
    assert refusal("ann", source="203.0.113.4") == (Reason.TOO_MANY_TRIES, 900)


@pytest.mark.usefixtures("_shared")
def test_unknown_names_look_the_same(ann: Account) -> None:
    """A name without an account gets the same answers at every step, up to the hold, and a mail that goes to nobody (item 11)."""
    steps: list[Callable[[str, int | str], object]] = [
        *[lambda name, _who: refusal(name)] * 7,
        lambda _name, who: preset(f"password/{who}", 19),
        *[lambda name, _who: refusal(name, source="203.0.113.1")] * 2,
        lambda _name, who: preset(f"password/{who}", 99),
        *[lambda name, _who: refusal(name, source="203.0.113.2")] * 3,
        lambda name, _who: enter(name, device=STRANGE),
    ]
    known = [step("ann@example.com", ann.id) for step in steps]
    unknown = [step("ghost@example.com", "name:ghost@example.com") for step in steps]
    assert known == unknown
    assert HELD in known
    kinds = [(delivery.kind, delivery.label) for delivery in session().scalars(outbox.queue())]
    assert kinds == [("nobody", "account_held"), ("mail", "account_held")]


@pytest.mark.usefixtures("_shared")
def test_spraying_from_one_source_is_slowed(ann: Account) -> None:
    """One password tried on many names waits up to a minute after fifty failures; a success in between clears nothing (item 9)."""
    for number in range(49):
        assert tries.of_password(None, f"name-{number}", source=ELSEWHERE, device=None).begin() is None
    assert enter("ann", source=ELSEWHERE) is None
    assert refusal("bob") == (Reason.BAD_CREDENTIALS, None)
    assert refusal("eve") == (Reason.TOO_MANY_TRIES, 1)
    assert enter("ann", source=ELSEWHERE) is Reason.TOO_MANY_TRIES
    assert enter("ann", source=ELSEWHERE, device=OWN) is enter("ann", source=HOME) is None
    passed = MINUTE
    for number in range(8):
        with clock.moved(passed):
            assert tries.of_password(None, f"other-{number}", source=ELSEWHERE, device=None).begin() is None
        passed += MINUTE
    with clock.moved(passed - MINUTE):
        assert refusal("mallory") == (Reason.TOO_MANY_TRIES, 60)
    with clock.moved(passed + 2 * HOUR):
        assert refusal("mallory") == refusal("eve") == (Reason.BAD_CREDENTIALS, None)


@pytest.mark.usefixtures("_shared")
def test_right_passwords_are_no_failures(ann: Account) -> None:
    """A house full of people who sign in behind one address is never told to wait (item 10)."""
    for number in range(70):
        right = tries.of_password(None, f"name-{number}", source=HOME, device=None)
        assert right.begin() is None
        right.was_right()
    assert enter("ann") is None


def test_a_busy_server_counts_nothing(ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """A try that was never compared, because too many waited, is no failure (item 10)."""
    monkeypatch.setattr(passwords, "LONGEST_QUEUE", 0.001)
    for _ in range(passwords.PLACES):
        passwords._places.acquire()
    try:
        for _ in range(8):
            with pytest.raises(Busy):
                enter("ann")
    finally:
        for _ in range(passwords.PLACES):
            passwords._places.release()
    assert enter("ann") is None
    assert session().scalars(select(FailureCounter).where(FailureCounter.failures > 0)).all() == []
