"""Passwords of accounts: checking (throttled, in constant time for unknown names, upgrading old hashes) and changing.

Every way in and every way to a new password calls here. `device` is the secret by which a browser is known; `tries` counts.
"""

from datetime import timedelta

from sqlalchemy import Update, update
from sqlalchemy.orm.attributes import set_committed_value

from idp import audit, mail, sessions
from idp.accounts import breaches, devices, homes, passwords, proofs, taking, tries
from idp.accounts.lookup import canonical_name, look, personal_words
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import pause, session
from idp.base.outcome import Busy, Reason, Refused
from idp.base.statements import parameter, statement, together
from idp.sessions.ending import PASSWORD_CHANGED

SECOND = timedelta(seconds=1)


def check(identifier: str, password: str, *, source: str, device: str | None = None) -> Account | Refused:
    """Return the account of a name (e-mail or username) and password.

    Refusals: TOO_MANY_TRIES and ACCOUNT_HELD with seconds to wait, BAD_CREDENTIALS, ACCOUNT_DISABLED (only after the right password).
    Where the account's address has a home, no password is right, and the work and the answer are the same as for a wrong one.
    """
    found = look(identifier)
    is_void = found is not None and homes.find(found.email) is not None
    seen = Authority(found.id, found.token_epoch) if found is not None and not is_void else None
    account = _compare(found, seen, canonical_name(identifier), password, source, device)
    if isinstance(account, Refused):
        # Whoever had the password when it was typed, and has it no more, is told what everybody else is.
        return Refused(Reason.BAD_CREDENTIALS) if account.reason is Reason.SIGNED_OUT else account
    if account.disabled_at is not None:
        leaving = proofs.find_pending(proofs.KEEP_ACCOUNT, f"account/{account.id}") is not None
        why = "leaving" if leaving else "disabled"
        audit.record("signin", outcome=audit.FAILURE, subject=account.sub, source=source, reason=why)
        return Refused(Reason.ACCOUNT_LEAVING if leaving else Reason.ACCOUNT_DISABLED)
    note_sign_in(account)
    return account


def note_sign_in(account: Account) -> None:
    """Note on a taken account that its owner has just signed in; once a second, since more than one place of a way in may say so."""
    now = clock.now()
    if account.last_sign_in_at is None or now - account.last_sign_in_at >= SECOND:
        _note_sign_in.run(accounts_id=account.id, now=now)
        set_committed_value(account, "last_sign_in_at", now)


def check_password(account: Account, password: str, *, source: str, device: str | None = None) -> Refused | None:
    """Check the password of a known person once more, and hold the account.

    Refusals: TOO_MANY_TRIES, ACCOUNT_HELD, BAD_CREDENTIALS; SIGNED_OUT where that happened while the password was compared.
    """
    compared = _compare(account, taking.of(account), account.email, password, source, device)
    return compared if isinstance(compared, Refused) else None


def check_current(
    account: Account, password: str, field: str, *, source: str, device: str | None = None
) -> Refused | None:
    """Check the current password that comes with a change. Refusals, of `field`: PASSWORD_WRONG, TOO_MANY_TRIES, ACCOUNT_HELD;
    SIGNED_OUT, of none.
    """
    refused = check_password(account, password, source=source, device=device)
    if refused is None or refused.reason is Reason.SIGNED_OUT:
        return refused
    reason = Reason.PASSWORD_WRONG if refused.reason is Reason.BAD_CREDENTIALS else refused.reason
    return Refused(reason, field, refused.retry_after)


def attempt_factor(account: Account, *, source: str, device: str | None = None) -> Refused | None:
    """Count a try of a second factor before it is made, apart from passwords. Refusals: TOO_MANY_TRIES, ACCOUNT_HELD."""
    return tries.of_code(account, source=source, device=device).begin()


def factor_was_right(account: Account, *, source: str, device: str | None = None) -> None:
    """End the row of wrong second factors: the counted try was right."""
    tries.of_code(account, source=source, device=device).was_right()


def change_password(
    account: Account,
    current: str,
    new: str,
    *,
    source: str,
    keep: sessions.BrowserSession | None = None,
    device: str | None = None,
) -> Refused | None:
    """Change the password after the current one was given; every other session and all tokens end.

    Refusals: PASSWORD_WRONG (field `current_password`), TOO_MANY_TRIES, ACCOUNT_HELD, SIGNED_OUT, and those of the policy (field
    `new_password`).
    """
    refused = check_current(account, current, "current_password", source=source, device=device)
    if refused is not None:
        return refused
    new_hash = prepare_password(account, new)
    if isinstance(new_hash, Refused):
        return new_hash if new_hash.reason is Reason.SIGNED_OUT else Refused(new_hash.reason, "new_password")
    install_password(account, new_hash, source=source, keep=keep, device=device)
    return None


def prepare_password(account: Account, new: str, rules: passwords.Rules = passwords.DEFAULT) -> str | Refused:
    """Return the hash of a new password, to be installed once everything else is right too; the account is held.

    Refusals: the policy's; SIGNED_OUT where that happened meanwhile.
    """
    refused = passwords.check_policy(new, personal=personal_words(account), rules=rules)
    if refused is not None:
        return refused
    authority = taking.of(account)
    new_hash = breaches.hash_unknown(new)
    if isinstance(new_hash, Refused):
        return new_hash
    taken = taking.take(authority)
    return taken if isinstance(taken, Refused) else new_hash


def install_password(
    account: Account,
    new_hash: str,
    *,
    source: str,
    keep: sessions.BrowserSession | None = None,
    device: str | None = None,
) -> None:
    """Put a prepared hash in place of the present one. Every other session and all tokens end."""
    replace_password(account, new_hash, source=source, keep=keep, device=device)
    audit.record("password.changed", subject=account.sub, source=source)


def replace_password(
    account: Account,
    new_hash: str,
    *,
    source: str,
    keep: sessions.BrowserSession | None = None,
    device: str | None = None,
) -> None:
    """Set a new hash; end sessions (but `keep`), tokens, proofs, and failures; know no browser but `device`; tell by mail."""
    account.password_hash = new_hash
    void_credentials(account, cause=PASSWORD_CHANGED, keep=keep, source=source)
    proofs.discard(account.id)
    devices.forget(account.id, but=device)
    tries.forget_passwords(account, source=source)
    mail.password_changed(account, source=source)


def void_credentials(
    account: Account,
    *,
    cause: str,
    keep: sessions.BrowserSession | None = None,
    actor: str | None = None,
    source: str | None = None,
) -> None:
    """End everything that was issued to an account until now: sessions (but `keep`) and tokens. `cause` is one of `sessions`."""
    epoch = session().scalars(
        update(Account)
        .where(Account.id == account.id)
        .values(token_epoch=Account.token_epoch + 1, updated_at=clock.now())
        .returning(Account.token_epoch)
        .execution_options(synchronize_session=False)
    )
    session().flush()
    account.token_epoch = epoch.one()
    why = sessions.Ending(account.sub, cause, actor=actor, source=source)
    sessions.end_all(account.id, why=why, but=keep.id if keep else None)
    if keep is not None:
        sessions.follow_epoch(keep, account.token_epoch)
    session().flush()


def unlock(account: Account, *, actor: str) -> None:
    """Forget the failures counted against an account, at an administrator's order."""
    tries.unlock(account, actor=actor)


def is_held_back(account: Account) -> bool:
    """Return whether failures presently delay sign-ins to this account from somewhere."""
    return tries.is_held_back(account)


def _compare(
    account: Account | None, seen: Authority | None, name: str, password: str, source: str, device: str | None
) -> Account | Refused:
    """Compare a password with that of an account as it was seen, and return the account, taken."""
    counted = tries.of_password(account, name, source=source, device=device)
    refused = counted.begin()
    if refused is not None:
        return refused
    stored = account.password_hash if account and seen else None
    pause()
    try:
        is_right = passwords.verify(password, stored)
    except Busy:
        counted.was_none()
        pause()
        raise
    if not is_right or stored is None or seen is None:
        subject = account.sub if account else None
        with together():
            audit.record("password.checked", outcome=audit.FAILURE, subject=subject, source=source)
        counted.was_wrong()
        return Refused(Reason.BAD_CREDENTIALS)
    upgraded = passwords.hash_password(password) if passwords.needs_rehash(stored) else None
    # The epoch rises with every change of the password: while it is the same, the password that was compared is the present one.
    taken = taking.take(seen, is_closed_too=True)
    if isinstance(taken, Refused):
        counted.was_none()
        return taken
    counted.was_right()
    if upgraded is not None and taken.password_hash == stored:
        taken.password_hash = upgraded
    return taken


@statement
def _note_sign_in(_dialect: str) -> Update:
    its = Account.id == parameter("accounts_id", Account.id)
    return update(Account).where(its).values(last_sign_in_at=parameter("now", Account.last_sign_in_at))
