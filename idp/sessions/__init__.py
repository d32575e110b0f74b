"""Browser sessions as rows: open, touch, renew, end. It knows account ids only.

The cookie holds 256 random bits, the row their digest. Idle and absolute limits apply; `ended` tells whoever hangs on a session, and
the audit log has each end: `session.ended` with its cause, `signout` where somebody left, `session.expired` (`accounts.lapsing`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from blinker import Signal
from sqlalchemy import (
    JSON,
    ColumnElement,
    Insert,
    Integer,
    LargeBinary,
    String,
    Update,
    and_,
    exists,
    func,
    insert,
    inspect,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from idp.base import clock, crypto
from idp.base.database import Instant, Model, adopt, held, pause, session, writing
from idp.base.statements import join, parameter, parameters, statement
from idp.lifetimes import LIFETIMES
from idp.sessions.ending import Ending as Ending

TOUCH_EVERY = timedelta(seconds=60)
MOST_LISTED = 100

ended = Signal("Sent with the list of session ids that have just been ended, in the transaction that ends them.")

BROWSER = "browser"


class BrowserSession(Model):
    """One sign-in: of a browser, or through the `door` of an older interface, whose tokens hang on it.

    `id` is the `sid` of ID tokens (OpenID Connect Front-Channel Logout, section 3).
    """

    __tablename__ = "browser_sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    account_id: Mapped[int] = mapped_column(Integer, index=True)
    epoch: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    auth_time: Mapped[datetime] = mapped_column(Instant)
    second_factor_at: Mapped[datetime | None] = mapped_column(Instant)
    # For whom each factor was shown last: the digest of the path that the sign-in continued to.
    first_for: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    second_for: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    amr: Mapped[list[str]] = mapped_column(JSON)
    door: Mapped[str] = mapped_column(String(32), default=BROWSER, server_default=BROWSER)
    source: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(300))
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True)
class Device:
    """Where a request comes from."""

    source: str
    user_agent: str


@dataclass(frozen=True)
class Proof:
    """What somebody has just shown: by which methods (RFC 8176), when each of the two factors was right, and for which path."""

    amr: list[str]
    first_at: datetime | None = None
    second_at: datetime | None = None
    target: str | None = None


def open_session(
    account_id: int,
    epoch: int,
    proof: Proof | list[str],
    device: Device,
    *,
    door: str = BROWSER,
    life: timedelta = LIFETIMES.session_absolute,
) -> tuple[BrowserSession, str]:
    """Start a session and return it with its token, which only the cookie will hold. A list is a first factor's methods."""
    now = clock.now()
    proof = proof if isinstance(proof, Proof) else Proof(proof)
    token = crypto.new_secret()
    values: dict[str, Any] = {
        "id": crypto.new_identifier(),
        "token_digest": crypto.digest(token),
        "account_id": account_id,
        "epoch": epoch,
        "created_at": now,
        "last_seen_at": now,
        "auth_time": proof.first_at or now,
        "second_factor_at": proof.second_at,
        "first_for": _name(proof.target),
        "second_for": _name(proof.target) if proof.second_at else None,
        "amr": proof.amr,
        "door": door,
        "source": device.source,
        "user_agent": device.user_agent[:300],
        "expires_at": now + life,
    }
    join()
    session().flush()
    _open.run(**values)
    return adopt(BrowserSession, values), token


@statement
def _open(_dialect: str) -> Insert:
    names = [column.key for column in inspect(BrowserSession).columns if column.key != "ended_at"]
    return insert(BrowserSession).values(parameters(BrowserSession, names))


def renew(row: BrowserSession, proof: Proof) -> str:
    """Record a new proof of identity in the same browser; return a new token, the old one is void.

    A factor that the proof does not name keeps the time at which it was shown last.
    """
    token = crypto.new_secret()
    row.token_digest = crypto.digest(token)
    row.last_seen_at = clock.now()
    if proof.first_at is not None:
        row.auth_time, row.first_for = proof.first_at, _name(proof.target)
    if proof.second_at is not None:
        row.second_factor_at, row.second_for = proof.second_at, _name(proof.target)
    row.amr = _merge(row.amr, proof.amr, is_double=row.second_factor_at is not None)
    session().flush()
    return token


def shown_for(row: BrowserSession, target: str) -> tuple[bool, bool]:
    """Return for each factor whether it was shown last for this very path; whose clock said when does not matter for it."""
    name = _name(target)
    return row.first_for == name, row.second_for == name


def _name(target: str | None) -> bytes | None:
    return crypto.digest(target) if target else None


def _merge(known: list[str], new: list[str], is_double: bool) -> list[str]:
    """Return all methods once, in order, and `mfa` (RFC 8176, section 2) when two factors were shown."""
    methods = [method for method in dict.fromkeys([*known, *new]) if method != "mfa"]
    return [*methods, "mfa"] if is_double else methods


def find(token: str) -> BrowserSession | None:
    """Return the live session of a cookie's token and note that it was seen."""
    row = look_up(crypto.digest(token))
    if row is None:
        return None
    if clock.now() - row.last_seen_at > TOUCH_EVERY:
        _touch(row)
    return row


def look_up(digest: bytes) -> BrowserSession | None:
    """Return the live session whose token has this digest, and note nothing."""
    row = session().scalar(select(BrowserSession).where(BrowserSession.token_digest == digest))
    return row if row is not None and is_live(row) else None


def is_live(row: BrowserSession) -> bool:
    """Return whether a session has neither ended nor passed its absolute limit, nor, for browsers, its idle one."""
    now = clock.now()
    is_idle = row.door == BROWSER and now - row.last_seen_at >= LIFETIMES.session_idle
    return row.ended_at is None and now < row.expires_at and not is_idle


def lives(now: Any, idle_since: Any) -> ColumnElement[bool]:
    """Say in SQL what `is_live` says, at an instant; a browser's session that was not seen after `idle_since` is idle."""
    is_seen = or_(BrowserSession.door != BROWSER, BrowserSession.last_seen_at > idle_since)
    return and_(BrowserSession.ended_at.is_(None), BrowserSession.expires_at > now, is_seen)


def list_live(account_id: int, epoch: int, limit: int = MOST_LISTED) -> list[BrowserSession]:
    """Return the sessions in which an account of this epoch is signed in, the one seen last first."""
    now = clock.now()
    query = select(BrowserSession).where(
        BrowserSession.account_id == account_id,
        BrowserSession.epoch == epoch,
        lives(now, now - LIFETIMES.session_idle),
    )
    return list(session().scalars(query.order_by(BrowserSession.last_seen_at.desc(), BrowserSession.id).limit(limit)))


def find_of(account_id: int, session_id: str) -> BrowserSession | None:
    """Return a session by its identifier, if it is this account's."""
    row = session().get(BrowserSession, session_id)
    return row if row is not None and row.account_id == account_id else None


def note_seen(row: BrowserSession) -> None:
    """Note that something was done in a session, at most once a minute."""
    if clock.now() - row.last_seen_at > TOUCH_EVERY:
        row.last_seen_at = clock.now()


def note_looked_at(session_id: str, last_seen_at: datetime) -> None:
    """Note that a session was seen that was read without its row, at most once a minute, and in no transaction of others' changes."""
    now = clock.now()
    if now - last_seen_at > TOUCH_EVERY:
        _note_seen.run(session_id=session_id, now=now)


@statement
def _note_seen(_dialect: str) -> Update:
    mine = BrowserSession.id == parameter("session_id", BrowserSession.id)
    return update(BrowserSession).where(mine).values(last_seen_at=parameter("now", BrowserSession.last_seen_at))


def last_seen_at(account_id: int) -> datetime | None:
    """Return when a session of an account was seen last, as far as is remembered."""
    return session().scalar(
        select(func.max(BrowserSession.last_seen_at)).where(BrowserSession.account_id == account_id)
    )


def are_seen_since(account_id: InstrumentedAttribute[int], instant: datetime) -> ColumnElement[bool]:
    """Return the condition that a session of an account was seen after an instant."""
    return exists().where(BrowserSession.account_id == account_id, BrowserSession.last_seen_at > instant)


def end(*session_ids: str, why: Ending) -> None:
    """End these sessions, all of one account, record each, and tell who hangs on them."""
    found = session().scalars(
        update(BrowserSession)
        .where(BrowserSession.id.in_(session_ids), BrowserSession.ended_at.is_(None))
        .values(ended_at=clock.now())
        .returning(BrowserSession.id)
        .execution_options(synchronize_session=False)
    )
    if ids := list(found):
        for session_id in ids:
            why.record(session_id)
        ended.send(ids)


def end_all(account_id: int, *, why: Ending, but: str | None = None) -> None:
    """End every session of an account, except the one named `but`."""
    ids = session().scalars(
        select(BrowserSession.id).where(
            BrowserSession.account_id == account_id, BrowserSession.ended_at.is_(None), BrowserSession.id != (but or "")
        )
    )
    end(*ids, why=why)


def follow_epoch(row: BrowserSession, epoch: int) -> None:
    """Keep this session through a change that voids the account's others."""
    row.epoch = epoch


def forget_second_factor(account_id: int) -> None:
    """Let no session count, or say of itself (`mfa`), that a second factor was shown: none is left, and a later one is another."""
    shown = select(BrowserSession).where(
        BrowserSession.account_id == account_id, BrowserSession.second_factor_at.is_not(None)
    )
    for row in session().scalars(shown.execution_options(populate_existing=True)):
        row.second_factor_at = None
        row.amr = _merge(row.amr, [], is_double=False)
    session().flush()


def _touch(row: BrowserSession) -> None:
    """Write `last_seen_at` in a transaction of its own, at most once a minute; in the present one, where that holds an account."""
    seen = update(BrowserSession).where(BrowserSession.id == row.id).values(last_seen_at=clock.now())
    seen = seen.execution_options(synchronize_session=False)
    if held():
        session().execute(seen)
        return
    pause()
    before = writing.get()
    writing.set(True)
    session().execute(seen)
    pause()
    writing.set(before)
