"""Passkeys: WebAuthn credentials that sign in alone, or as the second factor after a password.

The challenge is sealed: it carries its own expiry and is bound to a purpose and to a browser, so that pages show it without writing
anything; it is spent when it is used. Every credential is registered as discoverable and with user verification.
"""

import ipaddress
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from idp import audit, replay
from idp.accounts import lookup, taking
from idp.accounts.models import Account
from idp.accounts.taking import Authority
from idp.base import clock, crypto
from idp.base.crypto import Unsealable
from idp.base.database import run, session
from idp.base.extensions import settings, vault
from idp.base.outcome import Reason, Refused
from idp.factors import ceremonies, totp
from idp.factors.models import Passkey
from idp.lifetimes import LIFETIMES

MOST = 20  # passkeys an account can have
LONGEST_CREDENTIAL = 64 * 1024  # characters of JSON


def is_available() -> bool:
    """Return whether passkeys can work here: WebAuthn takes host names only, no IP addresses (section 5.1.2)."""
    try:
        ipaddress.ip_address(_host())
    except ValueError:
        return True
    return False


def registration_options(account: Account, browser: str) -> str:
    """Return the JSON of `PublicKeyCredentialCreationOptions` for a new passkey."""
    known = [(row.credential_id, row.transports) for row in list_all(account.id)]
    return ceremonies.creation_options(
        rp_id=_host(),
        user_id=account.sub.encode(),
        user_name=account.email,
        display_name=account.display_name,
        challenge=_new_challenge("register", browser),
        known=known,
    )


def request_options(browser: str, account: Account | None = None) -> str:
    """Return the JSON of `PublicKeyCredentialRequestOptions`: for any passkey, or for one of a known account's."""
    known = [(row.credential_id, row.transports) for row in list_all(account.id)] if account else []
    challenge = _new_challenge(_purpose(account), browser)
    return ceremonies.request_options(rp_id=_host(), challenge=challenge, known=known, alone=account is None)


def register(account: Account, credential: str, name: str, *, browser: str) -> Passkey | Refused:
    """Keep a new passkey; the caller holds the account. Refusals: FACTOR_NAME, FACTOR_LIMIT, PASSKEY_EXPIRED, -REFUSED, -KNOWN."""
    given = totp.read_name(name)
    if isinstance(given, Refused):
        return given
    if len(list_all(account.id)) >= MOST:
        return Refused(Reason.FACTOR_LIMIT)
    parsed = _read(credential)
    if parsed is None:
        return Refused(Reason.PASSKEY_REFUSED)
    refused = _spend_challenge(parsed.challenge, "register", browser)
    if refused is not None:
        return refused
    made = ceremonies.verify_registration(parsed, rp_id=_host(), origin=_origin())
    if made is None:
        return Refused(Reason.PASSKEY_REFUSED)
    row = Passkey(
        id=crypto.new_identifier(),
        account_id=account.id,
        name=given,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        transports=parsed.transports,
        aaguid=made.aaguid,
        backed_up=made.backed_up,
        created_at=clock.now(),
    )
    try:
        with session().begin_nested():
            session().add(row)
    except IntegrityError:
        return Refused(Reason.PASSKEY_KNOWN)
    return row


def verify(credential: str, *, browser: str, source: str, account: Account | None = None) -> Passkey | Refused:
    """Return the passkey that signed this challenge, one of `account`'s if that is given; it must then not verify its user.

    The caller holds `account`; without one, the passkey's own is held from here on.
    Refusals: PASSKEY_EXPIRED, PASSKEY_REFUSED (also where the sign counter went back, which is audited: a cloned authenticator).
    """
    parsed = _read(credential)
    if parsed is None:
        return Refused(Reason.PASSKEY_REFUSED)
    row = _find(parsed.credential_id)
    if row is not None and account is None:
        taking.take(Authority(row.account_id), is_closed_too=True)
        row = _find(parsed.credential_id)  # it may have been removed until its account was held
    owner = lookup.find(row.account_id) if row else None
    if row is None or owner is None or (account is not None and owner.id != account.id):
        return Refused(Reason.PASSKEY_REFUSED)
    if parsed.user_handle not in ({owner.sub.encode()} if account is None else {owner.sub.encode(), None}):
        return Refused(Reason.PASSKEY_REFUSED)
    refused = _spend_challenge(parsed.challenge, _purpose(account), browser)
    if refused is not None:
        return refused
    shown = ceremonies.verify_assertion(
        parsed, rp_id=_host(), origin=_origin(), public_key=row.public_key, alone=account is None
    )
    if shown is None:
        return Refused(Reason.PASSKEY_REFUSED)
    if not _advance(row, shown.sign_count, shown.backed_up):
        audit.record("passkey.counter_regressed", outcome=audit.FAILURE, subject=owner.sub, source=source, id=row.id)
        return Refused(Reason.PASSKEY_REFUSED)
    return row


def amr(row: Passkey, *, alone: bool) -> list[str]:
    """Return the authentication methods of a passkey (RFC 8176): a synced key is software, others are taken for hardware."""
    kind = "swk" if row.backed_up else "hwk"
    return [kind, "user", "mfa"] if alone else [kind]


def list_all(account_id: int) -> list[Passkey]:
    """Return an account's passkeys, oldest first."""
    return list(session().scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.created_at)))


def _find(credential_id: bytes) -> Passkey | None:
    query = select(Passkey).where(Passkey.credential_id == credential_id)
    return session().scalar(query.execution_options(populate_existing=True))


def _advance(row: Passkey, sign_count: int, backed_up: bool) -> bool:
    """Note the use, and refuse a counter that did not rise (section 6.1.1); in one statement, so that clones cannot race."""
    advanced = run(
        update(Passkey)
        .where(Passkey.id == row.id)
        .where(or_(Passkey.sign_count < sign_count, (Passkey.sign_count == 0) & (sign_count == 0)))
        .values(sign_count=sign_count, backed_up=backed_up, last_used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if advanced == 1:
        session().refresh(row)
    return advanced == 1


def _read(credential: str) -> ceremonies.Credential | None:
    return ceremonies.read(credential) if len(credential) <= LONGEST_CREDENTIAL else None


def _new_challenge(purpose: str, browser: str) -> bytes:
    expires_at = int((clock.now() + LIFETIMES.webauthn_challenge).timestamp())
    return vault().seal(expires_at.to_bytes(8, "big"), _context(purpose, browser))


def _spend_challenge(challenge: bytes, purpose: str, browser: str) -> Refused | None:
    try:
        plain = vault().unseal(challenge, _context(purpose, browser))
    except Unsealable:
        return Refused(Reason.PASSKEY_REFUSED)
    expires_at = datetime.fromtimestamp(int.from_bytes(plain, "big"), UTC)
    if expires_at <= clock.now() or not replay.claim("webauthn", challenge.hex(), expires_at):
        return Refused(Reason.PASSKEY_EXPIRED)
    return None


def _purpose(account: Account | None) -> str:
    return f"second/{account.id}" if account else "alone"


def _context(purpose: str, browser: str) -> str:
    return f"webauthn/{purpose}/{browser}"


def _host() -> str:
    return urlsplit(settings().issuer).hostname or ""


def _origin() -> str:
    """Return the issuer's origin as browsers write it: the host in small letters, without a port that goes without saying."""
    parts = urlsplit(settings().issuer)
    is_usual = parts.port in {None, 443 if parts.scheme == "https" else 80}
    return f"{parts.scheme}://{_host()}" + ("" if is_usual else f":{parts.port}")
