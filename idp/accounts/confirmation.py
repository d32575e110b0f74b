"""Confirming the address of a sign-up, by the mailed code or link, and disowning it.

A link confirms in the browser that signed up, or after the password; a stranger can delete the account with it: "This was not me".
"""

from sqlalchemy import delete

from idp import audit, mail
from idp.accounts import claiming, credentials, erasure, pending, proofs, recovery, signup, taking
from idp.accounts.lookup import find
from idp.accounts.models import Account, Proof, SignUp
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason, Refused


def confirm_code(
    code: str,
    *,
    sign_up: SignUp | None = None,
    account: Account | None = None,
    is_makers: bool = True,
    source: str | None = None,
) -> Account | Refused:
    """Confirm the address by the mailed code: pages take it from the browser that signed up or is signed in, an older interface
    from whoever types it beside the address.

    Who may not be the account's maker gets it as `claiming.accept` says, and a mail with a link to choose a password.
    Refusals: those of `proofs.try_code`, LINK_INVALID, those of the sign-up policy.
    """
    if account is not None and account.is_verified:
        return Refused(Reason.WRONG_CODE, "code")
    if account is not None and isinstance(taking.take(Authority(account.id), is_closed_too=True), Refused):
        return Refused(Reason.WRONG_CODE, "code")
    holder = signup.holder_of(account.id) if account else pending.holder_of(sign_up) if sign_up else "nobody"
    proof = proofs.try_code(proofs.VERIFY, holder, code)
    if isinstance(proof, Refused):
        return proof
    return _confirm(proof) if is_makers else _hand_over(proof, source)


def confirm_link(
    token: str,
    *,
    sign_up: SignUp | None,
    signed_in: Account | None,
    password: str | None,
    source: str,
    device: str | None = None,
) -> Account | Refused:
    """Confirm the address by the mailed link, in the browser that signed up, or after the password.

    Refusals: LINK_INVALID, LINK_EXPIRED, PASSWORD_NEEDED, PASSWORD_WRONG, TOO_MANY_TRIES, those of the sign-up policy.
    """
    proof = proofs.find_link(proofs.VERIFY, token)
    if isinstance(proof, Refused):
        return proof
    if not is_own(proof, sign_up, signed_in):
        if not password:
            return Refused(Reason.PASSWORD_NEEDED, "password")
        refused = _check_password(proof, password, source, device)
        if refused is not None:
            return refused
    return _confirm(proof)


def is_own(proof: Proof, sign_up: SignUp | None, signed_in: Account | None) -> bool:
    """Return whether a link was opened in the browser that signed up, or that is signed in to the account."""
    is_here = sign_up is not None and pending.holder_of(sign_up) == proof.holder
    return is_here or (signed_in is not None and signed_in.id == proof.account_id)


def disown(token: str, *, source: str) -> Refused | None:
    """Void the sign-up, or delete the unverified account, behind a link whose reader says "This was not me".

    Refusals: LINK_INVALID, LINK_EXPIRED.
    """
    proof = proofs.find_link(proofs.VERIFY, token)
    if isinstance(proof, Refused):
        return proof
    sign_up = pending.find_of_proof(proof)
    if sign_up is not None and proofs.spend(proof):
        audit.record("sign_up.disowned", source=source)
        pending.disown(sign_up)
        return None
    account = taking.take(Authority(proof.account_id), is_closed_too=True) if proof.account_id else None
    if not isinstance(account, Account) or account.is_verified:
        return Refused(Reason.LINK_INVALID)
    audit.record("account.disowned", subject=account.sub, source=source)
    erasure.remove(account)
    return None


def _check_password(proof: Proof, password: str, source: str, device: str | None) -> Refused | None:
    sign_up, account = pending.find_of_proof(proof), find(proof.account_id) if proof.account_id else None
    if account is not None:
        return credentials.check_current(account, password, "password", source=source, device=device)
    if sign_up is not None:
        return pending.check_password(sign_up, password, "password", source=source, device=device)
    return Refused(Reason.LINK_INVALID)


def _confirm(proof: Proof) -> Account | Refused:
    sign_up = pending.find_of_proof(proof)
    if sign_up is not None:
        return _finish(sign_up, proof)
    account = _spend(proof)
    if isinstance(account, Refused):
        return account
    if account.email_verified_at is None:
        account.email_verified_at = account.updated_at = clock.now()
        audit.record("email.verified", subject=account.sub)
    session().execute(delete(SignUp).where(SignUp.account_id == account.id))
    return account


def _finish(sign_up: SignUp, proof: Proof) -> Account | Refused:
    """Make an account of a sign-up. Where the policy refuses it, the proof stays good for when it does not any more."""
    if sign_up.email != proof.email:
        return Refused(Reason.LINK_INVALID)
    refused = pending.refuse(sign_up)
    if refused is not None:
        proofs.give_back(proof)
        return refused
    return pending.finish(sign_up) if proofs.spend(proof) else Refused(Reason.LINK_INVALID)


def _hand_over(proof: Proof, source: str | None) -> Account | Refused:
    """Take an address as proved by somebody who has neither a session nor a password here."""
    account = _spend(proof)
    if isinstance(account, Refused):
        return account
    accepted = claiming.accept(account, source=source)
    link = recovery.make_link(accepted)
    tell = mail.address_claimed if claiming.is_settled(accepted) else mail.address_confirmed_apart
    tell(accepted, link=link, source=source)
    return accepted


def _spend(proof: Proof) -> Account | Refused:
    """Use a proof up and return its account, held. Refusal: LINK_INVALID."""
    account = taking.take(Authority(proof.account_id)) if proof.account_id else None
    if not isinstance(account, Account) or account.email != proof.email or not proofs.spend(proof):
        return Refused(Reason.LINK_INVALID)
    return account
