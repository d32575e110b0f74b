"""Whether somebody may sign up, asked twice: when a form is sent, and where the account is made; and deciding who may."""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _

from idp import policies
from idp.accounts import telling
from idp.accounts.admission.rules import RULE, Mode, Rules, check
from idp.accounts.models import Account
from idp.base.outcome import Refused

PAGE = "/admin/sign-up"


@dataclass(frozen=True)
class Guests:
    """Who was invited: whether an address is, and what becomes of the invitation once its owner has an account."""

    is_invited: Callable[[str], bool]
    welcome: Callable[[Account], None]


_guests: dict[str, Guests] = {}


def register(name: str, guests: Guests) -> None:
    """Add who knows of invitations; that room lies above this one."""
    _guests[name] = guests


def refuse(email: str | None) -> Refused | None:
    """Refuse a sign-up at its form, before anything is done for it. Refusals: those of `Rules.refuse`."""
    return policies.recall(RULE).refuse(email)


def refuse_everybody() -> Refused | None:
    """Return why nobody may sign up who was not invited; None where somebody may. Refusals: SIGN_UP_CLOSED, SIGN_UP_INVITED."""
    return policies.recall(RULE).refuse(None)


def admit(email: str, *, is_proved: bool) -> Refused | None:
    """Refuse an account that is about to be made for somebody, by the policy of this moment, which stays until the commit.

    A proved address that was invited is welcome whatever its domain, while sign-up is not closed. Refusals: those of `Rules.refuse`.
    """
    rules = policies.share(RULE)
    if is_proved and rules.mode is not Mode.CLOSED and any(guests.is_invited(email) for guests in _guests.values()):
        return None
    return rules.refuse(email)


def refuse_move(email: str, *, at_commit: bool = False) -> Refused | None:
    """Refuse an address to which somebody moves an account; `at_commit` by the policy that stays until then. Refusal: EMAIL_DOMAIN."""
    rules = policies.share(RULE) if at_commit else policies.recall(RULE)
    return rules.refuse_move(email)


def welcome(account: Account) -> None:
    """Give somebody who has just got an account with a proved address what comes with an invitation."""
    for guests in _guests.values():
        guests.welcome(account)


def lets_strangers_try() -> bool:
    """Return whether the way to sign-up is worth showing."""
    return policies.recall(RULE).lets_strangers_try


def waits_for_proof(account: Account) -> bool:
    """Return whether somebody has to prove the address first: an account of a stranger's lets nobody in by the domain that it claims."""
    return not account.is_verified and not account.is_vouched_for and policies.recall(RULE).wants_proof


def get() -> Rules:
    """Return the policy in force."""
    return policies.get(RULE)


def put(rules: Rules, *, actor: str) -> list[Refused]:
    """Decide who may sign up, and tell the owners. Refusals: those of `rules.check`."""
    refusals = check(rules)
    if not refusals and policies.put(RULE, rules, actor=actor):
        telling.tell_owners(_told(rules), actor=actor, path=PAGE)
    return refusals


def words() -> dict[str, str]:
    """Return what each mode is called, by its value."""
    return {
        Mode.OPEN.value: _("Everybody"),
        Mode.DOMAINS.value: _("People with an address of certain domains"),
        Mode.INVITATION.value: _("People who were invited"),
        Mode.CLOSED.value: _("Nobody"),
    }


def _told(rules: Rules) -> str:
    who = words()[rules.mode.value]
    return str(_("Who may sign up was changed. From now on: %(who)s.", who=who))
