"""The end of an account at its owner's wish: closed at once, kept by a mailed link for fourteen days, then erased.

Erasing removes every row that belongs to the account, whichever room made the table: those with a column `account_id`. What
stays are events of the audit log, which name the random `sub` alone. Mails to addresses that the account had before have left
the outbox by then (`outbox.KEEP`).
"""

from urllib.parse import urlencode

from blinker import Signal
from sqlalchemy import delete, exists, select

from idp import audit, mail, outbox, throttle
from idp.accounts import credentials, names, proofs, taking
from idp.accounts.authority import holding
from idp.accounts.models import Account, Proof, SignUp
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import Model, commit, run, session
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.lifetimes import LIFETIMES
from idp.sessions.ending import CLOSED, ERASED

erased = Signal("Sent with the number of an account whose rows are about to be deleted, and it with them as a rule.")


def schedule(account: Account, *, source: str) -> Refused | None:
    """Close an account now, to be erased in fourteen days; its owner gets a link that keeps it. Refusal: LAST_ADMINISTRATOR.

    Where nobody has proved the address there is nobody to write to, and perhaps an owner who waits for it: it is erased at once.
    """
    if holding.is_last_owner(account):
        return Refused(Reason.LAST_ADMINISTRATOR)
    if not account.is_verified:
        audit.record("account.erased", subject=account.sub, source=source)
        remove(account)  # and nothing that goes by the address, which is somebody else's as far as anybody knows
        return None
    now = clock.now()
    account.disabled_at, account.erase_at = now, now + LIFETIMES.erasure_delay
    credentials.void_credentials(account, cause=CLOSED, source=source)
    proofs.discard(account.id)
    token, _code = proofs.make(
        proofs.KEEP_ACCOUNT,
        _holder(account.id),
        email=account.email,
        account_id=account.id,
        link_life=LIFETIMES.erasure_delay,
        with_code=False,
    )
    link = f"{settings().issuer}/account/keep?{urlencode({'token': token})}"
    mail.deletion_scheduled(account, source=source, undo_link=link)
    audit.record("account.erasure_scheduled", subject=account.sub, source=source)
    return None


def can_be_kept(account: Account) -> bool:
    """Return whether a closed account's owner still has a link that keeps it."""
    return proofs.find_pending(proofs.KEEP_ACCOUNT, _holder(account.id)) is not None


def find_kept(token: str) -> str | Refused:
    """Return the address of the account that a link keeps. Refusals: LINK_INVALID, LINK_EXPIRED."""
    proof = proofs.find_link(proofs.KEEP_ACCOUNT, token)
    return proof if isinstance(proof, Refused) else proof.email


def keep(token: str, *, source: str) -> Account | Refused:
    """Open a closed account again by the mailed link. Refusals: LINK_INVALID, LINK_EXPIRED."""
    proof = proofs.find_link(proofs.KEEP_ACCOUNT, token)
    if isinstance(proof, Refused):
        return proof
    account = taking.take(Authority(proof.account_id), is_closed_too=True) if proof.account_id else None
    if not isinstance(account, Account) or not proofs.spend(proof):
        return Refused(Reason.LINK_INVALID)
    reopen(account, source=source)
    return account


def reopen(account: Account, *, source: str) -> None:
    """Cancel the erasure of an account that its owner closed."""
    proofs.void(account.id, proofs.KEEP_ACCOUNT)
    account.erase_at = account.disabled_at = None
    account.updated_at = clock.now()
    session().flush()
    audit.record("account.kept", subject=account.sub, source=source)


def purge(limit: int) -> int:
    """Erase up to `limit` accounts whose time has come, each in a transaction of its own; return how many.

    An account that somebody else holds, perhaps because they erase it, is left to them or to the next run.
    """
    due = select(Account).where(Account.erase_at <= clock.now()).order_by(Account.erase_at).limit(1)
    count = 0
    while count < limit:
        account = session().scalar(due.with_for_update(skip_locked=True), execution_options={"populate_existing": True})
        if account is None:
            break
        taking.note(account)
        _erase(account)
        commit()
        count += 1
    return count


def erase(account: Account, *, actor: str) -> Refused | None:
    """Erase an account that is held, at once, by an operator's order. Refusal: LAST_ADMINISTRATOR."""
    if holding.is_last_owner(account):
        return Refused(Reason.LAST_ADMINISTRATOR)
    _erase(account, actor=actor)
    return None


def remove(account: Account) -> None:
    """Delete an account and every row that belongs to it, at once."""
    names.let_go(account.id)
    clear(account)
    throttle.release(_holder(account.id))
    session().delete(account)
    session().flush()


def clear(account: Account, *, but: frozenset[str] = frozenset()) -> None:
    """Delete every row that belongs to an account, `but` those of some tables; the account stays with what it says of a person."""
    credentials.void_credentials(account, cause=ERASED)
    erased.send(account.id)
    for table in reversed(Model.metadata.sorted_tables):
        if "account_id" in table.columns and table.name not in but:
            run(delete(table).where(table.columns["account_id"] == account.id))
    account.second_factor_since = None
    session().flush()


def _erase(account: Account, *, actor: str | None = None) -> None:
    """Remove an account, and its addresses from rows that belong to no account: mails, and what was asked for by address."""
    is_anothers = exists().where(Account.email == Proof.email, Account.id != account.id)
    former = select(Proof.email).where(Proof.account_id == account.id, ~is_anothers)
    outbox.forget([account.email, *session().scalars(former)])
    for table in (Proof, SignUp):
        run(delete(table).where(table.email == account.email, table.account_id.is_(None)))
    audit.record("account.erased", subject=account.sub, actor=actor)
    remove(account)


def _holder(account_id: int) -> str:
    return f"account/{account_id}"
