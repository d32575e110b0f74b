"""What every sign-up is judged by, and the sign-ups of older interfaces, which tell whether an address is taken.

Those make an account at once, which is no claim on its address before somebody has proved that. The pages' are in `pending`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from idp import audit, mail
from idp.accounts import breaches, homes, identity, lacking, mailing, passwords, proofs, service, unproved
from idp.accounts.admission import service as admission
from idp.accounts.lookup import find_by_email
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.base import crypto
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.lifetimes import LIFETIMES


@dataclass(frozen=True)
class Application:
    """What somebody typed to sign up: `claims` are texts of other standard claims by name, `attributes` those of custom attributes."""

    email: str
    password: str
    profile: Profile = service.EMPTY
    claims: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)


def register(
    application: Application, *, source: str, rules: passwords.Rules = passwords.DEFAULT
) -> Account | list[Refused]:
    """Sign up where the answer tells whether an address is taken; the address is still to be confirmed.

    An account that was made with the address a day ago, and that nobody has proved or used since, is no obstacle: it makes room.
    Refusals: that of the sign-up policy, and then no other; else everything that was wrong, EMAIL_TAKEN and USERNAME_TAKEN among it.
    """
    email = identity.read_email(application.email)
    refused = _refuse_stranger(email)
    if refused is not None:
        return [refused]
    refusals = check_details(application, email, rules)
    if isinstance(email, str) and _is_held(email):
        refusals.append(Refused(Reason.EMAIL_TAKEN, "email"))
    if refusals or isinstance(email, Refused):
        return refusals
    password_hash = hash_password(application)
    if isinstance(password_hash, Refused):
        return [password_hash]
    refused = admission.admit(email, is_proved=False)
    if refused is not None:
        return [refused]
    if not _is_held(email):
        unproved.make_room(email)
    account = service.create(email, password_hash=password_hash, profile=application.profile)
    if isinstance(account, Refused):
        return [account]
    send_verification(account)
    audit.record("account.signed_up", subject=account.sub, source=source)
    return account


def check(application: Application, rules: passwords.Rules = passwords.DEFAULT) -> list[Refused]:
    """Return what is wrong with an application, whoever may have its address, without signing anybody up."""
    email = identity.read_email(application.email)
    refused = _refuse_stranger(email)
    return [refused] if refused is not None else check_details(application, email, rules)


def check_details(
    application: Application, email: str | Refused, rules: passwords.Rules = passwords.DEFAULT
) -> list[Refused]:
    """Return what is wrong with an application for an address that was read already, whoever may sign up."""
    profile = application.profile
    words = [email if isinstance(email, str) else "", profile.username or "", profile.given_name, profile.family_name]
    problems = [
        email if isinstance(email, Refused) else homes.refuse(email),
        passwords.check_policy(application.password, personal=words, rules=rules),
        identity.check_username(profile.username) if profile.username else None,
        identity.check_name(profile.given_name, "given_name"),
        identity.check_name(profile.family_name, "family_name"),
    ]
    return [problem for problem in problems if problem is not None]


def read_more(application: Application) -> tuple[dict[str, Any], dict[str, Any]] | list[Refused]:
    """Return the details and attributes of a sign-up of the pages, or everything that is wrong with them, or missing and required.

    Older interfaces, which cannot ask for them, do without; their people are asked at the next page.
    """
    profile = application.profile
    told = {name: getattr(profile, name) for name in lacking.OF_ACCOUNT}
    read = lacking.read_newcomer(told, application.claims, application.attributes)
    refused = identity.check_picture(profile.picture, relative=False) if profile.picture else None
    return read if refused is None else [refused, *(read if isinstance(read, list) else [])]


def send_verification(account: Account) -> None:
    """Send a new link and code to an unverified account's address."""
    to = mailing.to_stranger(account.email)
    if to is None:
        return
    token, code = proofs.make(
        proofs.VERIFY,
        holder_of(account.id),
        email=account.email,
        account_id=account.id,
        link_life=LIFETIMES.verify_link,
    )
    mail.verify_email(to, link=link(token), code=code)


def request_verification(text: str, *, source: str) -> str | Refused:
    """Send a new link and code to the address, if it has an account that waits for them; return its canonical form.

    The work and the answer are the same where it has none. Refusal: EMAIL_INVALID.
    """
    email = identity.read_email(text)
    if isinstance(email, Refused):
        return email
    account = find_by_email(email)
    waits = account is not None and not account.is_verified and account.disabled_at is None
    # Of nobody in particular: who asks may own the address, and is not to be told to whoever made the account.
    audit.record("email.verification_requested", source=source)
    to = mailing.to_stranger(email, is_real=waits)
    if to is None:
        return email
    holder = holder_of(account.id) if account and waits else f"verify/{crypto.digest(email).hex()}"
    token, code = proofs.make(
        proofs.VERIFY,
        holder,
        email=email,
        account_id=account.id if account and waits else None,
        link_life=LIFETIMES.verify_link,
    )
    mail.verify_email(to, link=link(token), code=code, really=waits)
    return email


def hash_password(application: Application) -> str | Refused:
    """Return the hash of a password that fits the policy, unless it is known from a breach."""
    return breaches.hash_unknown(application.password)


def _refuse_stranger(email: str | Refused) -> Refused | None:
    """Return what the sign-up policy says, before anything else is told: whoever may not sign up learns nothing of any account."""
    return admission.refuse(email if isinstance(email, str) else None)


def _is_held(email: str) -> bool:
    """Return whether an address has an account that makes no room for a sign-up whose maker has proved nothing either.

    Nor does it where its owner could not be told of one more.
    """
    holder = find_by_email(email)
    return holder is not None and (not unproved.is_abandoned(holder) or mailing.is_full(email))


def link(token: str) -> str:
    """Return the address of the page that takes the secret of a mailed link."""
    return f"{settings().issuer}/verify/link?{urlencode({'token': token})}"


def holder_of(account_id: int) -> str:
    """Return whose proof of an address an account's is."""
    return f"account/{account_id}"
