"""How often an address gets mail that somebody else can have sent to it, whoever asks for it and by whatever kind of mail.

The count is the recipient's, for all accounts, sources and nodes together; over it nothing is sent, the answer looks the same, and
the newest message there stays good. What goes to a proved address because of what happened to its account (a new password, a new
browser) is not counted: nobody can use up what its owner has to hear. Four counts stand apart, so that none uses up another:
strangers' wishes (sign-ups, changes of address, and word of them), resets of proved addresses, resets of unproved ones, invitations.
"""

from dataclasses import replace
from datetime import timedelta

from idp import audit, mail, throttle
from idp.base.writing import fold
from idp.throttle import Limit

STRANGERS, RESETS, UNPROVED_RESETS, INVITATIONS = 6, 10, 6, 3  # messages that pass at once
HOUR = timedelta(hours=1)
DOTLESS = {
    "gmail.com": "gmail.com",
    "googlemail.com": "gmail.com",
}  # whose mailboxes are the same with dots and without


def to_stranger(email: str, *, is_real: bool = True) -> mail.Counted | None:
    """Count a message to an address that whoever asks for it has not proved; None where it may not be sent.

    With `is_real=False` it is one that goes to nobody, and takes none of those that do.
    """
    return _count(email, _strangers(email) if is_real else replace(_strangers(email), key=f"nobody/{email}"))


def to_reset(email: str, *, is_unproved: bool = False) -> mail.Counted | None:
    """Count a message that resets a password; `is_unproved` is said of an account's address. None where it may not be sent."""
    return _count(email, _unproved_resets(email) if is_unproved else _resets(email))


def to_invited(email: str) -> mail.Counted | None:
    """Count an invitation; None where it may not be sent."""
    return _count(email, _invitations(email))


def is_full(email: str) -> bool:
    """Return whether no stranger may have a message sent to an address just now."""
    return throttle.wait([_strangers(email)]) > 0


def mailbox_of(email: str) -> str:
    """Return what an address is counted by: without a tag after "+", and without dots where the provider ignores them."""
    local, _, domain = fold(email).rpartition("@")
    local = local.partition("+")[0] or local
    if domain in DOTLESS:
        local, domain = local.replace(".", ""), DOTLESS[domain]
    return f"{local}@{domain}"


def _count(email: str, limit: Limit) -> mail.Counted | None:
    if throttle.attempt([limit]) == 0:
        return mail.Counted(email)
    audit.record("mail.withheld", outcome=audit.FAILURE)
    return None


def _strangers(email: str) -> Limit:
    """Return the count of strangers' wishes: beyond the first six one after an hour, two, four and every six, eleven in a day."""
    return Limit(f"mailed/stranger/{mailbox_of(email)}", STRANGERS, shortest=HOUR, longest=6 * HOUR)


def _unproved_resets(email: str) -> Limit:
    return Limit(f"mailed/unproved-reset/{mailbox_of(email)}", UNPROVED_RESETS, shortest=HOUR, longest=6 * HOUR)


def _invitations(email: str) -> Limit:
    """Return the count of invitations, whoever invites: beyond the first three one after an hour, two, four and every day."""
    return Limit(f"mailed/invitation/{mailbox_of(email)}", INVITATIONS, shortest=HOUR, longest=24 * HOUR)


def _resets(email: str) -> Limit:
    """Return the count of resets. The newest link lives longer than the wait: whoever else asks keeps the owner from nothing."""
    return Limit(f"mailed/reset/{mailbox_of(email)}", RESETS, shortest=timedelta(minutes=1), longest=HOUR / 2)
