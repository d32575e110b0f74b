"""Passwords of accounts: checking (throttled, in constant time for unknown names, upgrading old hashes) and changing.

Every way in and every way to a new password calls here.
"""

from blinker import Signal
from sqlalchemy import delete, update

from idp import audit, mail, sessions, throttle
from idp.accounts import passwords, proofs
from idp.accounts.lookup import canonical_name, find_by_identifier, personal_words
from idp.accounts.models import Account, SignUp
from idp.base import clock
from idp.base.database import pause, run, session
from idp.base.outcome import Reason, Refused

disclaimed = Signal("Sent with the number of an account whose maker turned out not to own its address.")


def check(identifier: str, password: str, *, source: str) -> Account | Refused:
    """Return the account of a name (e-mail or username) and password.

    Refusals: TOO_MANY_TRIES with seconds to wait, BAD_CREDENTIALS, ACCOUNT_DISABLED (only after the right password).
    """
    account = find_by_identifier(identifier)
    keys = _keys(account.id if account else f"name:{canonical_name(identifier)}", source)
    refused = _compare(account, password, keys, source)
    if refused is not None:
        return refused
    assert account is not None  # noqa: S101 - for the type checker: without an account the comparison has failed
    if account.disabled_at is not None:
        audit.record("signin", outcome=audit.FAILURE, subject=account.sub, source=source, reason="disabled")
        return Refused(Reason.ACCOUNT_DISABLED)
    account.last_sign_in_at = clock.now()
    return account


def check_password(account: Account, password: str, *, source: str) -> Refused | None:
    """Check the password of a known person once more. Refusals: TOO_MANY_TRIES, BAD_CREDENTIALS."""
    return _compare(account, password, _keys(account.id, source), source)


def change_password(
    account: Account, current: str, new: str, *, source: str, keep: sessions.BrowserSession | None = None
) -> Refused | None:
    """Change the password after the current one was given; every other session and all tokens end.

    Refusals: PASSWORD_WRONG (field `current_password`), TOO_MANY_TRIES, and those of the policy (field `new_password`).
    """
    refused = check_password(account, current, source=source)
    if refused is not None:
        reason = Reason.PASSWORD_WRONG if refused.reason is Reason.BAD_CREDENTIALS else refused.reason
        return Refused(reason, "current_password", refused.retry_after)
    refused = passwords.check_policy(new, personal=personal_words(account))
    if refused is not None:
        return Refused(refused.reason, "new_password")
    stored = account.password_hash
    pause()
    new_hash = passwords.hash_password(new)
    if not _swap(account, stored, new_hash):
        return Refused(Reason.PASSWORD_WRONG, "current_password")
    replace_password(account, new_hash, source=source, keep=keep)
    audit.record("password.changed", subject=account.sub, source=source)
    return None


def replace_password(
    account: Account, new_hash: str, *, source: str, keep: sessions.BrowserSession | None = None
) -> None:
    """Set a new hash; end sessions (but `keep`), tokens and proofs; tell the person by mail."""
    account.password_hash = new_hash
    void_credentials(account, keep=keep)
    proofs.discard(account.id)
    mail.password_changed(account.email, source=source)


def void_credentials(account: Account, keep: sessions.BrowserSession | None = None) -> None:
    """End everything that was issued to an account until now: sessions (but `keep`) and tokens."""
    epoch = session().scalars(
        update(Account)
        .where(Account.id == account.id)
        .values(token_epoch=Account.token_epoch + 1, updated_at=clock.now())
        .returning(Account.token_epoch)
        .execution_options(synchronize_session=False)
    )
    session().flush()
    account.token_epoch = epoch.one()
    sessions.end_all(account.id, but=keep.id if keep else None)
    if keep is not None:
        sessions.follow_epoch(keep, account.token_epoch)
    session().flush()


def disclaim(account: Account) -> None:
    """Discard what the maker of an account set up who never proved its address: everything but the account itself."""
    void_credentials(account)
    proofs.discard(account.id)
    session().execute(delete(SignUp).where(SignUp.account_id == account.id))
    disclaimed.send(account.id)
    account.password_hash = None
    account.email_verified_at = clock.now()


def unlock(account: Account, *, actor: str) -> None:
    """Forget the failures counted against an account, whatever address they came from."""
    throttle.release(_holder(account.id))
    audit.record("account.unlocked", subject=account.sub, actor=actor)


def is_held_back(account: Account) -> bool:
    """Return whether wrong passwords presently delay sign-ins to this account from somewhere."""
    return throttle.is_held(_holder(account.id))


def _compare(account: Account | None, password: str, keys: list[str], source: str) -> Refused | None:
    seconds = throttle.attempt(keys, holder=_holder(account.id) if account else None)
    if seconds:
        return Refused(Reason.TOO_MANY_TRIES, retry_after=seconds)
    pause()
    stored = account.password_hash if account else None
    if not passwords.verify(password, stored):
        subject = account.sub if account else None
        audit.record("password.checked", outcome=audit.FAILURE, subject=subject, source=source)
        return Refused(Reason.BAD_CREDENTIALS)
    upgraded = passwords.hash_password(password) if stored and passwords.needs_rehash(stored) else None
    throttle.clear(keys)
    if upgraded is not None and account is not None:
        _swap(account, stored, upgraded)
    return None


def _swap(account: Account, stored: str | None, new_hash: str) -> bool:
    """Replace a hash only if it is still the one that was compared: a reset may have come in between."""
    swapped = run(
        update(Account)
        .where(Account.id == account.id, Account.password_hash == stored)
        .values(password_hash=new_hash)
        .execution_options(synchronize_session=False)
    )
    session().refresh(account)
    return swapped == 1


def _holder(account_id: int) -> str:
    return f"account/{account_id}"


def _keys(who: int | str, source: str) -> list[str]:
    """Count by the pair of account and source, so that a stranger elsewhere cannot lock the owner out."""
    return [f"password/{who}/{throttle.block_of(source)}"]
