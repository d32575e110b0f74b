"""Changing several things of an account at once: username, address and password, all of them or none.

Whoever calls has made sure of who asks. A new address waits until it is confirmed, as `email_change` says.
"""

from dataclasses import dataclass

from idp.accounts import credentials, email_change, identity, passwords, service
from idp.accounts.lookup import personal_words
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.base.database import session
from idp.base.outcome import Refused
from idp.sessions import BrowserSession


@dataclass(frozen=True)
class Changes:
    """What is to change; None stays as it is. `rules` are those of the new password."""

    username: str | None = None
    email: str | None = None
    password: str | None = None
    rules: passwords.Rules = passwords.DEFAULT


def check(account: Account, changes: Changes) -> list[Refused]:
    """Return everything that is wrong with changes, without making any."""
    email = identity.read_email(changes.email) if changes.email is not None else None
    words = [*personal_words(account), changes.username or "", email if isinstance(email, str) else ""]
    problems = [
        identity.check_username(changes.username, but=account.id) if changes.username is not None else None,
        email if isinstance(email, Refused) else None,
        passwords.check_policy(changes.password, personal=words, rules=changes.rules)
        if changes.password is not None
        else None,
    ]
    return [problem for problem in problems if problem is not None]


def make(account: Account, changes: Changes, *, source: str, keep: BrowserSession | None = None) -> list[Refused]:
    """Make all the changes, or none; return what was wrong. With a new password every session but `keep` ends.

    Refusals: those of `check`; PASSWORD_BREACHED, SIGNED_OUT; TOO_MANY_TRIES for too many new addresses in a day.
    """
    refusals = check(account, changes)
    if refusals:
        return refusals
    new_hash = None
    if changes.password is not None:
        prepared = credentials.prepare_password(account, changes.password, changes.rules)
        if isinstance(prepared, Refused):
            return [prepared]
        new_hash = prepared
    with session().begin_nested() as together:
        refusals = _write(account, changes, new_hash, source=source, keep=keep)
        if refusals:
            together.rollback()
    if refusals:
        session().refresh(account)
    return refusals


def _write(
    account: Account,
    changes: Changes,
    new_hash: str | None,
    *,
    source: str,
    keep: BrowserSession | None,
) -> list[Refused]:
    if changes.username is not None:
        profile = Profile(account.given_name, account.family_name, changes.username, account.picture)
        refusals = service.change_profile(account, profile, source=source)
        if refusals:
            return refusals
    if new_hash is not None:
        credentials.install_password(account, new_hash, source=source, keep=keep)
    # Last of all: a new password voids the proofs that are under way.
    if changes.email is not None and identity.read_email(changes.email) != account.email:
        asked = email_change.ask(account, changes.email, source=source)
        if isinstance(asked, Refused):
            return [asked]
    return []
