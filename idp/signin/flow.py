"""Sign-in as a state machine: which step is missing, and the half-finished sign-ins that wait for it.

`missing` is pure. It looks at what has been shown and when, at what the account has, and at what is demanded; it alone decides
what is asked next, for pages, relying parties and every other door. Only the missing step is ever asked.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import delete, update

from idp.accounts import lookup, taking
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import clock, crypto
from idp.base.database import run, session
from idp.base.expiry import delete_some
from idp.base.outcome import Refused
from idp.lifetimes import LIFETIMES
from idp.sessions import BrowserSession, Proof
from idp.signin.models import SignInAttempt

BROWSER = "browser"
TRIES = 5


class Step(Enum):
    """What is still to be done."""

    FIRST = "first"  # a password or a passkey
    SECOND = "second"  # a code or a passkey
    ENROL = "enrol"  # there is no second factor yet, and one is required


@dataclass(frozen=True)
class Shown:
    """When each factor was shown last at a browser."""

    first_at: datetime
    second_at: datetime | None = None


@dataclass(frozen=True)
class Demand:
    """What a page or a relying party asks for: factors not older than `since`, and two of them in any case."""

    since: datetime | None = None
    two_factors: bool = False


def missing(shown: Shown | None, has_second_factor: bool, demand: Demand) -> Step | None:
    """Return the next step, or None when everything demanded has been shown.

    An account with a second factor always has to show it: also a session older than the factor must.
    """
    if shown is None or _is_older(shown.first_at, demand.since):
        return Step.FIRST
    if has_second_factor:
        return Step.SECOND if shown.second_at is None or _is_older(shown.second_at, demand.since) else None
    return Step.ENROL if demand.two_factors else None


def shown_in(browser: BrowserSession) -> Shown:
    """Return what a session has shown."""
    return Shown(browser.auth_time, browser.second_factor_at)


def begin(account: Account, amr: list[str], *, door: str = BROWSER) -> str:
    """Keep a sign-in whose first factor was right until the second comes; return the secret that names it."""
    secret = crypto.new_secret()
    now = clock.now()
    session().add(
        SignInAttempt(
            digest=crypto.digest(secret),
            account_id=account.id,
            epoch=account.token_epoch,
            door=door,
            amr=amr,
            proved_at=now,
            expires_at=now + (LIFETIMES.sign_in_attempt if door == BROWSER else LIFETIMES.second_factor_token),
        )
    )
    session().flush()
    return secret


def find(secret: str | None, *, door: str = BROWSER) -> tuple[SignInAttempt, Account] | None:
    """Return a waiting sign-in of this door and its account: not expired, tried too often, or void by a changed password."""
    row = session().get(SignInAttempt, crypto.digest(secret)) if secret else None
    if row is None or row.door != door or row.expires_at <= clock.now() or row.tries >= TRIES:
        return None
    account = lookup.find(row.account_id)
    if account is None or account.disabled_at is not None or account.token_epoch != row.epoch:
        return None
    return row, account


def hold(secret: str | None, *, door: str = BROWSER) -> tuple[SignInAttempt, Account] | None:
    """As `find`, with the account held until the commit: what is shown next, and the session that follows, count for this password."""
    found = find(secret, door=door)
    if found is None or isinstance(taking.take(Authority(found[1].id, found[0].epoch)), Refused):
        return None
    return found


def count_try(row: SignInAttempt) -> bool:
    """Count a try before it is made; return False when there are none left, also for one of several at once."""
    counted = run(
        update(SignInAttempt)
        .where(SignInAttempt.digest == row.digest, SignInAttempt.tries < TRIES)
        .values(tries=SignInAttempt.tries + 1)
        .execution_options(synchronize_session=False)
    )
    return counted == 1


def finish(row: SignInAttempt, amr: list[str]) -> Proof | None:
    """Use a waiting sign-in up after its second factor was right; None when another request was faster."""
    spent = run(
        delete(SignInAttempt).where(SignInAttempt.digest == row.digest).execution_options(synchronize_session=False)
    )
    session().expunge(row)
    if spent != 1:
        return None
    return Proof([*row.amr, *amr, "mfa"], first_at=row.proved_at, second_at=clock.now())


def purge(limit: int) -> int:
    """Delete up to `limit` sign-ins that nobody finished; return how many."""
    return delete_some(SignInAttempt, SignInAttempt.expires_at < clock.now(), SignInAttempt.expires_at, limit)


def _is_older(shown_at: datetime, since: datetime | None) -> bool:
    return since is not None and shown_at < since
