"""The hold after a hundred failures: how it comes, who is told, and what ends it."""

import pytest

from idp import audit, throttle
from idp.accounts import credentials, recovery, tries
from idp.accounts.models import Account
from idp.base import clock
from idp.base.outcome import Reason, Refused
from tests.accounts.guessing import (
    DAY,
    ELSEWHERE,
    HELD,
    HOME,
    HOUR,
    OWN,
    almost_hold,
    enter,
    hold_codes,
    reason,
    refusal,
)  # fmt: skip
from tests.core import mails

pytestmark = pytest.mark.usefixtures("_in_app")


def test_a_known_browser_is_no_way_around_the_hundred(ann: Account) -> None:
    """The owner's sign-ins at home do not give strangers another hundred guesses; a stranger's right password ends the row (item 9)."""
    almost_hold("ann", ann.id)
    assert enter("ann", device=OWN) is None
    assert refusal("ann") == (Reason.BAD_CREDENTIALS, None)
    assert refusal("ann") == HELD
    credentials.unlock(ann, actor="admin")
    almost_hold("ann", ann.id)
    assert enter("ann") is None
    assert refusal("ann") == refusal("ann") == (Reason.BAD_CREDENTIALS, None)


@pytest.mark.usefixtures("_shared")
def test_a_hundred_failures_ever(ann: Account) -> None:
    """After a hundred failures in a row no stranger may try, with the right password either, from anywhere or ever (item 9)."""
    almost_hold("ann", ann.id)
    with clock.moved(400 * DAY):
        throttle.purge(1000)
        assert refusal("ann") == (Reason.BAD_CREDENTIALS, None)
    for days in (400, 800):
        with clock.moved(days * DAY):
            throttle.purge(1000)
            assert enter("ann", source=HOME) is enter("ann@example.com", source=HOME) is Reason.ACCOUNT_HELD
            assert refusal("ann", source=f"203.0.113.{days // 100}") == HELD
            assert credentials.is_held_back(ann)
    assert [event.event for event in audit.recent(ann.sub, 100)].count("account.held") == 2


@pytest.mark.parametrize("kind", ["password", "code"])
def test_the_owner_is_told_once_a_day(ann: Account, kind: str) -> None:
    """The hold brings a mail with a link at once, and another one only a day later, when tries go on (items 9, 17)."""

    def guess() -> None:
        (refusal("ann") if kind == "password" else credentials.attempt_factor(ann, source=ELSEWHERE))

    almost_hold("ann", ann.id) if kind == "password" else hold_codes(ann)
    assert mails.waiting() == []
    for _ in range(3):
        guess()
    (mail,) = mails.waiting()
    assert (mail.to, mail.label) == ("ann@example.com", "account_held")
    with clock.moved(20 * HOUR):
        guess()
        assert len(mails.waiting()) == 1
    with clock.moved(25 * HOUR):
        guess()
        guess()
        assert len(mails.waiting()) == 2
        assert isinstance(tries.peek_unlock(mail.token), Refused)
        assert tries.peek_unlock(mails.newest().token) is ann


def test_the_mailed_link_lifts_the_hold(ann: Account) -> None:
    """The link works once, for passwords and codes both, and is written down; a new hold brings a new one at once (item 9)."""
    almost_hold("ann", ann.id)
    refusal("ann")
    hold_codes(ann)
    token = mails.newest().token
    assert tries.peek_unlock(token) is ann
    assert enter("ann") is Reason.ACCOUNT_HELD
    assert tries.unlock_by_link(token, source=HOME) is ann
    assert enter("ann") is None
    assert credentials.attempt_factor(ann, source=ELSEWHERE) is None
    event = next(event for event in audit.recent(ann.sub) if event.event == "account.unlocked")
    assert (event.source, event.actor) == (HOME, None)
    again = tries.unlock_by_link(token, source=HOME)
    assert isinstance(again, Refused)
    assert again.reason is Reason.LINK_INVALID
    almost_hold("ann", ann.id)
    refusal("ann")
    assert tries.peek_unlock(mails.newest().token) is ann
    assert len(mails.waiting()) == 2


def test_a_link_of_a_former_address_or_day_is_dead(ann: Account) -> None:
    """The link works for a day, and only as long as the account has the address that it was sent to."""
    almost_hold("ann", ann.id)
    refusal("ann")
    token = mails.newest().token
    with clock.moved(25 * HOUR):
        expired = tries.unlock_by_link(token, source=HOME)
        assert isinstance(expired, Refused)
        assert expired.reason is Reason.LINK_EXPIRED
    ann.email = "new@example.com"
    assert isinstance(tries.unlock_by_link(token, source=HOME), Refused)
    assert enter("ann") is Reason.ACCOUNT_HELD


@pytest.mark.parametrize("how", ["reset", "administrator"])
def test_a_reset_or_an_administrator_ends_the_hold(ann: Account, how: str) -> None:
    """Both end the hold of passwords; a reset gives nobody more tries of a code (items 9, 14)."""
    almost_hold("ann", ann.id)
    refusal("ann")
    hold_codes(ann)
    if how == "reset":
        recovery.request("ann@example.com", source=ELSEWHERE)
        assert isinstance(recovery.finish(mails.newest().token, "another long one", source=ELSEWHERE), Account)
        assert enter("ann", "another long one", source=ELSEWHERE) is None
        assert reason(credentials.attempt_factor(ann, source=HOME)) is Reason.ACCOUNT_HELD
        assert mails.newest().label == "account_held"
    else:
        credentials.unlock(ann, actor="admin")
        assert enter("ann", source=ELSEWHERE) is None
        assert credentials.attempt_factor(ann, source=HOME) is None
        assert not credentials.is_held_back(ann)


def test_a_disabled_account_gets_no_link(ann: Account) -> None:
    """A disabled account is held like any other, and told nothing."""
    almost_hold("ann", ann.id)
    ann.disabled_at = clock.now()
    assert refusal("ann") == (Reason.BAD_CREDENTIALS, None)
    assert refusal("ann") == HELD
    assert mails.waiting() == []
