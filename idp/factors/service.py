"""An account's second factors as a whole: what there is, adding and removing, and checking what somebody shows.

`Account.second_factor_since` follows from here: it is set with the first factor and cleared with the last.
"""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, or_

from idp import audit, mail, sessions
from idp.accounts import credentials, lookup, telling
from idp.accounts.models import Account
from idp.base import clock
from idp.base.database import run, session
from idp.base.outcome import Reason, Refused
from idp.factors import passkeys, policy, recovery_codes, totp
from idp.factors.models import Authenticator, Passkey


@dataclass(frozen=True)
class Factors:
    """What somebody can show beside the password."""

    authenticators: list[Authenticator]
    passkeys: list[Passkey]
    codes_left: int

    @property
    def count(self) -> int:
        """How many factors there are; recovery codes only stand in for one."""
        return len(self.authenticators) + len(self.passkeys)

    @property
    def credentials(self) -> str:
        """Their kinds, each once, as the audit log has them."""
        kinds = [row.credential for row in self.authenticators] + [row.credential for row in self.passkeys]
        return " ".join(dict.fromkeys(kinds))


def of(account: Account) -> Factors:
    """Return an account's factors."""
    return Factors(
        totp.list_confirmed(account.id), passkeys.list_all(account.id), recovery_codes.count_left(account.id)
    )


def confirm_authenticator(
    account: Account, row: Authenticator, code: str, name: str, *, source: str, device: str | None = None
) -> Refused | None:
    """Enable an authenticator by its first right code. Refusals: those of `totp.confirm`, TOO_MANY_TRIES, ACCOUNT_HELD."""
    given = totp.read_name(name)
    if isinstance(given, Refused):
        return given
    if not totp.is_code(code):
        return Refused(Reason.WRONG_FACTOR, "code")
    _hold(account)
    refused = credentials.attempt_factor(account, source=source, device=device)
    if refused is not None:
        return refused
    refused = totp.confirm(row, code, given)
    if refused is not None:
        audit.record("factor.checked", outcome=audit.FAILURE, subject=account.sub, source=source, kind="code")
        return refused
    credentials.factor_was_right(account, source=source, device=device)
    _note_added(account, row, _("An authenticator app was added: “%(name)s”.", name=row.name), source)
    return None


def register_passkey(account: Account, credential: str, name: str, *, browser: str, source: str) -> Passkey | Refused:
    """Add a passkey. Refusals: those of `passkeys.register`."""
    _hold(account)
    row = passkeys.register(account, credential, name, browser=browser)
    if isinstance(row, Passkey):
        _note_added(account, row, _("A passkey was added: “%(name)s”.", name=row.name), source)
    return row


def rename(account: Account, kind: str, factor_id: str, name: str) -> Refused | None:
    """Rename a factor. Refusals: UNKNOWN, FACTOR_NAME."""
    row, given = find(account, kind, factor_id), totp.read_name(name)
    if row is None:
        return Refused(Reason.UNKNOWN)
    if isinstance(given, Refused):
        return given
    row.name = given
    return None


def remove(account: Account, kind: str, factor_id: str, *, source: str) -> Refused | None:
    """Remove a factor; recovery codes go with the last. Refusals: UNKNOWN; FACTOR_REQUIRED, for the last under a policy."""
    _hold(account)
    row = find(account, kind, factor_id)
    if row is None:
        return Refused(Reason.UNKNOWN)
    is_last = of(account).count == 1
    if is_last and policy.is_required(account):
        audit.record("factor.removed", outcome=audit.FAILURE, subject=account.sub, source=source, kind=kind)
        return Refused(Reason.FACTOR_REQUIRED)
    session().delete(row)
    session().flush()
    if is_last:
        recovery_codes.discard(account.id)
        sessions.forget_second_factor(account.id)
        account.second_factor_since = None
    audit.record("factor.removed", subject=account.sub, source=source, kind=kind, credentials=row.credential)
    mail.factors_changed(account, what=_removed(kind, row.name), source=source)
    return None


def find(account: Account, kind: str, factor_id: str) -> Authenticator | Passkey | None:
    """Return one of an account's factors by its kind ("authenticator", "passkey") and identifier."""
    if kind == "passkey":
        passkey = session().get(Passkey, factor_id)
        return passkey if passkey is not None and passkey.account_id == account.id else None
    authenticator = session().get(Authenticator, factor_id)
    if kind != "authenticator" or authenticator is None or authenticator.account_id != account.id:
        return None
    return authenticator if authenticator.confirmed_at is not None else None


def renew_codes(account: Account, *, source: str, tell: bool = True) -> list[str]:
    """Make new recovery codes and return them, this once."""
    _hold(account)
    codes = recovery_codes.renew(account.id)
    audit.record("recovery_codes.renewed", subject=account.sub, source=source)
    if tell:
        mail.factors_changed(account, what=_("New recovery codes were made; earlier ones are void."), source=source)
    return codes


def is_code(text: str) -> bool:
    """Return whether a text can be a code at all. One that cannot costs no try, wherever it is typed."""
    return totp.is_code(text) or recovery_codes.is_one(text)


def check_code(account: Account, text: str, *, source: str, device: str | None = None) -> list[str] | Refused:
    """Spend a code of an authenticator app, or a recovery code; return the authentication methods (RFC 8176).

    `device` is the secret by which a browser is known. What cannot be a code is not counted. Refusals: WRONG_FACTOR (wrong, reused
    or old), TOO_MANY_TRIES and ACCOUNT_HELD with seconds to wait.
    """
    if not is_code(text):
        return Refused(Reason.WRONG_FACTOR, "code")
    refused = credentials.attempt_factor(account, source=source, device=device)
    if refused is not None:
        return refused
    if recovery_codes.is_one(text):
        is_right = recovery_codes.spend(account.id, text)
        if is_right:
            left = recovery_codes.count_left(account.id)
            audit.record("recovery_code.used", subject=account.sub, source=source, left=left)
            mail.recovery_code_used(account, left=left, source=source)
    else:
        is_right = totp.verify(account.id, text) is not None
    if not is_right:
        audit.record("factor.checked", outcome=audit.FAILURE, subject=account.sub, source=source, kind="code")
        return Refused(Reason.WRONG_FACTOR, "code")
    credentials.factor_was_right(account, source=source, device=device)
    return ["otp"]


def check_passkey(
    account: Account, credential: str, *, browser: str, source: str, device: str | None = None
) -> list[str] | Refused:
    """Take a passkey of this account as the second factor. Refusals: those of `passkeys.verify`, and of trying too often."""
    refused = credentials.attempt_factor(account, source=source, device=device)
    if refused is not None:
        return refused
    row = passkeys.verify(credential, browser=browser, source=source, account=account)
    if isinstance(row, Refused):
        audit.record("factor.checked", outcome=audit.FAILURE, subject=account.sub, source=source, kind="passkey")
        return row
    credentials.factor_was_right(account, source=source, device=device)
    return passkeys.amr(row, alone=False)


def sign_in_with_passkey(credential: str, *, browser: str, source: str) -> tuple[Account, list[str]] | Refused:
    """Return whose passkey signed, and the authentication methods. Refusals: as `passkeys.verify`, ACCOUNT_DISABLED, -LEAVING."""
    row = passkeys.verify(credential, browser=browser, source=source)
    account = lookup.find(row.account_id) if isinstance(row, Passkey) else None
    if isinstance(row, Refused) or account is None:
        audit.record("factor.checked", outcome=audit.FAILURE, source=source, kind="passkey")
        return row if isinstance(row, Refused) else Refused(Reason.PASSKEY_REFUSED)
    refused = lookup.refuse_closed(account)
    if refused is not None:
        audit.record("signin", outcome=audit.FAILURE, subject=account.sub, source=source, reason=refused.reason.value)
        return refused
    return account, passkeys.amr(row, alone=True)


def start_first_authenticator(account: Account) -> Authenticator | Refused:
    """Begin to enrol an app where there is no second factor yet: with one, more are added only after it was shown.

    Refusal: FACTOR_LIMIT.
    """
    return Refused(Reason.FACTOR_LIMIT) if account.has_second_factor else totp.start(account)


def turn_off(account: Account, *, password: str | None, code: str | None, source: str) -> Refused | None:
    """Remove every second factor of somebody who shows one of them by a code, or else the password.

    Refusals: UNKNOWN where there is none; PASSWORD_NEEDED without either, PASSWORD_WRONG, and those of `check_code`; FACTOR_REQUIRED
    under a policy.
    """
    if not account.has_second_factor:
        return Refused(Reason.UNKNOWN)
    refused = _show_once_more(account, password, code, source)
    if refused is not None:
        return refused
    _hold(account)
    if policy.is_required(account):
        audit.record("factor.removed", outcome=audit.FAILURE, subject=account.sub, source=source, kind="all")
        return Refused(Reason.FACTOR_REQUIRED)
    had = of(account)
    discard(account.id)
    audit.record("factor.removed", subject=account.sub, source=source, kind="all", credentials=had.credentials)
    what = _("Every authenticator app, passkey and recovery code was removed.")
    mail.factors_changed(account, what=what, source=source)
    return None


def reset(account: Account, *, actor: str) -> None:
    """Remove every factor of somebody who has lost them all, by an administrator's or an operator's order."""
    had = of(account)
    discard(account.id)
    changes = {"second_factors": (had.count, 0)}
    audit.record("factors.reset", subject=account.sub, actor=actor, changes=changes, credentials=had.credentials)
    what = _("An administrator removed every authenticator app, passkey and recovery code.")
    mail.factors_changed(account, what=what, source=_("the administration"))
    if account.is_administrator:
        told = _("Every second factor of %(email)s, an administrator, was removed.", email=account.email)
        telling.tell_owners(told, actor=actor, path=f"/admin/people/{account.sub}", but=account)


def discard(account_id: int) -> None:
    """Remove every factor of an account."""
    account = lookup.find(account_id)
    if account is not None:
        _hold(account)
    for table in (Authenticator, Passkey):
        run(delete(table).where(table.account_id == account_id).execution_options(synchronize_session=False))
    recovery_codes.discard(account_id)
    sessions.forget_second_factor(account_id)
    if account is not None:
        account.second_factor_since = None
        session().flush()


def _hold(account: Account) -> None:
    """Let changes to one account's factors happen one after the other: each sees what the one before left."""
    session().flush()
    lookup.lock(account.id)


def discard_since(account_id: int, since: datetime) -> None:
    """Remove the factors that were added since an instant; recovery codes too, unless they are older.

    An authenticator app was added when its first right code confirmed it, and one that is only begun goes as well.
    """
    begun_or_later = or_(Authenticator.confirmed_at.is_(None), Authenticator.confirmed_at >= since)
    for table, is_later in ((Authenticator, begun_or_later), (Passkey, Passkey.created_at >= since)):
        later = delete(table).where(table.account_id == account_id, is_later)
        run(later.execution_options(synchronize_session=False))
    account = lookup.find(account_id)
    if account is None:
        return
    recovery_codes.discard(account_id, since=since)
    if of(account).count == 0:
        discard(account_id)


def _show_once_more(account: Account, password: str | None, code: str | None, source: str) -> Refused | None:
    if code:
        shown = check_code(account, code, source=source)
        return shown if isinstance(shown, Refused) else None
    if not password:
        return Refused(Reason.PASSWORD_NEEDED, "password")
    return credentials.check_current(account, password, "password", source=source)


def _note_added(account: Account, row: Authenticator | Passkey, what: str, source: str) -> None:
    if account.second_factor_since is None:
        account.second_factor_since = clock.now()
    session().flush()
    kind = "passkey" if isinstance(row, Passkey) else "authenticator"
    audit.record("factor.added", subject=account.sub, source=source, kind=kind, credentials=row.credential)
    mail.factors_changed(account, what=what, source=source)


def _removed(kind: str, name: str) -> str:
    if kind == "passkey":
        return str(_("A passkey was removed: “%(name)s”.", name=name))
    return str(_("An authenticator app was removed: “%(name)s”.", name=name))
