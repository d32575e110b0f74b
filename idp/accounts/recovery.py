"""Resetting a password: by a mailed link or code, or by an administrator's order.

Asking for a reset does the same work and gives the same answer whether or not the address has an account.
"""

from collections.abc import Callable
from urllib.parse import urlencode

from idp import audit, mail
from idp.accounts import (
    breaches,
    claiming,
    credentials,
    homes,
    identity,
    mailing,
    passwords,
    proofs,
    taking,
)
from idp.accounts.lookup import canonical_name, find, find_by_email, find_by_identifier, personal_words
from idp.accounts.models import Account, Proof
from idp.accounts.taking import Authority
from idp.base import crypto
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.lifetimes import LIFETIMES


def request(text: str, *, source: str, new_code: Callable[[], str] = crypto.new_code) -> str | Refused:
    """Send a link and a code to the address, if it has an account; return its canonical form. Refusal: EMAIL_INVALID."""
    email = identity.read_email(text)
    if isinstance(email, Refused):
        return email
    _request(email, find_by_email(email), source, new_code)
    return email


def request_by_name(identifier: str, *, source: str) -> str | Refused:
    """Send a link and a code to an address, or to that of a username, if it has an account; return the name as `trade_code`
    takes it. Answer and work are the same where there is none, and tell no address. Refusal: EMAIL_INVALID.
    """
    if "@" in identifier:
        return request(identifier, source=source)
    name = identity.fold(identifier)
    if not identity.USERNAME.fullmatch(name):
        return Refused(Reason.EMAIL_INVALID, "email")
    account = find_by_identifier(name)
    _request(_address_of(name, account), account, source, crypto.new_code)
    return name


def _address_of(username: str, account: Account | None) -> str:
    """Return where the mails of a username go; of one that nobody has, to nowhere."""
    return account.email if account else f"{crypto.digest(canonical_name(username)).hex()}@nobody.invalid"


def _request(email: str, account: Account | None, source: str, new_code: Callable[[], str]) -> None:
    # While nobody has proved the address, whoever asks may own it, and is not to be told to whoever made the account.
    is_owned = account is not None and account.is_verified
    audit.record("password.reset_requested", subject=account.sub if account and is_owned else None, source=source)
    to = mailing.to_reset(email, is_unproved=account is not None and not is_owned)
    if to is None:
        return
    # Where the address has a home no password counts, and nobody is led to choose one.
    known = account is not None and account.disabled_at is None and homes.find(account.email) is None
    token, code = proofs.make(
        proofs.RESET,
        _holder(email),
        email=email,
        account_id=account.id if account and known else None,
        link_life=LIFETIMES.reset_link,
        new_code=new_code,
    )
    mail.reset_password(to, link=reset_link(token), code=code, really=known)


def trade_code(name: str, code: str) -> str | Refused:
    """Trade the code that was mailed for an address or a username for the secret that `finish` takes; the code is used up.

    Refusals: as `proofs.try_code`.
    """
    email = name if "@" in name else _address_of(name, find_by_identifier(name))
    proof = proofs.try_code(proofs.RESET, _holder(email), code)
    if isinstance(proof, Refused):
        return proof
    token, _code = proofs.make(
        proofs.RESET,
        _holder(email),
        email=email,
        account_id=proof.account_id,
        link_life=LIFETIMES.one_time_code,
        with_code=False,
    )
    return token


def peek(token: str) -> Account | Refused:
    """Return whose password a link would reset, without using it up. Refusals: LINK_INVALID, LINK_EXPIRED."""
    proof = proofs.find_link(proofs.RESET, token)
    if isinstance(proof, Refused):
        return proof
    account = find(proof.account_id) if proof.account_id else None
    return account or Refused(Reason.LINK_INVALID)


def check_code(email: str, code: str) -> Refused | None:
    """Compare a mailed code that will be sent again, by `finish_with_code`. Refusals: as `proofs.try_code`."""
    proof = _try_again(email, code)
    return proof if isinstance(proof, Refused) else None


def finish(token: str, password: str, *, source: str) -> Account | Refused:
    """Set a new password by a link's secret; sessions and tokens end, and the address counts as proved.

    Refusals: LINK_INVALID, LINK_EXPIRED; the policy's, after which the link still works.
    """
    return finish_by(lambda: proofs.find_link(proofs.RESET, token), password, source=source)


def finish_with_code(
    email: str, code: str, password: str, *, source: str, rules: passwords.Rules = passwords.DEFAULT
) -> Account | Refused:
    """Set a new password by a mailed code. Refusals: as `proofs.try_code`; the policy's, after which the code still works."""
    return finish_by(lambda: _try_again(email, code), password, source=source, rules=rules)


def finish_by(
    find_proof: Callable[[], Proof | Refused],
    password: str,
    *,
    source: str,
    rules: passwords.Rules = passwords.DEFAULT,
) -> Account | Refused:
    """Set a new password by whatever proof `find_proof` finds, before a pause and after it; sessions and tokens end.

    Refusals: those of `find_proof`; LINK_INVALID, where the account has moved; the policy's, after which the proof still works.
    """
    proof = find_proof()
    account = find(proof.account_id) if isinstance(proof, Proof) and proof.account_id else None
    if isinstance(proof, Refused) or account is None:
        return proof if isinstance(proof, Refused) else Refused(Reason.LINK_INVALID)
    refused = passwords.check_policy(password, personal=personal_words(account), rules=rules)
    if refused is not None:
        return refused
    new_hash = breaches.hash_unknown(password)
    if isinstance(new_hash, Refused):
        return new_hash
    taken = taking.take(Authority(account.id))
    if isinstance(taken, Refused):
        return Refused(Reason.LINK_INVALID)
    proof = find_proof()
    if isinstance(proof, Refused) or taken.email != proof.email or not proofs.spend(proof):
        return Refused(Reason.LINK_INVALID)
    account = claiming.settle(taken, source=source)
    credentials.replace_password(account, new_hash, source=source)
    audit.record("password.reset", subject=account.sub, source=source)
    return account


def _try_again(email: str, code: str) -> Proof | Refused:
    proof = proofs.try_code(proofs.RESET, _holder(email), code)
    if isinstance(proof, Proof):
        proofs.give_back(proof)
    return proof


def start_for(account: Account, *, actor: str | None) -> str:
    """Start a reset for somebody, who gets a mail; return the link for the command line. Nobody chooses it for them."""
    link = make_link(account)
    audit.record("password.reset_started", subject=account.sub, actor=actor)
    return link


def make_link(account: Account) -> str:
    """Return a link by which somebody chooses a password, for a mail to the account's address; it voids earlier ones."""
    token, _code = proofs.make(
        proofs.RESET,
        _holder(account.email),
        email=account.email,
        account_id=account.id,
        link_life=LIFETIMES.set_password_link,
        with_code=False,
    )
    return reset_link(token)


def reset_link(token: str) -> str:
    """Return the address of the page that takes a reset's secret."""
    return f"{settings().issuer}/reset/password?{urlencode({'token': token})}"


def _holder(email: str) -> str:
    return f"reset/{crypto.digest(email).hex()}"
