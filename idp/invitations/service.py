"""Inviting people, sending letters again, and revoking them. Each is recorded by the number of the invitation, never by the address.

Somebody who has an account gets the groups at once, and a mail that says so. Whoever invites has the right to do that to the account,
which the caller sees to by `taking`: how an account is held for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from urllib.parse import urlencode

from flask_babel import gettext as _
from sqlalchemy import delete, insert

from idp import audit, mail, throttle
from idp.accounts import claiming, mailing, telling
from idp.accounts.admission import service as admission
from idp.accounts.admission.rules import Mode
from idp.accounts.lookup import find_by_email
from idp.accounts.models import Account
from idp.base import clock, crypto
from idp.base.database import connection, insert_into, run, session
from idp.base.expiry import delete_some
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.groups import members
from idp.groups.models import Group
from idp.invitations import lookup
from idp.invitations.models import Invitation, InvitationGroup
from idp.throttle import Limit

LIVES = (1, 3, 7, 14, 30, 90)  # days
USUAL_LIFE = 7
KEPT = timedelta(days=90)  # for which one that ended without anybody is shown still
MOST_AT_ONCE, SHORTEST, LONGEST = 1000, timedelta(minutes=1), timedelta(hours=1)  # letters of one inviter

Take = Callable[[int], Account | Refused]


class Outcome(Enum):
    """What became of one address."""

    SENT = "sent"  # a letter is on its way
    HELD_BACK = "held back"  # the address got so many that this one is not sent
    GIVEN = "given"  # there is an account, which got the groups
    WITHHELD = "withheld"  # there is an account, on which whoever invites may not act


@dataclass(frozen=True)
class Letter:
    """What is said of everybody on a list: the groups, for how many days, who invites (a `sub`, or the command line), and their name."""

    groups: Sequence[Group]
    days: int
    actor: str
    inviter: str = ""


@dataclass
class Sent:
    """What became of a list: the addresses by outcome, and those that were not reached, since whoever invites has to wait `retry_after`."""

    by_outcome: dict[Outcome, list[str]] = field(default_factory=lambda: {outcome: [] for outcome in Outcome})
    left: tuple[str, ...] = ()
    retry_after: int | None = None


def refuse() -> Refused | None:
    """Return why nobody can be invited: SIGN_UP_CLOSED, while nobody may sign up."""
    return Refused(Reason.SIGN_UP_CLOSED) if admission.get().mode is Mode.CLOSED else None


def invite(addresses: Sequence[str], letter: Letter, *, take: Take, limited: bool = True) -> Sent:
    """Invite people by their canonical addresses, each once; of whoever is invited already the letter and the groups are renewed.

    Accounts come last, since `take` may end the transaction to hold one. `limited` counts the letters of whoever invites.
    """
    sent = Sent()
    known = [email for email in addresses if _settled(email) is not None]
    strangers = sorted(
        set(addresses) - set(known)
    )  # in one order, so that two lists with the same people do not wait for each other
    for place, email in enumerate(strangers):
        wait = throttle.attempt([_letters_of(letter.actor)]) if limited else 0
        if wait:
            return _stop(sent, [*strangers[place:], *known], wait)
        sent.by_outcome[_write_to(email, letter)].append(email)
    for place, email in enumerate(known):
        wait = throttle.attempt([_letters_of(letter.actor)]) if limited else 0
        if wait:
            return _stop(sent, known[place:], wait)
        sent.by_outcome[_give(email, letter, take)].append(email)
    return sent


def resend(
    invitation: Invitation, *, actor: str, inviter: str = "", days: int | None = None, limited: bool = True
) -> Outcome | Refused:
    """Send the letter of a locked, open invitation again, by a new link that lives as long as the one before, or so many days.

    The earlier link is void. Refusals: UNKNOWN for one that is over; TOO_MANY_TRIES, with the seconds to wait.
    """
    if not invitation.is_open:
        return Refused(Reason.UNKNOWN)
    wait = throttle.attempt([_letters_of(actor)]) if limited else 0
    if wait:
        return Refused(Reason.TOO_MANY_TRIES, retry_after=wait)
    invitation.days = days if days is not None else invitation.days
    outcome = _send(invitation, inviter)
    audit.record("invitation.resent", actor=actor, invitation=invitation.id)
    return outcome


def revoke(invitation: Invitation, *, actor: str) -> bool:
    """End a locked invitation, so that its link opens nothing; False where it is over already."""
    if not invitation.is_open:
        return False
    invitation.revoked_at, invitation.token_digest = clock.now(), None
    session().flush()
    audit.record("invitation.revoked", actor=actor, invitation=invitation.id)
    return True


def purge(limit: int) -> int:
    """Delete up to `limit` invitations by which nobody came, three months after they ended; return how many."""
    is_old = Invitation.accepted_at.is_(None) & (Invitation.expires_at < clock.now() - KEPT)
    return delete_some(Invitation, is_old, Invitation.expires_at, limit)


def link(token: str) -> str:
    """Return the address of the page that takes the secret of a letter."""
    return f"{settings().issuer}/invitation?{urlencode({'token': token})}"


def _settled(email: str) -> Account | None:
    """Return the account of an address whose owner, as far as anybody can tell, has proved it; any other waits for the letter's link."""
    account = find_by_email(email)
    return account if account is not None and claiming.is_settled(account) else None


def _write_to(email: str, letter: Letter) -> Outcome:
    now = clock.now()
    values = {"email": email, "invited_by": letter.actor, "days": letter.days, "created_at": now, "expires_at": now}
    invitation = lookup.find_open(email, for_change=True)
    if invitation is None:
        connection().execute(insert_into(Invitation).values(**values, had_account=False).on_conflict_do_nothing())
        invitation = lookup.find_open(email, for_change=True)
    if invitation is None:  # whoever was invited at the same moment has come already
        return Outcome.HELD_BACK
    invitation.invited_by, invitation.days = letter.actor, letter.days
    _put_groups(invitation, letter.groups)
    outcome = _send(invitation, letter.inviter)
    paths = ", ".join(group.path for group in letter.groups) or None
    audit.record("invitation.sent", actor=letter.actor, invitation=invitation.id, groups=paths, days=letter.days)
    return outcome


def _put_groups(invitation: Invitation, groups: Sequence[Group]) -> None:
    """Let an invitation lead into these groups and no others."""
    old = delete(InvitationGroup).where(InvitationGroup.invitation_id == invitation.id)
    run(old.execution_options(synchronize_session=False))
    if groups:
        rows = [{"invitation_id": invitation.id, "group_id": group.id} for group in groups]
        connection().execute(insert(InvitationGroup), rows)


def _send(invitation: Invitation, inviter: str) -> Outcome:
    """Write the letter with a new link. One that an address gets too many of is not sent, and the link before it stays good."""
    to = mailing.to_invited(invitation.email)
    invitation.expires_at = clock.now() + timedelta(days=invitation.days)
    if to is None:
        session().flush()
        return Outcome.HELD_BACK
    token = crypto.new_link_secret()
    invitation.token_digest, invitation.sent_at = crypto.digest(token), clock.now()
    session().flush()
    mail.invitation(to, link=link(token), inviter=inviter, days=invitation.days)
    return Outcome.SENT


def _give(email: str, letter: Letter, take: Take) -> Outcome:
    """Put somebody who has an account into the groups, and tell them."""
    found = _settled(email)
    account = take(found.id) if found is not None else None
    if not isinstance(account, Account) or account.disabled_at is not None or account.email != email:
        return Outcome.WITHHELD
    now = clock.now()
    invitation = lookup.find_open(email, for_change=True) or Invitation(email=email, created_at=now)
    invitation.invited_by, invitation.days, invitation.token_digest = letter.actor, letter.days, None
    invitation.sent_at = invitation.expires_at = invitation.accepted_at = now
    invitation.account_id, invitation.had_account = account.id, True
    session().add(invitation)
    session().flush()
    _put_groups(invitation, letter.groups)
    for group in letter.groups:
        members.add(group, account, actor=letter.actor)
    audit.record("invitation.given", subject=account.sub, actor=letter.actor, invitation=invitation.id)
    telling.tell_person(account, "invitation_given", _("You have an account already"), _said(letter))
    return Outcome.GIVEN


def _said(letter: Letter) -> str:
    said = _("You were invited to an account here, which you have already.")
    if not letter.groups:
        return f"{said} {_('Nothing has changed.')}"
    names = ", ".join(group.path for group in letter.groups)
    return f"{said} {_('You are a member of %(names)s now.', names=names)}"


def _letters_of(actor: str) -> Limit:
    """Return the count of an inviter's letters: beyond the first thousand one after a minute, two, four and every hour."""
    return Limit(f"letters/{actor}", MOST_AT_ONCE, shortest=SHORTEST, longest=LONGEST)


def _stop(sent: Sent, left: Sequence[str], wait: int) -> Sent:
    sent.left, sent.retry_after = tuple(left), wait
    return sent
