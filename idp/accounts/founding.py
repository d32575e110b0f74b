"""Who administers first: the link that makes the first administrator, and whoever the operator makes one by command."""

from urllib.parse import urlencode

from idp import audit
from idp.accounts import breaches, claiming, identity, passwords, proofs, recovery, service, taking, telling
from idp.accounts.authority import granting, holding
from idp.accounts.authority.permissions import OWNER, titles
from idp.accounts.lookup import find_by_email
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.lifetimes import LIFETIMES


def create_administrator(text: str) -> tuple[Account, str] | Refused:
    """Make an owner, or make one of an existing account, for good, with a link to choose a password.

    The operator vouches for the address. Refusals: EMAIL_INVALID, EMAIL_TAKEN; SIGNED_OUT where the account is erased meanwhile.
    """
    email = identity.read_email(text)
    if isinstance(email, Refused):
        return email
    account = find_by_email(email)
    if account is None:
        created = service.create(email, password_hash=None, verified=True)
        if isinstance(created, Refused):
            return created
        account = created
    else:
        taken = taking.take(Authority(account.id), is_closed_too=True)
        if isinstance(taken, Refused):
            return taken
        account = claiming.settle(taken)
    was_owner, was_administrator = holding.is_owner(account), account.is_administrator
    granting.give(account, OWNER, by=granting.COMMAND_LINE)
    audit.record("administrator.created", subject=account.sub, role=OWNER)
    if not was_owner:
        telling.role_given(account, titles()[OWNER], until=None, is_new=not was_administrator, actor=None)
    return account, recovery.start_for(account, actor=None)


def bootstrap_link() -> str | None:
    """Return a new one-use link that makes the first administrator, or None when there is one."""
    if holding.has_owner():
        return None
    token, _code = proofs.make(proofs.BOOTSTRAP, "server", link_life=LIFETIMES.set_password_link, with_code=False)
    return f"{settings().issuer}/setup?{urlencode({'token': token})}"


def is_bootstrap(token: str) -> bool:
    """Return whether a link may still make the first administrator."""
    return bool(proofs.find_link(proofs.BOOTSTRAP, token)) and not holding.has_owner()


def bootstrap(token: str, email_text: str, password: str, *, source: str) -> Account | list[Refused]:
    """Make the first administrator. Refusals: LINK_INVALID, EMAIL_INVALID, EMAIL_TAKEN, the policy's."""
    email = identity.read_email(email_text)
    problems = [
        email if isinstance(email, Refused) else None,
        passwords.check_policy(password, personal=[email_text.strip()]),
    ]
    refusals = [problem for problem in problems if problem is not None]
    if refusals or isinstance(email, Refused):
        return refusals
    if not is_bootstrap(token):
        return [Refused(Reason.LINK_INVALID)]
    password_hash = breaches.hash_unknown(password)
    if isinstance(password_hash, Refused):
        return [password_hash]
    proof = proofs.find_link(proofs.BOOTSTRAP, token)
    if isinstance(proof, Refused) or holding.has_owner():
        return [Refused(Reason.LINK_INVALID)]
    if find_by_email(email) is not None:
        return [Refused(Reason.EMAIL_TAKEN, "email")]
    if not proofs.spend(proof):
        return [Refused(Reason.LINK_INVALID)]
    account = service.create(email, password_hash=password_hash, verified=True)
    if isinstance(account, Refused):
        return [account]
    granting.give(account, OWNER, by=granting.COMMAND_LINE)
    audit.record("administrator.created", subject=account.sub, source=source, role=OWNER)
    return account
