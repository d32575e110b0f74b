"""Moving an account to another e-mail address, and back.

Nothing changes before the new address has proved itself by link or code. The former address is told, and its link undoes the
change for seven days: whoever reads it there owned the account. Each former address keeps a link of its own; using one voids
those of every later change, so that a thief's own address is no way back for the thief.
"""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from blinker import Signal
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from idp import audit, mail, throttle
from idp.accounts import credentials, devices, erasure, homes, identity, mailing, proofs, recovery, taking, unproved
from idp.accounts.admission import service as admission
from idp.accounts.lookup import find_by_email
from idp.accounts.models import Account, Proof, SignUp
from idp.accounts.taking import Authority
from idp.base import clock, crypto
from idp.base.database import session
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.lifetimes import LIFETIMES
from idp.sessions.ending import EMAIL_TAKEN_BACK

ASKED_PER_DAY = 10

undone = Signal(
    "Sent with the number of an account whose change of address was undone; `since` is the instant of that change, and what"
    " was set up afterwards may be a thief's."
)


def ask(account: Account, text: str, *, source: str) -> str | Refused:
    """Send a link and a code to a new address, and word to the present one; return the new one's canonical form.

    The work and the answer are the same where the address has an account already. Refusals: EMAIL_INVALID; EMAIL_STAYS where the
    present one signs in through one provider alone, which nobody gets round by another address; EMAIL_DOMAIN where nobody could sign up
    with it; TOO_MANY_TRIES after ten in a day.
    """
    email = identity.read_email(text)
    if isinstance(email, Refused):
        return email
    if homes.find(account.email) is not None:
        return Refused(Reason.EMAIL_STAYS, "email")
    refused = admission.refuse_move(email)
    if refused is not None:
        return refused
    if throttle.tally(f"email-change/{account.id}") > ASKED_PER_DAY:
        tomorrow = clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return Refused(Reason.TOO_MANY_TRIES, "email", int((tomorrow - clock.now()).total_seconds()) + 1)
    to = mailing.to_stranger(email)
    if to is not None or find_asked(account) != email:  # else what was sent there last stays good
        token, code = proofs.make(
            proofs.CHANGE_EMAIL,
            _holder(account.id),
            email=email,
            account_id=account.id,
            link_life=LIFETIMES.verify_link,
        )
        if to is not None:
            _send(to, token, code)
    mail.email_change_asked(account, source=source)
    audit.record("email.change_asked", subject=account.sub, source=source)
    return email


def _send(to: mail.Counted, token: str, code: str) -> None:
    holder, issuer = find_by_email(to.address), settings().issuer
    if holder is None or unproved.gives_way(holder):
        mail.confirm_new_email(to, link=_link("confirm", token), code=code)
    else:
        mail.already_registered(to, signin_link=f"{issuer}/signin", reset_link=f"{issuer}/reset")


def find_asked(account: Account) -> str | None:
    """Return the address that an account waits to move to."""
    proof = proofs.find_pending(proofs.CHANGE_EMAIL, _holder(account.id))
    return proof.email if proof else None


def confirm_code(account: Account, code: str, *, source: str) -> Refused | None:
    """Move to the new address by the mailed code. Refusals: those of `proofs.try_code`, LINK_INVALID, EMAIL_TAKEN, EMAIL_DOMAIN."""
    proof = proofs.try_code(proofs.CHANGE_EMAIL, _holder(account.id), code)
    return proof if isinstance(proof, Refused) else _confirm(account, proof, source)


def find_link(account: Account, token: str) -> str | Refused:
    """Return the address that a link would move this very account to. Refusals: LINK_INVALID, LINK_EXPIRED."""
    proof = _find_own(account, token)
    return proof if isinstance(proof, Refused) else proof.email


def confirm_link(account: Account, token: str, *, source: str) -> Refused | None:
    """Move to the new address by the mailed link. Refusals: LINK_INVALID, LINK_EXPIRED, EMAIL_TAKEN, EMAIL_DOMAIN."""
    proof = _find_own(account, token)
    return proof if isinstance(proof, Refused) else _confirm(account, proof, source)


def find_undo(token: str) -> str | Refused:
    """Return the address that an account would get back by a link. Refusals: LINK_INVALID, LINK_EXPIRED."""
    proof = proofs.find_link(proofs.UNDO_EMAIL, token)
    return proof if isinstance(proof, Refused) else proof.email


def undo(token: str, *, source: str) -> Account | Refused:
    """Give an account its former address back, end everything that a thief may hold, and send a reset there.

    An account that somebody made meanwhile with the address, without proving it, gives way.
    Refusals: LINK_INVALID, LINK_EXPIRED; EMAIL_TAKEN, after which the link still works.
    """
    proof = proofs.find_link(proofs.UNDO_EMAIL, token)
    if isinstance(proof, Refused):
        return proof
    account = taking.take(Authority(proof.account_id), is_closed_too=True) if proof.account_id else None
    if not isinstance(account, Account):
        return Refused(Reason.LINK_INVALID)
    since, left = proof.created_at, account.email
    refused = _move(account, proof)
    if refused is not None:
        return refused
    _take_back(account, since, source)
    if left != account.email:
        mail.email_change_undone(mail.Proved(left), source=source)
    recovery.request(account.email, source=source)
    audit.record("email.change_undone", subject=account.sub, source=source)
    return account


def _find_own(account: Account, token: str) -> Proof | Refused:
    proof = proofs.find_link(proofs.CHANGE_EMAIL, token)
    if isinstance(proof, Proof) and proof.account_id != account.id:
        return Refused(Reason.LINK_INVALID)
    return proof


def _confirm(account: Account, proof: Proof, source: str) -> Refused | None:
    if isinstance(taking.take(taking.of(account)), Refused):
        return Refused(Reason.LINK_INVALID)
    former = account.email if account.is_verified else None
    refused = admission.refuse_move(proof.email, at_commit=True)
    if refused is None:
        refused = _move(account, proof)
    if refused is not None:
        return refused
    proofs.discard(account.id)
    session().execute(delete(SignUp).where(SignUp.account_id == account.id))
    if former is not None:
        token, _code = proofs.make(
            proofs.UNDO_EMAIL,
            f"undo/{crypto.new_identifier()}",
            email=former,
            account_id=account.id,
            link_life=LIFETIMES.undo_email_link,
            with_code=False,
        )
        mail.email_changed(mail.Proved(former), source=source, undo_link=_link("undo", token))
    audit.record("email.changed", subject=account.sub, source=source)
    return None


def _move(account: Account, proof: Proof) -> Refused | None:
    """Spend a proof and give the account its address, both or neither; the address is proved, and free of whoever held it without."""
    email = proof.email
    try:
        with session().begin_nested():
            if not proofs.spend(proof):
                return Refused(Reason.LINK_INVALID)
            unproved.make_room(email, but=account.id)
            account.email = email
            account.email_verified_at = account.updated_at = clock.now()
            account.proved_apart_at = None
    except IntegrityError:
        session().refresh(account)
        return Refused(Reason.EMAIL_TAKEN)
    return None


def _take_back(account: Account, since: datetime, source: str) -> None:
    """End what was issued and void what was known: whoever changed the address knew how to sign in."""
    account.password_hash = None
    credentials.void_credentials(account, cause=EMAIL_TAKEN_BACK, source=source)
    if erasure.can_be_kept(account):
        erasure.reopen(account, source=source)
    proofs.discard(account.id)
    proofs.void(account.id, proofs.UNDO_EMAIL, since)
    devices.forget(account.id)
    # What another node wrote right after the change may bear an earlier time.
    undone.send(account.id, since=since - clock.SKEW)
    session().flush()


def _holder(account_id: int) -> str:
    return f"account/{account_id}"


def _link(page: str, token: str) -> str:
    return f"{settings().issuer}/account/email/{page}?{urlencode({'token': token})}"
