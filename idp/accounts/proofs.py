"""Proofs of an address: a link's secret and a code of six characters in one mail. Each works once; a new one replaces the old.

A code lives ten minutes and five tries. After ten wrong codes for an address in a day only links work.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, select, update

from idp import throttle
from idp.accounts import taking
from idp.accounts.models import Proof
from idp.base import clock, crypto
from idp.base.database import connection, insert_into, run, session
from idp.base.expiry import delete_some
from idp.base.extensions import vault
from idp.base.outcome import Reason, Refused
from idp.base.writing import read_code
from idp.lifetimes import LIFETIMES

VERIFY, RESET, BOOTSTRAP, UNLOCK = "verify", "reset", "bootstrap", "unlock"
BREAK_GLASS = "break-glass"
CHANGE_EMAIL, UNDO_EMAIL, KEEP_ACCOUNT = "change-email", "undo-email", "keep-account"
# An owner's way back stays when a thief changes the password.
WAYS_BACK = (UNDO_EMAIL, KEEP_ACCOUNT)
# Only of an account that is held are these made: whoever has one moves an account, or opens it again.
OWNERS_OWN = (CHANGE_EMAIL, BREAK_GLASS, *WAYS_BACK)
TRIES, WRONG_PER_DAY = 5, 10
CODE, MIXED_CODE = (
    re.compile(r"[0-9]{6}", re.ASCII),
    re.compile(r"[0-9A-Z]{6}", re.ASCII),
)  # an older interface mails the latter


def make(
    purpose: str,
    holder: str,
    *,
    link_life: timedelta,
    email: str = "",
    account_id: int | None = None,
    with_code: bool = True,
    new_code: Callable[[], str] = crypto.new_code,
) -> tuple[str, str]:
    """Replace the holder's proof for this purpose; return the link's secret and the code (empty without one)."""
    if purpose in OWNERS_OWN and account_id is not None:
        taking.require(account_id)
    now = clock.now()
    token, code = crypto.new_link_secret(), new_code() if with_code else ""
    values = {
        "account_id": account_id,
        "email": email,
        "token_digest": crypto.digest(token),
        "code_digest": _code_digest(holder, code) if code else None,
        "tries": 0,
        "created_at": now,
        "code_expires_at": now + LIFETIMES.one_time_code,
        "expires_at": now + link_life,
    }
    statement = insert_into(Proof).values(purpose=purpose, holder=holder, **values)
    connection().execute(statement.on_conflict_do_update(index_elements=[Proof.holder, Proof.purpose], set_=values))
    return token, code


def try_code(purpose: str, holder: str, code: str) -> Proof | Refused:
    """Compare a typed code, spaces and hyphens aside; the proof is not yet spent. What cannot be a code costs no try.

    Refusals: WRONG_CODE; CODE_SPENT after five tries or ten wrong codes in a day; CODE_EXPIRED, only for the right code.
    """
    typed = read_code(code)
    if not (MIXED_CODE if purpose == RESET else CODE).fullmatch(typed):
        return Refused(Reason.WRONG_CODE, "code")
    found = session().execute(
        update(Proof)
        .where(Proof.holder == holder, Proof.purpose == purpose, Proof.tries < TRIES)
        .values(tries=Proof.tries + 1)
        .returning(Proof.id)
        .execution_options(synchronize_session=False)
    )
    proof_id = found.scalar_one_or_none()
    if proof_id is None:
        return Refused(Reason.CODE_SPENT if _get(purpose, holder) else Reason.WRONG_CODE, "code")
    proof = session().get_one(Proof, proof_id, populate_existing=True)
    daily = f"code/{proof.email}"
    if throttle.tallied(daily) >= WRONG_PER_DAY:
        return Refused(Reason.CODE_SPENT, "code")
    if proof.code_digest is None or not crypto.equal(proof.code_digest, _code_digest(holder, typed)):
        throttle.tally(daily)
        return Refused(Reason.WRONG_CODE, "code")
    if clock.now() >= proof.code_expires_at:
        return Refused(Reason.CODE_EXPIRED, "code")
    return proof


def give_back(proof: Proof) -> None:
    """Take the count of a right code back, which is only looked at and will be sent again."""
    run(update(Proof).where(Proof.id == proof.id, Proof.tries > 0).values(tries=Proof.tries - 1))


def find_link(purpose: str, token: str) -> Proof | Refused:
    """Return the proof of a mailed link, unspent. Refusals: LINK_INVALID, LINK_EXPIRED."""
    query = select(Proof).where(Proof.purpose == purpose, Proof.token_digest == crypto.digest(token))
    proof = session().scalar(query)
    if proof is None:
        return Refused(Reason.LINK_INVALID)
    if clock.now() >= proof.expires_at:
        return Refused(Reason.LINK_EXPIRED)
    return proof


def spend(proof: Proof) -> bool:
    """Use a proof up; return False when somebody else just did."""
    spent = session().execute(delete(Proof).where(Proof.id == proof.id).execution_options(synchronize_session=False))
    session().expunge(proof)
    return bool(spent.rowcount)  # type: ignore[attr-defined] # a CursorResult


def find_pending(purpose: str, holder: str) -> Proof | None:
    """Return the holder's proof for this purpose, as long as its link works."""
    proof = _get(purpose, holder)
    return proof if proof is not None and clock.now() < proof.expires_at else None


def discard(account_id: int) -> None:
    """Void every proof of an account but its owner's ways back."""
    _void(Proof.account_id == account_id, Proof.purpose.not_in(WAYS_BACK))


def void(account_id: int, purpose: str, since: datetime | None = None) -> None:
    """Void an account's proofs for one purpose, all of them or those made since then."""
    made = [Proof.created_at >= since] if since else []
    _void(Proof.account_id == account_id, Proof.purpose == purpose, *made)


def purge(limit: int) -> int:
    """Delete up to `limit` expired proofs; return how many."""
    return delete_some(Proof, Proof.expires_at < clock.now(), Proof.expires_at, limit)


def _void(*conditions: ColumnElement[bool]) -> None:
    session().execute(delete(Proof).where(*conditions).execution_options(synchronize_session=False))


def _get(purpose: str, holder: str) -> Proof | None:
    return session().scalar(select(Proof).where(Proof.holder == holder, Proof.purpose == purpose))


def _code_digest(holder: str, code: str) -> bytes:
    return vault().keyed_digest(code, f"code/{holder}")
