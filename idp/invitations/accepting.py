"""Coming by an invitation: the link of a letter proves the address, once, and whoever opened it gets an account and the groups.

Looking at a link does nothing. Whoever signs up, or comes through another provider, with a proved address that was invited has come by
its invitation, too.
"""

from dataclasses import replace
from typing import Any

from idp import audit
from idp.accounts import claiming, credentials, service, signup, taking, unproved
from idp.accounts.admission import service as admission
from idp.accounts.lookup import find_by_email, refuse_closed
from idp.accounts.models import Account
from idp.accounts.signup import Application
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.groups import members
from idp.invitations import lookup
from idp.invitations.models import Invitation


def has_account(invitation: Invitation) -> bool:
    """Return whether the invited address has an account by now whose owner has proved it: it takes the groups alone."""
    account = find_by_email(invitation.email)
    return account is not None and claiming.is_settled(account)


def sign_up(token: str, application: Application, *, source: str) -> Account | list[Refused]:
    """Make an account of whoever has the link; the address of the application is that of the letter, whatever it says.

    Refusals: LINK_INVALID, LINK_EXPIRED, SIGN_UP_CLOSED, UPSTREAM_ELSEWHERE; EMAIL_TAKEN where its owner has an account by now, which
    `accept` is for; ACCOUNT_DISABLED; everything that is wrong with the application.
    """
    invitation = lookup.find_link(token)
    if isinstance(invitation, Refused):
        return [invitation]
    application = replace(application, email=invitation.email)
    refusals, more = signup.check_details(application, invitation.email), signup.read_more(application)
    if refusals or isinstance(more, list):
        return [*refusals, *(more if isinstance(more, list) else [])]
    password_hash = signup.hash_password(application)
    if isinstance(password_hash, Refused):
        return [password_hash]
    holder = _hold(invitation.email)
    invitation = lookup.find_link(token, for_change=True)  # it may have been revoked, or used, in between
    if isinstance(invitation, Refused):
        return [invitation]
    columns = {"password_hash": password_hash, "more": more[0], "attributes": more[1]}
    made = _make(invitation.email, holder, application, columns, source)
    if isinstance(made, Refused):
        return [made]
    welcome(made)
    return made


def accept(token: str) -> Account | Refused:
    """Give somebody who has an account what the letter says; it signs nobody in. Refusals: LINK_INVALID, LINK_EXPIRED, ACCOUNT_DISABLED."""
    seen = lookup.find_link(token)
    if isinstance(seen, Refused):
        return seen
    account = _hold(seen.email)
    if account is None or not claiming.is_settled(account):
        return Refused(Reason.LINK_INVALID)
    invitation = lookup.find_link(token, for_change=True)
    if isinstance(invitation, Refused):
        return invitation
    refused = refuse_closed(account)
    if refused is not None:
        return refused
    welcome(account)
    return account


def welcome(account: Account) -> None:
    """Use the invitation of a proved address up, if it has one that has not expired, and put its account into the groups; both are held."""
    invitation = lookup.find_open(account.email, for_change=True)
    if invitation is None or invitation.expires_at <= clock.now():
        return
    taking.require(account.id)
    invitation.accepted_at, invitation.account_id, invitation.token_digest = clock.now(), account.id, None
    session().flush()
    for group in lookup.groups_of([invitation.id])[invitation.id]:
        members.add(group, account, actor=invitation.invited_by)
    audit.record("invitation.accepted", subject=account.sub, actor=invitation.invited_by, invitation=invitation.id)


def _hold(email: str) -> Account | None:
    """Return the account that has a claim on an address, held; whoever holds an invitation too does so afterwards, one order for all."""
    found = find_by_email(email)
    if found is None or unproved.gives_way(found):
        return None
    taken = taking.take(Authority(found.id), is_closed_too=True)
    return taken if isinstance(taken, Account) and taken.email == email else None


def _make(
    email: str, holder: Account | None, application: Application, columns: dict[str, Any], source: str
) -> Account | Refused:
    """Return the account of whoever has proved the address just now: a new one, or the one that waits for its owner."""
    if holder is not None:
        return _take_over(holder, columns["password_hash"], source)
    refused = admission.admit(email, is_proved=True)
    if refused is not None:
        return refused
    unproved.make_room(email)
    account = service.create(email, profile=application.profile, verified=True, **columns)
    if isinstance(account, Account):
        audit.record("account.signed_up", subject=account.sub, source=source)
        audit.record("email.verified", subject=account.sub, source=source)
    return account


def _take_over(holder: Account, password_hash: str, source: str) -> Account | Refused:
    """Hand an account over to whoever has proved its address just now, as a reset does; one that is settled is its owner's already."""
    if claiming.is_settled(holder):
        return Refused(Reason.EMAIL_TAKEN, "email")
    refused = refuse_closed(holder)
    if refused is not None:
        return refused
    account = claiming.settle(holder, source=source)
    credentials.replace_password(account, password_hash, source=source)
    return account
