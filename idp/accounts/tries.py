"""How often passwords and codes may be tried: under which counters a try stands, and the hold after a hundred failures.

A browser that the account knows has a counter of its own, so that no stranger can lock its owner out. Everybody else counts by the
pair of name and source, by the name from anywhere, and by the source across names; the name is that which was typed, so that the waits
of a username are not those of the address that belongs to it. Names without an account are counted in the same way, so that nothing
tells them apart. After a hundred consecutive failures, under whichever names, nobody unknown may try, until the owner opens a mailed
link, chooses a new password, or an administrator lifts it. A new code or a new sign-in resets no count.
"""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from idp import audit, mail, outbox, throttle
from idp.accounts import devices, proofs, taking
from idp.accounts.lookup import find
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import crypto
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.lifetimes import LIFETIMES
from idp.throttle import Limit

MOST = 100  # consecutive failures ever (NIST SP 800-63B-4, section 3.2.2)
FREE_ANYWHERE, FREE_ACROSS = 20, 50
LONGEST_ACROSS, FORGET_ACROSS = timedelta(minutes=1), timedelta(hours=1)
HELD_MAIL_EVERY = timedelta(days=1)
PASSWORD, CODE = "password", "code"


@dataclass(frozen=True)
class Tries:
    """The counters of one try: `own` are cleared when it was right; `across` is the source's, which only takes its count back."""

    account: Account | None
    name: str
    source: str
    own: tuple[Limit, ...]
    across: tuple[Limit, ...] = ()

    def begin(self) -> Refused | None:
        """Count the try before it is made. Refusals, with seconds to wait: TOO_MANY_TRIES, ACCOUNT_HELD."""
        seconds = throttle.attempt([*self.own, *self.across])
        if not seconds:
            return None
        if not throttle.is_held_for_good(self.own):
            return Refused(Reason.TOO_MANY_TRIES, retry_after=seconds)
        self._tell_of_hold()
        return Refused(Reason.ACCOUNT_HELD, retry_after=int(throttle.HELD_WAIT.total_seconds()))

    def was_wrong(self) -> None:
        """Tell the owner when this failure was the last one that may be."""
        if throttle.is_held_for_good(self.own):
            self._tell_of_hold()

    def was_right(self) -> None:
        """End the row of failures."""
        throttle.clear(self.own)
        if self.across:
            throttle.uncount(self.across)

    def was_none(self) -> None:
        """Take the count back: nothing was compared."""
        throttle.uncount([*self.own, *self.across])

    def _tell_of_hold(self) -> None:
        """Send the link that lifts the hold, at most once a day; for a name without an account, to nobody."""
        if throttle.attempt([_held_mail(self.account, self.name)]):
            return
        if self.account is None or self.account.disabled_at is not None or not self.account.is_verified:
            outbox.put(mail.NOBODY, "", "account_held", {})
            return
        token, _code = proofs.make(
            proofs.UNLOCK,
            f"unlock/{self.account.id}",
            link_life=LIFETIMES.unlock_link,
            email=self.account.email,
            account_id=self.account.id,
            with_code=False,
        )
        link = f"{settings().issuer}/unlock?{urlencode({'token': token})}"
        mail.account_held(self.account, unlock_link=link)
        audit.record("account.held", subject=self.account.sub, source=self.source)


def of_password(account: Account | None, name: str, *, source: str, device: str | None) -> Tries:
    """Return the counters of a password for an account, or for a canonical name that has none."""
    return _tries(PASSWORD, account, name, source, device)


def of_code(account: Account, *, source: str, device: str | None) -> Tries:
    """Return the counters of a second factor's code: who types one has the password already, so the source matters less."""
    return _tries(CODE, account, "", source, device)


def is_held_back(account: Account) -> bool:
    """Return whether failures presently delay somebody's tries."""
    return throttle.is_held(_holder(account))


def forget_passwords(account: Account, *, source: str) -> None:
    """Forget wrong passwords after a new one was chosen. Codes are counted on: a reset is no way around the second factor."""
    for name in (account.email, account.username_folded or ""):
        throttle.clear(of_password(account, name, source=source, device=None).own)
    throttle.clear([_held_mail(account, "")])


def unlock(account: Account, *, actor: str | None = None, source: str | None = None) -> None:
    """Forget every failure counted against an account, whatever address it came from."""
    throttle.release(_holder(account))
    audit.record("account.unlocked", subject=account.sub, actor=actor, source=source)


def peek_unlock(token: str) -> Account | Refused:
    """Return whose hold a link would lift, without using it up. Refusals: LINK_INVALID, LINK_EXPIRED."""
    proof = proofs.find_link(proofs.UNLOCK, token)
    if isinstance(proof, Refused):
        return proof
    account = find(proof.account_id) if proof.account_id else None
    if account is None or account.email != proof.email:
        return Refused(Reason.LINK_INVALID)
    return account


def unlock_by_link(token: str, *, source: str) -> Account | Refused:
    """Lift the hold of passwords and of codes; the link is used up. Refusals: LINK_INVALID, LINK_EXPIRED."""
    account = peek_unlock(token)
    if isinstance(account, Refused):
        return account
    taken = taking.take(Authority(account.id), is_closed_too=True)
    proof = proofs.find_link(proofs.UNLOCK, token)
    if (
        isinstance(taken, Refused)
        or isinstance(proof, Refused)
        or taken.email != proof.email
        or not proofs.spend(proof)
    ):
        return Refused(Reason.LINK_INVALID)
    unlock(taken, source=source)
    return taken


def _tries(kind: str, account: Account | None, name: str, source: str, device: str | None) -> Tries:
    holder = _holder(account) if account else None
    whose, block = _who(account, name), throttle.block_of(source)
    # Asked also where there is no account, so that both take the same time.
    if devices.is_known(account.id if account else 0, device):
        mark = crypto.digest(device or "").hex()[:32]
        return Tries(account, name, source, (Limit(f"{kind}/{whose}/device/{mark}", most=MOST, holder=holder),))
    across = Limit(f"{kind}-source/{block}", FREE_ACROSS, longest=LONGEST_ACROSS, forget_after=FORGET_ACROSS)
    if kind == CODE:
        own = [Limit(f"{kind}/{whose}", most=MOST, holder=holder)]
    else:
        # Waits belong to the name that was typed: those of a username say nothing of the address that it belongs to.
        typed = f"{kind}/typed/{name}"
        own = [
            Limit(f"{kind}/{whose}", MOST, most=MOST, holder=holder),
            Limit(typed, FREE_ANYWHERE, holder=holder),
            Limit(f"{typed}/{block}", holder=holder),
        ]
    return Tries(account, name, source, tuple(own), (across,))


def _held_mail(account: Account | None, name: str) -> Limit:
    """Return the counter that lets one mail a day pass."""
    holder = _holder(account) if account else None
    key = f"held/{_who(account, name)}"
    return Limit(key, free=1, shortest=HELD_MAIL_EVERY, longest=HELD_MAIL_EVERY, holder=holder)


def _who(account: Account | None, name: str) -> str:
    return str(account.id) if account else f"name:{name}"


def _holder(account: Account) -> str:
    return f"account/{account.id}"
