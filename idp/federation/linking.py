"""Which account an identity belongs to. It is found, linked or made in one transaction, after the provider has answered.

An address links only where it is verified on both sides. One that was never verified here gives the account's maker no claim on
it: what the maker set up is discarded before the owner comes in.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from idp import audit, mail
from idp.accounts import claiming, homes, identity, lookup, service, signup, taking
from idp.accounts.admission import service as admission
from idp.accounts.models import Account
from idp.accounts.service import Profile
from idp.accounts.taking import Authority
from idp.base import clock
from idp.base.database import connection, insert_into, pause, run, session
from idp.base.outcome import Reason, Refused
from idp.factors import passkeys
from idp.federation import belonging, providers
from idp.federation.identities import Identity
from idp.federation.models import UpstreamIdentity
from idp.federation.providers import Provider

RACES = 3  # a parallel sign-in of the same person may win this often before this one gives up


@dataclass(frozen=True)
class Owner:
    """Whose an identity is, and whether the account was made for it just now."""

    account: Account
    is_new: bool = False


def list_all(account_id: int) -> list[UpstreamIdentity]:
    """Return an account's identities, the oldest first."""
    query = select(UpstreamIdentity).where(UpstreamIdentity.account_id == account_id)
    return list(session().scalars(query.order_by(UpstreamIdentity.linked_at, UpstreamIdentity.id)))


def find_owner(provider: Provider, found: Identity, *, source: str) -> Owner | Refused:
    """Return the account that an identity signs in to: its own, the one with its verified address, or a new one.

    Refusals: those of `lookup.refuse_closed`, UPSTREAM_NO_EMAIL, UPSTREAM_SIGN_IN_FIRST, those of the provider's policy and of sign-up's;
    UPSTREAM_ELSEWHERE for an account whose address has another home; UPSTREAM_FAILED after lost races.
    """
    for _race in range(RACES):
        owner = _find_known(provider, found) or _claim(provider, found, source)
        if isinstance(owner, Owner):
            refused = _refuse_closed(owner.account, source)
            if refused is None:
                refused = homes.refuse(owner.account.email, but=provider.key)
            if refused is None:
                belonging.follow(owner.account, provider, found)
            return owner if refused is None else refused
        if owner is not None:
            return owner
        pause()  # lets go of the locks of this try
    return Refused(Reason.UPSTREAM_FAILED)


def connect(authority: Authority, provider: Provider, found: Identity, *, source: str) -> Owner | Refused:
    """Link an identity to the account of somebody who is signed in.

    Refusals: UPSTREAM_TAKEN; UPSTREAM_NOT_ADMITTED; SIGNED_OUT where that is so no more.
    """
    held = taking.take(authority)
    if isinstance(held, Refused):
        return held
    if not _is_admitted(provider, found) and _find_row(provider, found) is None:
        return Refused(Reason.UPSTREAM_NOT_ADMITTED)
    if _add(held, provider, found):
        _tell(held, provider, source)
    else:
        known = _find_row(provider, found)
        if known is None or known.account_id != held.id:
            return Refused(Reason.UPSTREAM_TAKEN)
    belonging.follow(held, provider, found)
    return Owner(held)


def unlink(account: Account, identity_id: int, *, source: str) -> Refused | None:
    """Take an identity from its account.

    Refusals: UNKNOWN; LAST_WAY_IN without password, passkey or another identity; UPSTREAM_STAYS where its address signs in by this alone.
    """
    if isinstance(taking.take(taking.of(account)), Refused):
        return Refused(Reason.UNKNOWN)
    rows = list_all(account.id)
    row = next((row for row in rows if row.id == identity_id), None)
    if row is None:
        return Refused(Reason.UNKNOWN)
    home = homes.find(account.email)
    if home is not None and home.key == row.provider:
        return Refused(Reason.UPSTREAM_STAYS)
    usable = {provider.key for provider in providers.list_configured()}
    others = [other for other in rows if other is not row and other.provider in usable]
    if account.password_hash is None and not others and not passkeys.list_all(account.id):
        return Refused(Reason.LAST_WAY_IN)
    provider = providers.find(row.provider)
    session().delete(row)
    session().flush()
    if provider is not None and not any(other.provider == row.provider for other in rows if other is not row):
        belonging.leave(account, provider)
    audit.record("upstream.unlinked", subject=account.sub, source=source, provider=row.provider)
    mail.upstream_unlinked(account, provider=provider.label if provider else row.provider, source=source)
    return None


def discard(account_id: int, since: datetime) -> None:
    """Take the identities from an account that were linked since an instant."""
    later = delete(UpstreamIdentity).where(
        UpstreamIdentity.account_id == account_id, UpstreamIdentity.linked_at >= since
    )
    run(later.execution_options(synchronize_session=False))


def find_account(provider: str, subject: str) -> int | None:
    """Return the number of the account that has an identity at a provider."""
    mine = (UpstreamIdentity.provider == provider, UpstreamIdentity.subject == subject)
    return session().scalar(select(UpstreamIdentity.account_id).where(*mine))


def _find_row(provider: Provider, found: Identity) -> UpstreamIdentity | None:
    return session().scalar(
        select(UpstreamIdentity).where(
            UpstreamIdentity.provider == provider.key, UpstreamIdentity.subject == found.subject
        )
    )


def _find_known(provider: Provider, found: Identity) -> Owner | None:
    """Return whose an identity is already. Here too the account is locked before its identity: one order for all."""
    row = _find_row(provider, found)
    account = taking.take(Authority(row.account_id), is_closed_too=True) if row is not None else None
    if row is None or not isinstance(account, Account):
        return None
    used = update(UpstreamIdentity).where(UpstreamIdentity.id == row.id, UpstreamIdentity.account_id == account.id)
    noted = run(used.values(last_used_at=clock.now(), name=found.name or row.name, groups=_groups(found)))
    return Owner(account) if noted == 1 else None


def _claim(provider: Provider, found: Identity, source: str) -> Owner | Refused | None:
    """Link an identity that nobody has; return None when somebody else was faster."""
    if found.email is None:
        return Refused(Reason.UPSTREAM_NO_EMAIL)
    elsewhere = homes.refuse(found.email, but=provider.key)
    if elsewhere is not None:
        return elsewhere
    if not _is_admitted(provider, found):
        return Refused(Reason.UPSTREAM_NOT_ADMITTED)
    holder = lookup.find_by_email(found.email)
    if holder is None and not provider.policy.makes_accounts:
        # Who only says to have an address does not learn whether it has an account.
        return Refused(Reason.UPSTREAM_NO_ACCOUNT) if _is_verified(provider, found) else _ask_for_proof(found.email)
    if holder is None:
        return _make(provider, found, found.email, source)
    account = taking.take(Authority(holder.id), is_closed_too=True)
    if not isinstance(account, Account) or account.email != found.email:
        return None
    if not _is_verified(provider, found):
        return _ask_for_proof(found.email)
    refused = _refuse_closed(account, source)
    return refused if refused is not None else _take(account, provider, found, source)


def _take(account: Account, provider: Provider, found: Identity, source: str) -> Owner | None:
    """Link an identity to the account with its verified address; whoever made that account without proving it loses it."""
    is_first_proof = not claiming.is_settled(account)
    if is_first_proof:
        account = claiming.claim(account, source=source)
    if not _add(account, provider, found):
        return None
    _tell(account, provider, source, is_first_proof=is_first_proof)
    return Owner(account)


def _make(provider: Provider, found: Identity, email: str, source: str) -> Owner | Refused | None:
    refused = admission.admit(email, is_proved=_is_verified(provider, found))
    if refused is not None:
        return refused
    account = service.create(
        email,
        password_hash=None,
        profile=_profile(found),
        more={"locale": found.locale} if found.locale else None,
        verified=_is_verified(provider, found),
    )
    if isinstance(account, Refused):
        return None
    if not _add(account, provider, found):
        session().delete(account)
        session().flush()
        return None
    audit.record("account.signed_up", subject=account.sub, source=source)
    audit.record("upstream.linked", subject=account.sub, source=source, provider=provider.key)
    if account.is_verified:
        admission.welcome(account)
    else:
        signup.send_verification(account)
    return Owner(account, is_new=True)


def _ask_for_proof(email: str) -> Refused:
    """Refuse an address that the provider does not vouch for; where no password counts, there is nothing to sign in by first."""
    return Refused(Reason.UPSTREAM_SIGN_IN_FIRST if homes.find(email) is None else Reason.UPSTREAM_UNPROVED)


def _profile(found: Identity) -> Profile:
    """Return what a new account takes over; a username only where it is free."""
    username = found.username if found.username and identity.check_username(found.username) is None else None
    return Profile(found.given_name, found.family_name, username, found.picture)


def _is_verified(provider: Provider, found: Identity) -> bool:
    return found.email_verified and provider.policy.trusts_email


def _is_admitted(provider: Provider, found: Identity) -> bool:
    return provider.policy.admits(found.email, is_verified=_is_verified(provider, found))


def _groups(found: Identity) -> list[str] | None:
    return list(found.groups) if found.groups is not None else None


def _refuse_closed(account: Account, source: str) -> Refused | None:
    refused = lookup.refuse_closed(account)
    if refused is not None:
        audit.record("signin", outcome=audit.FAILURE, subject=account.sub, source=source, reason=refused.reason.value)
    return refused


def _add(account: Account, provider: Provider, found: Identity) -> bool:
    """Insert an identity; return False when it is somebody's already."""
    now = clock.now()
    statement = insert_into(UpstreamIdentity).values(
        account_id=account.id,
        provider=provider.key,
        subject=found.subject,
        name=found.name,
        groups=_groups(found),
        linked_at=now,
        last_used_at=now,
    )
    session().flush()
    added = connection().execute(statement.on_conflict_do_nothing().returning(UpstreamIdentity.id))
    return added.first() is not None


def _tell(account: Account, provider: Provider, source: str, *, is_first_proof: bool = False) -> None:
    audit.record("upstream.linked", subject=account.sub, source=source, provider=provider.key)
    mail.upstream_linked(account, provider=provider.label, source=source, is_first_proof=is_first_proof)
