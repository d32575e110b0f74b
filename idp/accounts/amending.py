"""What an operator changes of somebody's account, all of it or nothing: address and whether it is proved, username, claims, password.

Reserved usernames are an operator's to give, as at the making of an account. Whoever the account belongs to is told by mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from idp import audit
from idp.accounts import (
    attribute_values,
    breaches,
    credentials,
    details,
    identity,
    passwords,
    proofs,
    service,
    taking,
    telling,
)
from idp.accounts.authority import holding
from idp.accounts.lookup import personal_words
from idp.accounts.models import Account, SignUp
from idp.accounts.service import Profile
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason, Refused


@dataclass(frozen=True)
class Amendment:
    """What is to change; None stays as it is. An empty username, claim or attribute is taken away."""

    email: str | None = None
    is_verified: bool | None = None
    username: str | None = None
    password: str | None = None
    claims: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)


def amend(account: Account, wanted: Amendment, *, actor: str, password_hash: str | None = None) -> Account | Refused:
    """Change an account, closed or not, and return it, held. With a new password everything that was issued ends.

    A new address counts as not proved unless `is_verified` says so, and voids every link and code that was mailed before. Whoever has held
    the account since `prepare` made the hash of the new password brings it along.
    Refusals: EMAIL_*, USERNAME_*, the password policy's, those of `details.read` and `attribute_values.change`; LAST_ADMINISTRATOR;
    UNKNOWN, where the account is gone.
    """
    account_id = account.id
    if wanted.password is not None and password_hash is None:
        prepared = prepare(account, wanted)
        if isinstance(prepared, Refused):
            return prepared
        password_hash = prepared
    taken = taking.take(Authority(account_id), is_closed_too=True)
    if isinstance(taken, Refused):
        return Refused(Reason.UNKNOWN)
    with session().begin_nested() as together:
        refused = _write(taken, wanted, password_hash, actor)
        if refused is not None:
            together.rollback()
    if refused is not None:
        session().refresh(taken)
        return refused
    return taken


def prepare(account: Account, wanted: Amendment) -> str | Refused:
    """Return the hash of a new password, without holding anything while it is made. Refusals: the password policy's."""
    password = wanted.password or ""
    words = [*personal_words(account), wanted.email or "", wanted.username or ""]
    refused = passwords.check_policy(password, personal=[word for word in words if word])
    if refused is not None:
        return refused
    return breaches.hash_unknown(password)


def _write(account: Account, wanted: Amendment, password_hash: str | None, actor: str) -> Refused | None:
    for change in (_change_profile, _change_attributes, _change_address):
        refused = change(account, wanted, actor)
        if refused is not None:
            return refused
    account.updated_at = clock.now()
    if password_hash is not None:
        credentials.replace_password(account, password_hash, source=_("the administration"))
        audit.record("password.changed", subject=account.sub, actor=actor)
    session().flush()
    return None


def _change_profile(account: Account, wanted: Amendment, actor: str) -> Refused | None:
    if wanted.username is None and not wanted.claims:
        return None
    own = {name: text for name, text in wanted.claims.items() if name in service.NAMES}
    profile = Profile(
        own.get("given_name", account.given_name),
        own.get("family_name", account.family_name),
        (account.username if wanted.username is None else wanted.username) or None,
        own.get("picture", account.picture) or None,
    )
    more = {name: text for name, text in wanted.claims.items() if name not in service.NAMES}
    texts = details.named_texts(account.details) | more
    refusals = service.change_profile(account, profile, more=texts, actor=actor)
    return refusals[0] if refusals else None


def _change_attributes(account: Account, wanted: Amendment, actor: str) -> Refused | None:
    refusals = attribute_values.change(account, wanted.attributes, actor=actor)
    return refusals[0] if refusals else None


def _change_address(account: Account, wanted: Amendment, actor: str) -> Refused | None:
    """Move the account to another address, or say whether the one that it has is proved."""
    email = account.email if wanted.email is None else identity.read_email(wanted.email)
    if isinstance(email, Refused):
        return email
    moves = email != account.email
    proved = (account.is_verified and not moves) if wanted.is_verified is None else wanted.is_verified
    if not proved and holding.is_last_owner(account):
        return Refused(Reason.LAST_ADMINISTRATOR, "email_verified")
    if moves:
        refused = _move(account, email)
        if refused is not None:
            return refused
        audit.record("email.changed", subject=account.sub, actor=actor)
    elif proved == account.is_verified:
        return None
    changes = {"email_verified": (account.is_verified, proved)}
    account.email_verified_at = clock.now() if proved else None
    account.proved_apart_at = None
    if proved or not moves:
        event = "email.verified" if proved else "email.unverified"
        audit.record(event, subject=account.sub, actor=actor, changes=changes)
    return None


def _move(account: Account, email: str) -> Refused | None:
    """Give the account another address, tell the former one, and end what it could still do. Refusal: EMAIL_TAKEN."""
    said = _("The e-mail address of your account was changed to %(email)s.", email=email)
    telling.tell_person(account, "email_changed_by_admin", _("Your e-mail address was changed"), said)
    try:
        with session().begin_nested():
            account.email = email
            session().flush()
    except IntegrityError:
        return Refused(Reason.EMAIL_TAKEN, "email")
    proofs.discard(account.id)
    proofs.void(account.id, proofs.UNDO_EMAIL)
    session().execute(delete(SignUp).where(SignUp.account_id == account.id))
    return None
