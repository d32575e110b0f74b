"""Sign-ups of the pages, until their address is proved: rows that tell nobody whether the address has an account.

A sign-up becomes an account when its address is proved, and not before. So it looks the same where the address is taken: the same row,
proof and mail are made, only that the mail goes to the owner and says so; and the password that somebody chose signs nobody in.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from idp import audit, mail
from idp.accounts import homes, identity, mailing, passwords, proofs, service, signup, tries, unproved
from idp.accounts.admission import service as admission
from idp.accounts.lookup import canonical_name, find_by_email, find_by_identifier
from idp.accounts.models import Account, Proof, SignUp
from idp.accounts.service import Profile
from idp.base import clock, crypto
from idp.base.database import pause, session
from idp.base.expiry import delete_some
from idp.base.extensions import settings
from idp.base.outcome import Reason, Refused
from idp.base.statements import parameter, statement
from idp.lifetimes import LIFETIMES

HOLDER = "sign-up/"  # how the holder of a sign-up's proof begins
CLAIMS, ATTRIBUTES = "claims", "attributes"  # the members with what the profile itself has no place for
DISOWNED = "disowned"  # the member of `details` with the address whose owner said "This was not me"


def start(application: signup.Application, *, next_path: str | None, source: str) -> str | list[Refused]:
    """Begin a sign-up and return its secret for the browser that made it, or everything that was wrong."""
    email = identity.read_email(application.email)
    refusals, more = signup.check(application), signup.read_more(application)
    if isinstance(more, list):
        refusals += more
    if refusals or isinstance(email, Refused) or isinstance(more, list):
        return refusals
    password_hash = signup.hash_password(application)
    if isinstance(password_hash, Refused):
        return [password_hash]
    secret = crypto.new_secret()
    profile = application.profile
    now = clock.now()
    sign_up = SignUp(
        id_digest=crypto.digest(secret),
        email=email,
        username=identity.fold(profile.username) if profile.username else None,
        details={"password_hash": password_hash, **_names(profile), **_told(*more)},
        next_path=next_path,
        created_at=now,
        expires_at=now + LIFETIMES.verify_link,
    )
    session().add(sign_up)
    session().flush()
    _send(sign_up)
    audit.record("sign_up.begun", source=source)
    return secret


def find_known(digest: str | None) -> SignUp | None:
    """Return the live sign-up that a browser has shown the password of, by what its cookie remembers of it."""
    sign_up = session().get(SignUp, bytes.fromhex(digest)) if digest else None
    return sign_up if sign_up is not None and sign_up.expires_at > clock.now() else None


def find(secret: str | None) -> SignUp | None:
    """Return the live sign-up of a browser."""
    sign_up = session().get(SignUp, crypto.digest(secret)) if secret else None
    return sign_up if sign_up is not None and sign_up.expires_at > clock.now() else None


def resend(sign_up: SignUp) -> None:
    """Send a new link and code; the earlier ones are void."""
    _send(sign_up)


def change_address(sign_up: SignUp, text: str) -> Refused | None:
    """Correct the address of a sign-up that nobody has confirmed yet, and send anew.

    Refusals: EMAIL_INVALID, UPSTREAM_ELSEWHERE, those of the sign-up policy.
    """
    email = identity.read_email(text)
    if isinstance(email, Refused):
        return email
    elsewhere = homes.refuse(email)
    if elsewhere is not None:
        return elsewhere
    refused = admission.refuse(email)
    if refused is not None:
        return refused
    if sign_up.account_id is not None:
        return Refused(Reason.LINK_INVALID, "email")
    sign_up.email = email
    session().flush()
    _send(sign_up)
    return None


def find_of_proof(proof: Proof) -> SignUp | None:
    """Return the sign-up whose address a mailed link or code proves; None for the proof of an account."""
    if not proof.holder.startswith(HOLDER):
        return None
    return session().get(SignUp, bytes.fromhex(proof.holder.removeprefix(HOLDER)), with_for_update=True)


def refuse(sign_up: SignUp) -> Refused | None:
    """Return why a sign-up whose address is proved gets no account: the policy, which stays until the commit, may have changed."""
    return admission.admit(sign_up.email, is_proved=True)


def finish(sign_up: SignUp) -> Account | Refused:
    """Make the account of a sign-up whose address has just been proved, and which `refuse` does not. An account without a claim makes room.

    A username that somebody else has taken meanwhile is left out. Refusal: LINK_INVALID where the address has an owner already.
    """
    details = {name: text for name, text in sign_up.details.items() if name != DISOWNED}
    password_hash = details.pop("password_hash")
    more = {"more": details.pop(CLAIMS, None), "attributes": details.pop(ATTRIBUTES, None)}
    profile = Profile(**details)
    unproved.make_room(sign_up.email)
    account = service.create(sign_up.email, password_hash=password_hash, profile=profile, verified=True, **more)
    if isinstance(account, Refused) and account.reason is Reason.USERNAME_TAKEN:
        without = replace(profile, username=None)
        account = service.create(sign_up.email, password_hash=password_hash, profile=without, verified=True, **more)
    if isinstance(account, Refused):
        return Refused(Reason.LINK_INVALID)
    session().delete(sign_up)
    session().flush()
    audit.record("account.signed_up", subject=account.sub)
    audit.record("email.verified", subject=account.sub)
    admission.welcome(account)
    return account


def disown(sign_up: SignUp) -> None:
    """Send no more mail to the address of a sign-up, whose owner knows nothing of it; its browser learns nothing of that."""
    sign_up.details = {**sign_up.details, DISOWNED: sign_up.email}
    session().flush()


def recognise(identifier: str, password: str, *, source: str, device: str | None = None) -> SignUp | Refused | None:
    """Return the newest sign-up under a name, address or username, if its password was typed: it waits for the proof of its address.

    So whoever comes back to sign in is told what is missing, in the same way where the address has an account of its owner's. Nothing is
    counted: who gets None goes on to `credentials.check`. Refusals: TOO_MANY_TRIES, ACCOUNT_HELD.
    """
    name = canonical_name(identifier)
    newest = _newest_by_email if "@" in identifier else _newest_by_username
    found = newest.first(name=name, now=clock.now())
    sign_up = session().get(SignUp, found.id_digest) if found is not None else None
    if sign_up is None:
        return None
    counted = tries.of_password(find_by_identifier(identifier), name, source=source, device=device)
    refused = counted.begin()
    if refused is not None:
        return refused
    is_right = _compare(sign_up, password)
    counted.was_none()
    return sign_up if is_right else None


def check_password(sign_up: SignUp, password: str, field: str, *, source: str, device: str | None) -> Refused | None:
    """Check the password of a sign-up. Refusals, of `field`: PASSWORD_WRONG, TOO_MANY_TRIES, ACCOUNT_HELD."""
    owner = find_by_email(sign_up.email)
    counted = tries.of_password(owner, sign_up.email, source=source, device=device)
    refused = counted.begin()
    if refused is not None:
        return Refused(refused.reason, field, refused.retry_after)
    if not _compare(sign_up, password):
        counted.was_wrong()
        return Refused(Reason.PASSWORD_WRONG, field)
    counted.was_none()
    return None


def holder_of(sign_up: SignUp) -> str:
    """Return whose proof of an address a sign-up's is."""
    if sign_up.account_id is not None:
        return signup.holder_of(sign_up.account_id)
    return f"{HOLDER}{sign_up.id_digest.hex()}"


def purge(limit: int) -> int:
    """Delete up to `limit` expired sign-ups; return how many."""
    return delete_some(SignUp, SignUp.expires_at < clock.now(), SignUp.expires_at, limit)


def _compare(sign_up: SignUp, password: str) -> bool:
    stored = sign_up.details["password_hash"]
    pause()
    return passwords.verify(password, stored)


def _names(profile: Profile) -> dict[str, str | None]:
    told = {"username": profile.username, "given_name": profile.given_name, "family_name": profile.family_name}
    return told | ({"picture": profile.picture} if profile.picture else {})


def _told(claims: dict[str, Any], attributes: dict[str, Any]) -> dict[str, Any]:
    told = {CLAIMS: claims, ATTRIBUTES: attributes}
    return {name: values for name, values in told.items() if values}


def _send(sign_up: SignUp) -> None:
    to = mailing.to_stranger(sign_up.email)
    if to is None:
        return
    holder = holder_of(sign_up)
    token, code = proofs.make(
        proofs.VERIFY, holder, email=sign_up.email, account_id=sign_up.account_id, link_life=LIFETIMES.verify_link
    )
    owner = find_by_email(sign_up.email)
    if owner is None or owner.id == sign_up.account_id or unproved.gives_way(owner):
        is_wanted = sign_up.details.get(DISOWNED) != sign_up.email
        mail.verify_email(to, link=signup.link(token), code=code, really=is_wanted)
    else:
        issuer = settings().issuer
        mail.already_registered(to, signin_link=f"{issuer}/signin", reset_link=f"{issuer}/reset")


def _newest(is_named: ColumnElement[bool]) -> Select[Any]:
    is_live = SignUp.expires_at > parameter("now", SignUp.expires_at)
    return select(SignUp.id_digest).where(is_named, is_live).order_by(SignUp.created_at.desc()).limit(1)


@statement
def _newest_by_email(_dialect: str) -> Select[Any]:
    return _newest(SignUp.email == parameter("name", SignUp.email))


@statement
def _newest_by_username(_dialect: str) -> Select[Any]:
    return _newest(SignUp.username == parameter("name", SignUp.username))
