"""What tests of throttling share: guesses at the password and the codes of an account, and counters set near their end."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import update

from idp.accounts import credentials
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.database import run
from idp.base.outcome import Reason, Refused
from idp.throttle import FailureCounter

PASSWORD = "correct horse battery"
OWN, STRANGE = "d" * 43, "e" * 43
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.1"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HELD = (Reason.ACCOUNT_HELD, 3600)


def enter(name: str, password: str = PASSWORD, *, source: str = HOME, device: "str | None" = None) -> "Reason | None":
    """Try to sign in; return the reason of a refusal."""
    answer = credentials.check(name, password, source=source, device=device)
    return answer.reason if isinstance(answer, Refused) else None


def refusal(name: str, *, source: str = ELSEWHERE) -> "tuple[Reason, int | None]":
    """Guess wrong, expect a refusal, and return its reason and the seconds to wait."""
    answer = credentials.check(name, "a guess", source=source)
    assert isinstance(answer, Refused)
    return answer.reason, answer.retry_after


def count(times: int, begin: "Callable[[], Refused | None]", *, after: timedelta = timedelta()) -> timedelta:
    """Begin so many tries a minute after the other, without comparing anything; return how far the clock was moved for the last."""
    for number in range(times):
        with clock.moved(after + number * MINUTE):
            assert begin() is None
    return after + (times - 1) * MINUTE


def is_waiting(refused: "tuple[Reason, int | None]", longest: int) -> bool:
    """Return whether a refusal says to wait so many seconds, less what a slow machine has used up of them since."""
    return refused[0] is Reason.TOO_MANY_TRIES and longest / 2 < (refused[1] or 0) <= longest


def preset(key: str, failures: int) -> None:
    """Set a counter that exists, its wait over: a hundred comparisons would take long."""
    counter = update(FailureCounter).where(FailureCounter.key_digest == crypto.digest(key))
    assert run(counter.values(failures=failures, blocked_until=clock.now())) == 1


def almost_hold(name: str, who: "int | str") -> None:
    """Leave a name one failure before the hundredth."""
    assert refusal(name) == (Reason.BAD_CREDENTIALS, None)
    preset(f"password/{who}", 99)


def hold_codes(account: Account) -> None:
    """Use up every try of a code."""
    assert credentials.attempt_factor(account, source=ELSEWHERE) is None
    preset(f"code/{account.id}", 99)
    assert credentials.attempt_factor(account, source=ELSEWHERE) is None


def reason(refused: "Refused | None") -> "Reason | None":
    """Return why, if at all."""
    return None if refused is None else refused.reason
