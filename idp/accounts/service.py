"""Making and changing accounts: creation, profile, disabling. Forms, contracts and the command line all call here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import IntegrityError

from idp import audit
from idp.accounts import breaches, details, identity, names, passwords, proofs, taking, telling
from idp.accounts.authority import holding
from idp.accounts.credentials import void_credentials
from idp.accounts.lookup import find_by_email
from idp.accounts.models import Account
from idp.base import clock, crypto, writing
from idp.base.database import session
from idp.base.outcome import Reason, Refused
from idp.sessions.ending import DISABLED


@dataclass(frozen=True)
class Profile:
    """What a person says of themselves."""

    given_name: str = ""
    family_name: str = ""
    username: str | None = None
    picture: str | None = None

    def __post_init__(self) -> None:
        """Keep names as `writing.tidy` has them, whoever told them."""
        object.__setattr__(self, "given_name", writing.tidy(self.given_name))
        object.__setattr__(self, "family_name", writing.tidy(self.family_name))


EMPTY = Profile()
NAMES = (
    "given_name",
    "family_name",
    "picture",
)  # the claims that are a profile's, where an operator gives them by name


def create(
    email: str,
    *,
    password_hash: str | None,
    profile: Profile = EMPTY,
    more: Mapping[str, Any] | None = None,
    attributes: Mapping[str, Any] | None = None,
    verified: bool = False,
    vouched_for: bool = False,
) -> Account | Refused:
    """Add an account, and hold it; `more` are details of `details.read`, `attributes` are of `attribute_values.read`.

    With `vouched_for` it stays unproved. Refusals, also when somebody else was faster: EMAIL_TAKEN, USERNAME_TAKEN.
    """
    now = clock.now()
    account = Account(
        sub=crypto.new_identifier(),
        email=email,
        email_verified_at=now if verified else None,
        is_vouched_for=vouched_for,
        username=profile.username,
        given_name=profile.given_name,
        family_name=profile.family_name,
        picture=profile.picture,
        details=dict(more or {}),
        attributes=dict(attributes) if attributes else None,
        password_hash=password_hash,
        created_at=now,
        updated_at=now,
    )
    try:
        with session().begin_nested():
            session().add(account)
            _refuse_held(account)
    except IntegrityError:
        return _say_taken(email)
    except _Held:
        return Refused(Reason.USERNAME_TAKEN, "username")
    taking.note(account)
    return account


def add(
    email_text: str,
    *,
    username: str | None,
    password: str | None,
    verified: bool,
    claims: Mapping[str, str] | None = None,
    actor: str = "command line",
) -> Account | Refused:
    """Add an account by an operator's order, or a directory's; `claims` are texts by name.

    Refusals: EMAIL_*, USERNAME_*, the password policy's, PICTURE_INVALID, those of `details.read`.
    """
    email = identity.read_email(email_text)
    if isinstance(email, Refused):
        return email
    read = _read_claims(claims or {}, Profile(username=username))
    if isinstance(read, Refused):
        return read
    profile, more = read
    refused = None
    if password is not None:
        refused = passwords.check_policy(password, personal=[email, username or ""])
    if refused is not None:
        return refused
    password_hash = breaches.hash_unknown(password) if password is not None else None
    if isinstance(password_hash, Refused):
        return password_hash
    account = create(
        email, password_hash=password_hash, profile=profile, more=more, verified=verified, vouched_for=True
    )
    if isinstance(account, Account):
        audit.record("account.created", subject=account.sub, actor=actor)
    return account


def check_profile(
    account: Account, profile: Profile, *, relative_picture: bool = False, by_operator: bool = False
) -> list[Refused]:
    """Return what is wrong with a new profile, without changing anything. A picture that stays is not looked at again.

    An operator gives reserved usernames too, and others than the present one as often as it is needed.
    """
    known = profile.picture if profile.picture != account.picture else None
    changed = replace(profile, picture=known)
    refusals = _check(changed, but=account.id, relative_picture=relative_picture, by_operator=by_operator)
    if by_operator:
        return refusals
    leaves = account.username is not None and identity.fold(profile.username or "") != account.username_folded
    if not refusals and leaves and not names.may_leave(account.id, profile.username or ""):
        return [Refused(Reason.USERNAME_CHANGES, "username")]
    return refusals


def change_profile(
    account: Account,
    profile: Profile,
    *,
    more: Mapping[str, str] | None = None,
    source: str | None = None,
    relative_picture: bool = False,
    actor: str | None = None,
) -> list[Refused]:
    """Change names, username and picture, and all details where `more` gives their texts by name; or nothing. Return what was wrong.

    `actor` is the operator who does it for the person.
    """
    by_operator = actor is not None
    refusals = check_profile(account, profile, relative_picture=relative_picture, by_operator=by_operator)
    read = details.read(more) if more is not None else account.details
    if isinstance(read, list):
        refusals += read
    if refusals or isinstance(read, list):
        return refusals
    try:
        with session().begin_nested():
            account.given_name, account.family_name = profile.given_name, profile.family_name
            account.username, account.picture = profile.username, profile.picture
            account.details = read
            account.updated_at = clock.now()
            _refuse_held(account)
    except (IntegrityError, _Held):  # somebody else took the username since the check above
        session().refresh(account)
        return [Refused(Reason.USERNAME_TAKEN, "username")]
    audit.record("account.profile_changed", subject=account.sub, actor=actor, source=source)
    return []


def set_disabled(account: Account, disabled: bool, *, actor: str) -> Refused | None:
    """Disable an account, ending its sessions and tokens, or enable it, which cancels an erasure.

    Either way the link by which its owner could keep it is void. Refusal: LAST_ADMINISTRATOR.
    """
    if disabled and holding.is_last_owner(account):
        return Refused(Reason.LAST_ADMINISTRATOR)
    was_disabled = account.disabled_at is not None
    account.disabled_at = clock.now() if disabled else None
    proofs.void(account.id, proofs.KEEP_ACCOUNT)
    if account.erase_at is not None and not disabled:
        account.erase_at = None
        audit.record("account.kept", subject=account.sub, actor=actor)
    if disabled:
        void_credentials(account, cause=DISABLED, actor=actor)
    event, changes = "account.disabled" if disabled else "account.enabled", {"disabled": (was_disabled, disabled)}
    audit.record(event, subject=account.sub, actor=actor, changes=changes)
    if was_disabled != disabled:
        telling.state_changed(account, disabled=disabled, actor=actor)
    return None


class _Held(Exception):
    """A username that was written is held for somebody else."""


def _say_taken(email: str) -> Refused:
    if find_by_email(email) is not None:
        return Refused(Reason.EMAIL_TAKEN, "email")
    return Refused(Reason.USERNAME_TAKEN, "username")


def _refuse_held(account: Account) -> None:
    """Look once more after writing a username: its owner may have left it since it was checked, or while the write waited.

    Raises:
        _Held: it is held for somebody else; the caller undoes the write.
    """
    session().flush()
    if account.username is not None and names.is_held(account.username, but=account.id):
        raise _Held


def _read_claims(claims: Mapping[str, str], profile: Profile) -> tuple[Profile, dict[str, Any]] | Refused:
    """Return a profile with what is its own of some claims, and the rest as details; or the first thing that is wrong with either."""
    read = details.read({name: text for name, text in claims.items() if name not in NAMES})
    own = {name: text.strip() for name, text in claims.items() if name in NAMES and text.strip()}
    profile = replace(profile, **own)
    wrong = _check(profile, by_operator=True)
    if isinstance(read, list) or wrong:
        return [*wrong, *(read if isinstance(read, list) else [])][0]
    return profile, read


def _check(
    profile: Profile, *, but: int | None = None, relative_picture: bool = False, by_operator: bool = False
) -> list[Refused]:
    problems = [
        identity.check_name(profile.given_name, "given_name"),
        identity.check_name(profile.family_name, "family_name"),
        identity.check_username(profile.username, but=but, by_operator=by_operator) if profile.username else None,
        identity.check_picture(profile.picture, relative=relative_picture) if profile.picture else None,
    ]
    return [problem for problem in problems if problem is not None]
