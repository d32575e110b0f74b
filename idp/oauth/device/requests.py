"""What devices ask for, as rows: begun, found by the code that a person typed, answered once, polled, forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, select, update
from sqlalchemy.sql.base import Executable

from idp.base import clock, crypto
from idp.base.database import insert_for, run
from idp.base.expiry import delete_some
from idp.base.statements import Row, parameter, parameters, statement
from idp.lifetimes import LIFETIMES
from idp.oauth.device import user_codes
from idp.oauth.models import DeviceRequest
from idp.oauth.parameters import DEVICE, AuthorizationParameters

INTERVAL = 5  # seconds between polls, where nothing else was said (RFC 8628, section 3.2)
SLOWER = 5  # seconds that are added for a poll that comes too soon (section 3.5)
SPARE = timedelta(seconds=1)  # by which the network may hasten a poll
KEPT = timedelta(hours=1)  # for which a device that polls on is told that its code has expired
MOST_DRAWN = 10  # codes, of which each would have to be in use


@dataclass(frozen=True)
class Begun:
    """A request that has begun: the code that the device keeps, and the one that it shows."""

    device_code: str
    user_code: str


@dataclass(frozen=True)
class Asked:
    """What a device asks for, where and when it did, and until when it can be answered."""

    id: int
    client_id: str
    parameters: AuthorizationParameters
    source: str
    asked_at: datetime
    expires_at: datetime


def begin(parameters_: AuthorizationParameters, source: str) -> Begun:
    """Keep what a device asks for, under two new codes; the shorter one is nobody else's as long as it can be typed."""
    now, device_code = clock.now(), crypto.new_secret()
    for _drawn in range(MOST_DRAWN):
        user_code = user_codes.make()
        kept = _keep.first(
            code_digest=crypto.digest(device_code),
            user_code_digest=user_codes.digest(user_code),
            client_id=parameters_.client_id,
            parameters=dict(parameters_.values),
            source=source,
            interval=INTERVAL,
            next_poll_at=now,
            created_at=now,
            expires_at=now + LIFETIMES.device_code,
        )
        if kept is not None:
            return Begun(device_code, user_code)
    raise RuntimeError("every code that was drawn is in use")


def find_typed(user_code: str) -> Asked | None:
    """Return the request that waits for the person who has typed its code; None where there is none, whatever the reason."""
    row = _typed.first(user_code_digest=user_codes.digest(user_code), now=clock.now())
    return _read(row) if row is not None else None


def find(number: str) -> Asked | None:
    """Return the request of an authorization request that was made of it, as long as it can be answered."""
    row = _waiting.first(id=int(number), now=clock.now())
    return _read(row) if row is not None else None


def hold(number: str) -> bool:
    """Use a request up for its one answer; of several answers at once a single one gets True. `allow` or a denial follows at once."""
    unanswered = (DeviceRequest.id == int(number)) & DeviceRequest.user_code_digest.is_not(None)
    used = update(DeviceRequest).where(unanswered, DeviceRequest.expires_at > clock.now())
    return run(used.values(user_code_digest=None).execution_options(synchronize_session=False)) == 1


def allow(number: str, grant_id: int) -> None:
    """Give a device what its person has allowed."""
    mine = update(DeviceRequest).where(DeviceRequest.id == int(number))
    run(mine.values(grant_id=grant_id).execution_options(synchronize_session=False))


def deny(number: str) -> None:
    """Have a device hear that its person denied it, or could not allow it."""
    mine = update(DeviceRequest).where(DeviceRequest.id == int(number))
    run(mine.values(denied_at=clock.now()).execution_options(synchronize_session=False))


def look(device_code: str) -> Row | None:
    """Return what is known of a device's code: the columns of `DeviceRequest` that a poll depends on."""
    return _polled.first(code_digest=crypto.digest(device_code))


def note_poll(row: Row) -> int | None:
    """Count a poll of a request that waits; return the seconds to wait from now on, if it came too soon (section 3.5)."""
    now = clock.now()
    if _keep_pace.run(id=row.id, now=now, next_poll_at=now + timedelta(seconds=row.interval) - SPARE) == 1:
        return None
    slower: int = row.interval + SLOWER
    _slow_down.run(id=row.id, slower=SLOWER, next_poll_at=now + timedelta(seconds=slower) - SPARE)
    return slower


def purge(limit: int) -> int:
    """Delete up to `limit` requests that expired an hour ago; return how many."""
    is_old = DeviceRequest.expires_at < clock.now() - KEPT
    return delete_some(DeviceRequest, is_old, DeviceRequest.expires_at, limit)


def _read(row: Row) -> Asked:
    values = {**row.parameters, DEVICE: str(row.id)}
    return Asked(row.id, row.client_id, AuthorizationParameters(values), row.source, row.created_at, row.expires_at)


@statement
def _keep(dialect: str) -> Executable:
    names = ("code_digest", "user_code_digest", "client_id", "parameters", "source", "interval", "next_poll_at")
    values = parameters(DeviceRequest, (*names, "created_at", "expires_at"))
    return insert_for(dialect, DeviceRequest).values(values).on_conflict_do_nothing().returning(DeviceRequest.id)


@statement
def _typed(_dialect: str) -> Executable:
    mine = DeviceRequest.user_code_digest == parameter("user_code_digest", DeviceRequest.user_code_digest)
    return _asked(mine)


@statement
def _waiting(_dialect: str) -> Executable:
    mine = DeviceRequest.id == parameter("id", DeviceRequest.id)
    return _asked(mine, DeviceRequest.user_code_digest.is_not(None))


def _asked(*mine: ColumnElement[bool]) -> Executable:
    columns = (DeviceRequest.id, DeviceRequest.client_id, DeviceRequest.parameters, DeviceRequest.source)
    until = DeviceRequest.expires_at > parameter("now", DeviceRequest.expires_at)
    return select(*columns, DeviceRequest.created_at, DeviceRequest.expires_at).where(until, *mine)


@statement
def _polled(_dialect: str) -> Executable:
    columns = (DeviceRequest.id, DeviceRequest.client_id, DeviceRequest.interval, DeviceRequest.denied_at)
    mine = DeviceRequest.code_digest == parameter("code_digest", DeviceRequest.code_digest)
    return select(*columns, DeviceRequest.grant_id, DeviceRequest.expires_at).where(mine)


@statement
def _keep_pace(_dialect: str) -> Update:
    is_due = DeviceRequest.next_poll_at <= parameter("now", DeviceRequest.next_poll_at)
    return _polling().where(is_due)


@statement
def _slow_down(_dialect: str) -> Update:
    slower = parameter("slower", DeviceRequest.interval)
    return _polling().values(interval=DeviceRequest.interval + slower)


def _polling() -> Update:
    mine = DeviceRequest.id == parameter("id", DeviceRequest.id)
    later = parameter("next_poll_at", DeviceRequest.next_poll_at)
    return update(DeviceRequest).where(mine).values(next_poll_at=later)
