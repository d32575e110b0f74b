"""Browser sessions as rows: open, touch, renew, end. It knows account ids only.

The cookie holds 256 random bits, the row their digest. Idle and absolute limits apply; `ended` tells whoever hangs on a session.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from blinker import Signal
from sqlalchemy import JSON, Integer, LargeBinary, String, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column

from idp.base import clock, crypto
from idp.base.database import Instant, Model, pause, run, session, writing
from idp.lifetimes import LIFETIMES

TOUCH_EVERY = timedelta(seconds=60)

ended = Signal("Sent with the list of session ids that have just been ended, in the transaction that ends them.")


class BrowserSession(Model):
    """One signed-in browser. `id` is the `sid` of ID tokens (OpenID Connect Front-Channel Logout, section 3)."""

    __tablename__ = "browser_sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    epoch: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    auth_time: Mapped[datetime] = mapped_column(Instant)
    second_factor_at: Mapped[datetime | None] = mapped_column(Instant)
    amr: Mapped[list[str]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(300))
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    def is_fresh(self, within: timedelta = LIFETIMES.fresh_sign_in) -> bool:
        """Return whether the person proved who they are within this time."""
        return clock.now() - self.auth_time <= within


@dataclass(frozen=True)
class Device:
    """Where a request comes from."""

    source: str
    user_agent: str


def open_session(account_id: int, epoch: int, amr: list[str], device: Device) -> tuple[BrowserSession, str]:
    """Start a session and return it with its token, which only the cookie will hold."""
    now = clock.now()
    token = crypto.new_secret()
    row = BrowserSession(
        id=crypto.new_identifier(),
        token_digest=crypto.digest(token),
        account_id=account_id,
        epoch=epoch,
        created_at=now,
        last_seen_at=now,
        auth_time=now,
        amr=amr,
        source=device.source,
        user_agent=device.user_agent[:300],
        expires_at=now + LIFETIMES.session_absolute,
    )
    session().add(row)
    session().flush()
    return row, token


def renew(row: BrowserSession, amr: list[str]) -> str:
    """Record a new proof of identity in the same browser; return a new token, the old one is void."""
    token = crypto.new_secret()
    row.token_digest = crypto.digest(token)
    row.auth_time = row.last_seen_at = clock.now()
    row.amr = amr
    session().flush()
    return token


def find(token: str) -> BrowserSession | None:
    """Return the live session of a cookie's token and note that it was seen."""
    row = session().scalar(select(BrowserSession).where(BrowserSession.token_digest == crypto.digest(token)))
    if row is None or not is_live(row):
        return None
    if clock.now() - row.last_seen_at > TOUCH_EVERY:
        _touch(row)
    return row


def is_live(row: BrowserSession) -> bool:
    """Return whether a session has neither ended nor passed its idle or absolute limit."""
    now = clock.now()
    return row.ended_at is None and now < row.expires_at and now - row.last_seen_at < LIFETIMES.session_idle


def end(*session_ids: str) -> None:
    """End these sessions and tell who hangs on them."""
    found = session().scalars(
        update(BrowserSession)
        .where(BrowserSession.id.in_(session_ids), BrowserSession.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(BrowserSession.id)
        .execution_options(synchronize_session=False)
    )
    if ids := list(found):
        ended.send(ids)


def end_all(account_id: int, but: str | None = None) -> None:
    """End every session of an account, except the one named `but`."""
    ids = session().scalars(
        select(BrowserSession.id).where(
            BrowserSession.account_id == account_id, BrowserSession.ended_at.is_(None), BrowserSession.id != (but or "")
        )
    )
    end(*ids)


def follow_epoch(row: BrowserSession, epoch: int) -> None:
    """Keep this session through a change that voids the account's others."""
    row.epoch = epoch


def purge(limit: int) -> int:
    """Delete up to `limit` sessions that ended or expired a day ago; return how many."""
    before = clock.now() - timedelta(days=1)
    old = select(BrowserSession.id).where(BrowserSession.expires_at < before).limit(limit)
    return run(delete(BrowserSession).where(BrowserSession.id.in_(old)))


def _touch(row: BrowserSession) -> None:
    """Write `last_seen_at` in a transaction of its own, at most once a minute."""
    pause()
    before = writing.get()
    writing.set(True)
    session().execute(
        update(BrowserSession)
        .where(BrowserSession.id == row.id)
        .values(last_seen_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    pause()
    writing.set(before)
