"""Guessing passwords and codes: slowed by account and by source, alike for unknown names, and never at the owner's expense."""

import pytest
from flask import Flask
from sqlalchemy import select

from idp import outbox, throttle
from idp.accounts import credentials, devices, tries
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
    count,
    enter,
    hold_codes,
    is_waiting,
    preset,
    reason,
    refusal,
)  # fmt: skip
from tests.core import mails
from tests.support.hashing import no_free_thread

pytestmark = pytest.mark.usefixtures("_in_app")


@pytest.mark.usefixtures("_shared")
def test_delays_grow_for_a_pair(ann: Account) -> None:
    """After five wrong guesses from one address it has to wait, twice as long for each further one; others need not (item 9)."""
    for _ in range(5):
        assert refusal("ann") == (Reason.BAD_CREDENTIALS, None)
    assert throttle.wait([f"password/typed/ann/{ELSEWHERE}"]) <= 1
    last = count(5, tries.of_password(ann, "ann", source=ELSEWHERE, device=None).begin, after=MINUTE)
    with clock.moved(last):
        assert is_waiting(refusal("ann"), 32)
        assert enter("ann", source=ELSEWHERE) is Reason.TOO_MANY_TRIES
        assert enter("ann", source=HOME) is None
        assert enter("ann", source=ELSEWHERE) is Reason.TOO_MANY_TRIES
    with clock.moved(last + MINUTE):
        assert enter("ann", source=ELSEWHERE) is None
        assert refusal("ann") == refusal("ann") == (Reason.BAD_CREDENTIALS, None)


@pytest.mark.usefixtures("_shared")
def test_passwords_and_codes_are_counted_apart(ann: Account) -> None:
    """Wrong passwords cost no try of a code, wrong codes none of a password, and a right one clears only its own (items 9, 21)."""
    last = count(10, lambda: credentials.attempt_factor(ann, source=HOME))
    with clock.moved(last):
        for source in (HOME, ELSEWHERE):
            refused = credentials.attempt_factor(ann, source=source)
            assert refused is not None
            assert is_waiting((refused.reason, refused.retry_after), 32)
        assert enter("ann") is None
        assert reason(credentials.attempt_factor(ann, source=HOME)) is Reason.TOO_MANY_TRIES
    with clock.moved(last + MINUTE):
        assert credentials.attempt_factor(ann, source=HOME) is None
        credentials.factor_was_right(ann, source=HOME)
        assert credentials.attempt_factor(ann, source=HOME) is None
    last = count(10, tries.of_password(ann, "ann", source=ELSEWHERE, device=None).begin)
    with clock.moved(last):
        assert is_waiting(refusal("ann"), 32)
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
    own = f"password/{ann.id}/device/{crypto.digest(OWN).hex()[:32]}"
    for failures in (1, 9):
        assert enter("ann", "a guess", device=OWN) is Reason.BAD_CREDENTIALS
        preset(own, failures)
    assert enter("ann", "a guess", device=OWN) is Reason.BAD_CREDENTIALS
    assert enter("ann", device=OWN) is Reason.TOO_MANY_TRIES
    assert enter("ann", device=STRANGE) is None
    preset(own, 99)
    assert enter("ann", "a guess", device=OWN) is Reason.BAD_CREDENTIALS
    with clock.moved(400 * HOUR):
        assert enter("ann", device=OWN) is Reason.ACCOUNT_HELD
        assert mails.newest().label == "account_held"
        assert enter("ann", device=STRANGE) is None


def test_failures_from_everywhere_delay_everywhere(ann: Account) -> None:
    """Guesses spread over many addresses wait after twenty, so that a hundred take most of a day (item 9)."""
    refusal("ann")
    preset("password/typed/ann", 18)
    assert (
        refusal("ann", source="203.0.113.1") == refusal("ann", source="203.0.113.2") == (Reason.BAD_CREDENTIALS, None)
    )
    for failures, seconds in ((24, 32), (97, 900)):
        preset("password/typed/ann", failures)
        assert refusal("ann", source="203.0.113.3") == (Reason.BAD_CREDENTIALS, None)
        assert is_waiting(refusal("ann", source="203.0.113.4"), seconds)


@pytest.mark.usefixtures("_shared")
def test_unknown_names_look_the_same(ann: Account) -> None:
    """A name without an account gets the same answers at every step, up to the hold, and a mail that goes to nobody (item 11)."""

    def answers(name: str, who: "int | str", account: "Account | None") -> "list[tuple[Reason, bool | None]]":
        found = [refusal(name)]
        last = count(10, tries.of_password(account, name, source=ELSEWHERE, device=None).begin)
        with clock.moved(last):
            found += [refusal(name), refusal(name, source=HOME)]
        everywhere = tries.of_password(account, name, source=ELSEWHERE, device=None).own[1]
        last = count(12, lambda: Refused(Reason.UNKNOWN) if throttle.attempt([everywhere]) else None, after=last + HOUR)
        with clock.moved(last):
            found += [refusal(name, source="203.0.113.1")]
        with clock.moved(last + HOUR):
            preset(f"password/{who}", 99)
            found += [refusal(name, source="203.0.113.2") for _ in range(3)]
        return [(why, seconds if why is Reason.ACCOUNT_HELD else seconds is not None) for why, seconds in found]

    known = answers("ann@example.com", ann.id, ann)
    assert known == answers("ghost@example.com", "name:ghost@example.com", None)
    assert [why for why, _seconds in known].count(Reason.TOO_MANY_TRIES) == 2
    assert HELD in known
    kinds = [(delivery.kind, delivery.label) for delivery in session().scalars(outbox.queue())]
    assert kinds == [("nobody", "account_held"), ("mail", "account_held")]


@pytest.mark.usefixtures("_shared")
def test_spraying_from_one_source_is_slowed(ann: Account) -> None:
    """One password tried on many names waits up to a minute after fifty failures; a success in between clears nothing (item 9)."""
    names = (f"name-{number}" for number in range(100))

    def begin() -> "Refused | None":
        return tries.of_password(None, next(names), source=ELSEWHERE, device=None).begin()

    for _ in range(48):
        assert begin() is None
    assert enter("ann", source=ELSEWHERE) is None
    assert refusal("bob") == (Reason.BAD_CREDENTIALS, None)
    last = count(8, begin, after=MINUTE)
    with clock.moved(last):
        assert is_waiting(refusal("eve"), 60)
        assert enter("ann", source=ELSEWHERE) is Reason.TOO_MANY_TRIES
        assert enter("ann", source=ELSEWHERE, device=OWN) is enter("ann", source=HOME) is None
    with clock.moved(last + 2 * HOUR):
        assert refusal("mallory") == refusal("eve") == (Reason.BAD_CREDENTIALS, None)


@pytest.mark.usefixtures("_shared")
def test_right_passwords_are_no_failures(ann: Account) -> None:
    """A house full of people who sign in behind one address is never told to wait (item 10)."""
    for number in range(70):
        right = tries.of_password(None, f"name-{number}", source=HOME, device=None)
        assert right.begin() is None
        right.was_right()
    assert enter("ann") is None


def test_a_busy_server_counts_nothing(app: Flask, ann: Account) -> None:
    """A try that was never compared, because too many waited, is no failure (item 10)."""
    with no_free_thread(app):
        for _ in range(8):
            with pytest.raises(Busy):
                enter("ann")
    assert enter("ann") is None
    assert session().scalars(select(FailureCounter).where(FailureCounter.failures > 0)).all() == []
