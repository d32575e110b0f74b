"""Whom an assertion names: the account whose identity, `sub`, address or username is what the issuer's claim says."""

from collections.abc import Callable, Mapping

from idp.accounts import identity, lookup, taking
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.issuers import owners
from idp.issuers.definition import EMAIL, IDENTITY, SUB, USERNAME, Definition
from idp.oauth.jwt_bearer.shown import Shown

LONGEST = 500  # characters of what a claim says


def take(found: Shown) -> Account | None:
    """Return the account that an assertion names, held until the commit; None where nobody has it, or it is closed or unproved."""
    number = find(found)
    if number is None:
        return None
    taken = taking.take(Authority(number))
    if not isinstance(taken, Account) or taken.email_verified_at is None:
        return None
    # What it was found by may be another's by now: it is looked at once more, while the account is held.
    return taken if find(found) == taken.id else None


def find(found: Shown) -> int | None:
    """Return the number of the account that an assertion names, whatever becomes of it."""
    said = found.claims.get(found.issuer.account_claim)
    if not isinstance(said, str) or not 0 < len(said) <= LONGEST or not said.isprintable():
        return None
    return _FINDERS[found.issuer.account_member](found, said)


def _by_identity(found: Shown, said: str) -> int | None:
    return owners.find(found.issuer.provider or "", said)


def _by_sub(_found: Shown, said: str) -> int | None:
    return _number(lookup.find_by_sub(said))


def _by_email(found: Shown, said: str) -> int | None:
    """Find the owner of an address that the issuer may speak of, and does not call unverified."""
    email = identity.read_email(said)
    if not isinstance(email, str) or found.claims.get("email_verified", True) is not True:
        return None
    return _number(lookup.find_by_email(email)) if _is_of_domain(email, found.issuer) else None


def _by_username(_found: Shown, said: str) -> int | None:
    return _number(lookup.find_by_identifier(said)) if "@" not in said else None


def _is_of_domain(email: str, issuer: Definition) -> bool:
    return not issuer.email_domains or email.rpartition("@")[2] in issuer.email_domains


def _number(account: Account | None) -> int | None:
    return account.id if account is not None else None


_FINDERS: Mapping[str, Callable[[Shown, str], int | None]] = {
    IDENTITY: _by_identity,
    SUB: _by_sub,
    EMAIL: _by_email,
    USERNAME: _by_username,
}
