"""Authenticator apps (RFC 6238): enrolling one, and checking its codes. Each time-step is accepted once."""

import hmac
import re
from base64 import b32encode
from datetime import datetime, timedelta
from io import BytesIO
from secrets import token_bytes
from typing import Any
from urllib.parse import urlsplit

import pyotp
from sqlalchemy import ColumnElement, delete, func, select, update

from idp.accounts import identity
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.database import run, session
from idp.base.expiry import delete_some
from idp.base.extensions import settings, vault
from idp.base.outcome import Reason, Refused
from idp.base.writing import read_code, tidy
from idp.factors.models import Authenticator
from idp.lifetimes import LIFETIMES

STEP = 30  # seconds
SKEW = 1  # steps before and after the present one whose codes are accepted too
MOST = 10  # authenticators an account can have
LONGEST_NAME = 64
ISSUER_NAME = "Gatehouse"
CODE = re.compile(r"[0-9]{6}", re.ASCII)


def start(account: Account) -> Authenticator | Refused:
    """Begin to enrol an authenticator, in place of one that was begun and never confirmed. Refusal: FACTOR_LIMIT."""
    count = session().scalar(select(func.count()).select_from(Authenticator).where(_confirmed(account.id)))
    if (count or 0) >= MOST:
        return Refused(Reason.FACTOR_LIMIT)
    session().execute(
        delete(Authenticator).where(Authenticator.account_id == account.id, Authenticator.confirmed_at.is_(None))
    )
    row = Authenticator(
        id=crypto.new_identifier(),
        account_id=account.id,
        name="",
        sealed_secret=b"",
        last_step=0,
        created_at=clock.now(),
    )
    # 160 bits, as RFC 4226, section 4, recommends.
    row.sealed_secret = vault().seal(b32encode(token_bytes(20)), _context(row))
    session().add(row)
    session().flush()
    return row


def row(account_id: int, name: str, secret: bytes, *, confirmed_at: datetime) -> dict[str, Any]:
    """Return the columns of an authenticator whose secret is known from elsewhere, and which was confirmed there.

    Codes have six digits, from SHA-1, of `STEP` seconds; whoever brings another kind must not call this.
    """
    number = crypto.new_identifier()
    return {
        "id": number,
        "account_id": account_id,
        "name": name,
        "sealed_secret": vault().seal(b32encode(secret).rstrip(b"="), f"authenticator/{number}"),
        "last_step": 0,
        "created_at": confirmed_at,
        "confirmed_at": confirmed_at,
    }


def find_started(account_id: int, authenticator_id: str) -> Authenticator | None:
    """Return an enrolment that is still to be confirmed."""
    row = session().get(Authenticator, authenticator_id)
    if row is None or row.account_id != account_id or row.confirmed_at is not None:
        return None
    return row if clock.now() - row.created_at < LIFETIMES.enrolment else None


def find_pending(account_id: int) -> Authenticator | None:
    """Return the enrolment that an account has begun last and not confirmed yet."""
    query = select(Authenticator.id).where(Authenticator.account_id == account_id, Authenticator.confirmed_at.is_(None))
    newest = session().scalar(query.order_by(Authenticator.created_at.desc()).limit(1))
    return find_started(account_id, newest) if newest is not None else None


def typed_secret(row: Authenticator) -> str:
    """Return the secret as people type it, in groups of four."""
    secret = _secret(row)
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


def provisioning_uri(row: Authenticator, account: Account) -> str:
    """Return the `otpauth:` address that authenticator apps read."""
    # Neither part of the label may have a colon, which stands between them: so no port, and no bare IPv6 address.
    host = (urlsplit(settings().issuer).hostname or "").replace(":", ".")
    return pyotp.TOTP(_secret(row)).provisioning_uri(name=account.email, issuer_name=f"{ISSUER_NAME} {host}")


def qr_svg(uri: str) -> str:
    """Return a QR code as an SVG element, to stand in a page, with the quiet zone that the standard asks for (ISO/IEC 18004)."""
    import qrcode  # here, as below: it brings a library for pictures, and is asked for when somebody enrols
    from qrcode.image.svg import SvgPathImage

    image = qrcode.make(uri, image_factory=SvgPathImage, box_size=10, border=4)
    buffer = BytesIO()
    image.save(buffer)
    return buffer.getvalue().decode().partition("?>")[2].strip()


def qr_png(uri: str) -> bytes:
    """Return a QR code as a PNG image."""
    import qrcode
    from qrcode.image.pure import PyPNGImage

    buffer = BytesIO()
    qrcode.make(uri, image_factory=PyPNGImage, box_size=8, border=4).save(buffer)
    return buffer.getvalue()


def read_name(typed: str) -> str | Refused:
    """Return the name that somebody gives a factor, without stray spaces.

    Refusals, of the field `name`: FACTOR_NAME, and those of `identity.check_characters`.
    """
    name = " ".join(tidy(" ".join(typed.split())).split())
    if not 1 <= len(name) <= LONGEST_NAME:
        return Refused(Reason.FACTOR_NAME, "name")
    refused = identity.check_characters(name, "name")
    return refused if refused is not None else name


def is_code(text: str) -> bool:
    """Return whether a text, spaces and hyphens aside, has the shape of a code: six digits, of whatever script."""
    return CODE.fullmatch(read_code(text)) is not None


def confirm(row: Authenticator, code: str, name: str) -> Refused | None:
    """Enable an authenticator by its first right code. Refusals: FACTOR_NAME (field `name`), WRONG_FACTOR (field `code`)."""
    given = read_name(name)
    if isinstance(given, Refused):
        return given
    if not _spend(row, code, enrolling=True):
        return Refused(Reason.WRONG_FACTOR, "code")
    row.name = given
    session().flush()
    return None


def verify(account_id: int, code: str) -> Authenticator | None:
    """Return the authenticator that gave this code, and spend the code; None when it is wrong, old or spent."""
    for row in list_confirmed(account_id):
        if _spend(row, code):
            return row
    return None


def list_confirmed(account_id: int) -> list[Authenticator]:
    """Return an account's authenticators, oldest first."""
    return list(
        session().scalars(select(Authenticator).where(_confirmed(account_id)).order_by(Authenticator.created_at))
    )


def purge(limit: int) -> int:
    """Delete up to `limit` enrolments that nobody finished; return how many."""
    before = clock.now() - LIFETIMES.enrolment - timedelta(hours=1)
    is_old = Authenticator.confirmed_at.is_(None) & (Authenticator.created_at < before)
    return delete_some(Authenticator, is_old, Authenticator.created_at, limit)


def _spend(row: Authenticator, code: str, enrolling: bool = False) -> bool:
    """Compare with the present step and its neighbours, and claim the step: of parallel uses one succeeds (RFC 6238, 5.2)."""
    step = _matching_step(_secret(row), code)
    if step is None:
        return False
    now = clock.now()
    values = {"last_step": step, "last_used_at": now} | ({"confirmed_at": now} if enrolling else {})
    claimed = run(
        update(Authenticator)
        .where(Authenticator.id == row.id, Authenticator.last_step < step)
        .where(Authenticator.confirmed_at.is_(None) if enrolling else Authenticator.confirmed_at.is_not(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if claimed == 1:  # otherwise the row may be gone
        session().refresh(row)
    return claimed == 1


def _matching_step(secret: str, code: str) -> int | None:
    typed = read_code(code)
    if not is_code(typed):
        return None
    present = int(clock.now().timestamp()) // STEP
    totp = pyotp.TOTP(secret)
    matching = None
    for step in range(present - SKEW, present + SKEW + 1):
        if hmac.compare_digest(totp.generate_otp(step), typed):
            matching = step
    return matching


def _secret(row: Authenticator) -> str:
    return vault().unseal(row.sealed_secret, _context(row)).decode()


def _context(row: Authenticator) -> str:
    return f"authenticator/{row.id}"


def _confirmed(account_id: int) -> ColumnElement[bool]:
    return (Authenticator.account_id == account_id) & Authenticator.confirmed_at.is_not(None)
