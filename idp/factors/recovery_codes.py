"""Recovery codes: ten of 80 random bits, each good for one sign-in when every other factor is out of reach.

Those that an import brought have the shape that they had elsewhere: letters and digits, 8 to 24 of them.
"""

import re
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from idp.base import clock
from idp.base.database import connection, run, session
from idp.base.extensions import vault
from idp.base.writing import read_code
from idp.factors.models import RecoveryCode

COUNT = 10
LENGTH = 16
SHAPE = re.compile(r"[a-z0-9]{8,24}", re.ASCII)
# Crockford's alphabet: no letter that looks like a digit.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LOOK_ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1"})


def renew(account_id: int) -> list[str]:
    """Make ten new codes, in place of all earlier ones, and return them: only their digests are kept."""
    discard(account_id)
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(COUNT)]
    now = clock.now()
    rows = [{"digest": _digest(account_id, code), "account_id": account_id, "created_at": now} for code in codes]
    connection().execute(insert(RecoveryCode), rows)
    return ["-".join(code[place : place + 4] for place in range(0, LENGTH, 4)) for code in codes]


def rows(account_id: int, codes: Iterable[str]) -> list[dict[str, Any]]:
    """Return the columns of codes that are known from elsewhere; none has another shape than `is_one` knows."""
    now = clock.now()
    digests = {_digest(account_id, _read(code)) for code in codes}
    return [{"digest": digest, "account_id": account_id, "created_at": now} for digest in digests]


def is_one(text: str) -> bool:
    """Return whether a text has the shape of a recovery code."""
    return SHAPE.fullmatch(_read(text)) is not None


def spend(account_id: int, text: str) -> bool:
    """Use a code up; return False when it is wrong or was used before. Of parallel uses one succeeds."""
    used = run(
        update(RecoveryCode)
        .where(RecoveryCode.digest == _digest(account_id, _read(text)), RecoveryCode.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return used == 1


def count_left(account_id: int) -> int:
    """Return how many codes still work."""
    query = select(func.count()).select_from(RecoveryCode)
    return session().scalar(query.where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))) or 0


def discard(account_id: int, *, since: datetime | None = None) -> None:
    """Delete the codes of an account: all, or those made since an instant."""
    codes = delete(RecoveryCode).where(RecoveryCode.account_id == account_id)
    run(codes.where(RecoveryCode.created_at >= since) if since is not None else codes)


def _read(text: str) -> str:
    return read_code(text).lower().translate(LOOK_ALIKE)


def _digest(account_id: int, code: str) -> bytes:
    return vault().keyed_digest(code, f"recovery/{account_id}")
