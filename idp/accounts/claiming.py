"""An address that is proved by somebody else than the maker of its account: the owner comes in, and the maker keeps nothing.

Anybody can sign up with anybody's address. Whoever proves it in the browser that signed up, in a session of the account, or with its
password is its maker; whoever proves it by a mailed reset, or through another provider is taken for the owner of the address, who may
never have heard of the account. A mailed code that comes without any of these may be of either: `accept` says what becomes of it.
"""

from collections.abc import Callable

from sqlalchemy import exists, or_, select

from idp import audit
from idp.accounts import attribute_values, erasure, names, service
from idp.accounts.lookup import Person
from idp.accounts.models import Account, AccountWord, HeldName, Proof, SignUp
from idp.accounts.service import Profile
from idp.base import clock
from idp.base.database import Model, session
from idp.lifetimes import LIFETIMES

Witness = Callable[[int], bool]

NAMES = frozenset({AccountWord.__tablename__, HeldName.__tablename__})  # what somebody is called, and found by
MAILS = frozenset({Proof.__tablename__, SignUp.__tablename__})
# What operators and directories said of the account: it holds for whoever proves the address of one that they vouch for.
GIVEN = frozenset({"group_members", "group_owners", "role_holders", "scim_users", "scim_user_ids"})
# What ends with the password, or gives nobody a way in. Everything else that hangs on an account outlives a reset.
PASSING = NAMES | MAILS | {"browser_sessions", "grants", "known_devices", "sign_in_attempts"}

_witnesses: list[Witness] = []


def register(witness: Witness) -> None:
    """Add a way to find out whether an application may know an account's maker by name."""
    if witness not in _witnesses:
        _witnesses.append(witness)


def claim(account: Account, *, source: str | None = None) -> Account:
    """Return the account of whoever has just proved an address; the one with the unproved address is held.

    One that nobody ever signed in to, or that an operator vouches for, is handed over, without its password and whatever else hangs on
    it: it says nothing of a maker. What a maker wrote into it goes too, unlike what an operator did. Any other is erased with all that
    hangs on it, and the owner gets a new one, with a number and a `sub` that no application has seen. The username goes along, unless an
    application was let in, which might take the owner for the maker by it.
    """
    is_makers = _is_used(account) and not account.is_vouched_for
    handed_over = _replace(account, source) if is_makers else _hand_over(account)
    audit.record("email.verified", subject=handed_over.sub, source=source)
    return handed_over


def is_settled(account: Account | Person) -> bool:
    """Return whether the address was proved, by the maker of the account as far as anybody can tell."""
    apart = account.proved_apart_at
    return account.is_verified and (apart is None or clock.now() - apart >= LIFETIMES.proved_apart)


def settle(account: Account, *, source: str | None = None) -> Account:
    """Return the account of the owner of an address, who has just proved it: this one where that is settled, else as `claim` says."""
    return account if is_settled(account) else claim(account, source=source)


def accept(account: Account, *, source: str | None = None) -> Account:
    """Return the account of whoever has proved an address by a code alone, as the older interfaces let them; it is held.

    Most are the maker, by a program that kept no cookie: an account on which nothing hangs that would outlive a reset stays as it is, and
    for thirty days a reset, or another provider, discards it as if nobody had proved the address. Any other is claimed.
    """
    if _outlives_reset(account):
        return claim(account, source=source)
    account.email_verified_at = account.updated_at = account.proved_apart_at = clock.now()
    session().flush()
    audit.record("email.verified", subject=account.sub, source=source)
    return account


def _outlives_reset(account: Account) -> bool:
    return any(witness(account.id) for witness in _witnesses) or _has_any(account, PASSING)


def _is_used(account: Account) -> bool:
    """Return whether anybody has ever signed in, or anything but mails and attempts to sign up hangs on the account."""
    return account.last_sign_in_at is not None or _has_any(account, NAMES | MAILS)


def _has_any(account: Account, but: frozenset[str]) -> bool:
    tables = [table for table in Model.metadata.sorted_tables if "account_id" in table.columns]
    belongings = [table for table in tables if table.name not in but]
    has_any = [exists().where(table.columns["account_id"] == account.id) for table in belongings]
    return bool(session().scalar(select(or_(*has_any))))


def _hand_over(account: Account) -> Account:
    erasure.clear(account, but=NAMES | GIVEN if account.is_vouched_for else NAMES)
    account.password_hash, account.is_admin, account.proved_apart_at = None, False, None
    account.terms_version = None  # the maker accepted them, or nobody
    if not account.is_vouched_for:
        account.given_name = account.family_name = ""
        account.picture, account.details = None, {}
        account.attributes = attribute_values.of_administrators(account)
    account.email_verified_at = account.updated_at = clock.now()
    session().flush()
    return account


def _replace(account: Account, source: str | None) -> Account:
    is_known = any(witness(account.id) for witness in _witnesses)
    audit.record("account.disowned", subject=account.sub, source=source)
    # Where an application may know the maker by it, the name is held for nobody.
    email, username = account.email, None if is_known else names.hand_on(account)
    erasure.remove(account)
    made = service.create(email, password_hash=None, profile=Profile(username=username), verified=True)
    if not isinstance(made, Account):  # the row that went held address and name until this very moment
        raise RuntimeError("the account of a proved address could not be made anew")
    audit.record("account.created", subject=made.sub, source=source)
    return made
