"""Signing up, and proving the address afterwards, without telling anybody whether an address has an account.

Where the address is taken already, the same row, proof and mail are made, only that the mail goes to the owner and says so.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import delete, select

from idp import audit, mail
from idp.accounts import breaches, credentials, identity, mailing, passwords, proofs, service
from idp.accounts.lookup import find_by_email, lock
from idp.accounts.models import Account, SignUp
from idp.accounts.service import Profile
from idp.base import clock, crypto
from idp.base.database import pause, run, session
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.lifetimes import LIFETIMES


@dataclass(frozen=True)
class Application:
    """What somebody typed to sign up."""

    email: str
    password: str
    profile: Profile = service.EMPTY


def start(application: Application, *, next_path: str | None, source: str) -> str | list[Refused]:
    """Begin a sign-up and return its secret for the browser that made it, or everything that was wrong."""
    email = identity.read_email(application.email)
    refusals = _check(application, email)
    if refusals or isinstance(email, Refused):
        return refusals
    password_hash = _hash(application)
    if isinstance(password_hash, Refused):
        return [password_hash]
    account = None
    if find_by_email(email) is None:
        created = service.create(email, password_hash=password_hash, profile=application.profile)
        if isinstance(created, Account):
            account = created
        elif created.reason is Reason.USERNAME_TAKEN:
            return [created]
    secret = crypto.new_secret()
    profile = application.profile
    now = clock.now()
    sign_up = SignUp(
        id_digest=crypto.digest(secret),
        email=email,
        username=profile.username.lower() if profile.username else None,
        details={"password_hash": password_hash, **_names(profile)},
        account_id=account.id if account else None,
        next_path=next_path,
        created_at=now,
        expires_at=now + LIFETIMES.verify_link,
    )
    session().add(sign_up)
    session().flush()
    _send(sign_up)
    audit.record("account.signed_up", subject=account.sub if account else None, source=source)
    return secret


def register(
    application: Application, *, source: str, rules: passwords.Rules = passwords.DEFAULT
) -> Account | list[Refused]:
    """Sign up where the answer tells whether an address is taken; the address is still to be confirmed. Refusals: everything
    that was wrong, EMAIL_TAKEN and USERNAME_TAKEN among it.
    """
    email = identity.read_email(application.email)
    refusals = _check(application, email, rules)
    if isinstance(email, str) and find_by_email(email) is not None:
        refusals.append(Refused(Reason.EMAIL_TAKEN, "email"))
    if refusals or isinstance(email, Refused):
        return refusals
    password_hash = _hash(application)
    if isinstance(password_hash, Refused):
        return [password_hash]
    account = service.create(email, password_hash=password_hash, profile=application.profile)
    if isinstance(account, Refused):
        return [account]
    send_verification(account)
    audit.record("account.signed_up", subject=account.sub, source=source)
    return account


def check(application: Application, rules: passwords.Rules = passwords.DEFAULT) -> list[Refused]:
    """Return what is wrong with an application, whoever may have its address, without signing anybody up."""
    return _check(application, identity.read_email(application.email), rules)


def find_sign_up(secret: str | None) -> SignUp | None:
    """Return the live sign-up of a browser."""
    sign_up = session().get(SignUp, crypto.digest(secret)) if secret else None
    return sign_up if sign_up is not None and sign_up.expires_at > clock.now() else None


def resend(sign_up: SignUp) -> None:
    """Send a new link and code; the earlier ones are void."""
    _send(sign_up)


def send_verification(account: Account) -> None:
    """Send a new link and code to an unverified account's address."""
    if not mailing.is_due(account.email):
        return
    token, code = proofs.make(
        proofs.VERIFY,
        holder_of(account.id, None),
        email=account.email,
        account_id=account.id,
        link_life=LIFETIMES.verify_link,
    )
    mail.verify_email(account.email, link=_link(token), code=code)


def request_verification(text: str, *, source: str) -> str | Refused:
    """Send a new link and code to the address, if it has an account that waits for them; return its canonical form.

    The work and the answer are the same where it has none. Refusal: EMAIL_INVALID.
    """
    email = identity.read_email(text)
    if isinstance(email, Refused):
        return email
    account = find_by_email(email)
    waits = account is not None and not account.is_verified and account.disabled_at is None
    audit.record("email.verification_requested", subject=account.sub if account and waits else None, source=source)
    if not mailing.is_due(email):
        return email
    holder = holder_of(account.id, None) if account and waits else f"verify/{crypto.digest(email).hex()}"
    token, code = proofs.make(
        proofs.VERIFY,
        holder,
        email=email,
        account_id=account.id if account and waits else None,
        link_life=LIFETIMES.verify_link,
    )
    mail.verify_email(email, link=_link(token), code=code, really=waits)
    return email


def change_address(sign_up: SignUp, text: str) -> Refused | None:
    """Correct the address of a sign-up that nobody has confirmed yet, and send anew. Refusal: EMAIL_INVALID."""
    email = identity.read_email(text)
    if isinstance(email, Refused):
        return email
    account = lock(sign_up.account_id) if sign_up.account_id else None
    if account is not None and account.is_verified:
        return Refused(Reason.LINK_INVALID, "email")
    holder = find_by_email(email)
    if account is not None and (holder is None or holder is account):
        account.email = email
    elif account is not None:
        delete_unproved(account)
        sign_up.account_id = None
    elif holder is None:
        details = dict(sign_up.details)
        password_hash = details.pop("password_hash")
        created = service.create(email, password_hash=password_hash, profile=Profile(**details))
        sign_up.account_id = created.id if isinstance(created, Account) else None
    sign_up.email = email
    session().flush()
    _send(sign_up)
    return None


def _hash(application: Application) -> str | Refused:
    """Return the hash of a password that fits the policy, unless it is known from a breach."""
    pause()
    refused = breaches.check(application.password)
    return refused if refused is not None else passwords.hash_password(application.password)


def _check(application: Application, email: str | Refused, rules: passwords.Rules = passwords.DEFAULT) -> list[Refused]:
    profile = application.profile
    words = [email if isinstance(email, str) else "", profile.username or "", profile.given_name, profile.family_name]
    problems = [
        email if isinstance(email, Refused) else None,
        passwords.check_policy(application.password, personal=words, rules=rules),
        identity.check_username(profile.username) if profile.username else None,
        identity.check_name(profile.given_name, "given_name"),
        identity.check_name(profile.family_name, "family_name"),
    ]
    return [problem for problem in problems if problem is not None]


def _names(profile: Profile) -> dict[str, str | None]:
    return {"username": profile.username, "given_name": profile.given_name, "family_name": profile.family_name}


def _send(sign_up: SignUp) -> None:
    if not mailing.is_due(sign_up.email):
        return
    holder = holder_of(sign_up.account_id, sign_up)
    token, code = proofs.make(
        proofs.VERIFY, holder, email=sign_up.email, account_id=sign_up.account_id, link_life=LIFETIMES.verify_link
    )
    if sign_up.account_id is not None:
        mail.verify_email(sign_up.email, link=_link(token), code=code)
    else:
        issuer = settings().issuer
        mail.already_registered(sign_up.email, signin_link=f"{issuer}/signin", reset_link=f"{issuer}/reset")


def delete_unproved(account: Account) -> None:
    """Remove an unverified account; what hangs on it ends first."""
    credentials.void_credentials(account)
    credentials.disclaimed.send(account.id)
    proofs.discard(account.id)
    # The row of the sign-up stays for its browser, as that of a taken address, so that it learns nothing.
    for row in session().scalars(select(SignUp).where(SignUp.account_id == account.id)):
        row.account_id = None
    session().delete(account)
    session().flush()


def holder_of(account_id: int | None, sign_up: SignUp | None) -> str:
    """Return whose proof of an address it is: an account's, that of a sign-up with a taken address, or nobody's."""
    if account_id is not None:
        return f"account/{account_id}"
    return f"sign-up/{sign_up.id_digest.hex()}" if sign_up else "nobody"


def _link(token: str) -> str:
    return f"{settings().issuer}/verify/link?{urlencode({'token': token})}"


def purge(limit: int) -> int:
    """Delete up to `limit` expired sign-ups; return how many. The accounts that they made stay."""
    old = select(SignUp.id_digest).where(SignUp.expires_at < clock.now()).limit(limit)
    return run(delete(SignUp).where(SignUp.id_digest.in_(old)))
