"""What a help desk does for somebody whose account is held: a reset is started, and everything is signed out. The person is told."""

from flask_babel import gettext as _

from idp import audit, mail, sessions
from idp.accounts import credentials, homes, recovery, telling
from idp.accounts.models import Account
from idp.base.outcome import Reason, Refused
from idp.sessions.ending import BY_ADMINISTRATOR


def start_reset(account: Account, *, actor: str) -> Refused | None:
    """Send somebody a link to choose a new password, which nobody else sees.

    Refusals: ACCOUNT_DISABLED; UPSTREAM_ELSEWHERE where no password counts.
    """
    if account.disabled_at is not None:
        detail = _("Enable the account before you start a reset.")
        return Refused(Reason.ACCOUNT_DISABLED, detail=detail)
    home = homes.find(account.email)
    if home is not None:
        detail = _("This address signs in through %(name)s alone: a password would be of no use.", name=home.label)
        return Refused(Reason.UPSTREAM_ELSEWHERE, detail=detail)
    mail.reset_by_admin(account.email, link=recovery.start_for(account, actor=actor))
    return None


def sign_out(account: Account, *, actor: str, keep: sessions.BrowserSession | None = None) -> None:
    """End every session and token of an account, but the session `keep`."""
    credentials.void_credentials(account, cause=BY_ADMINISTRATOR, keep=keep, actor=actor)
    audit.record("account.signed_out", subject=account.sub, actor=actor)
    telling.signed_out(account, _("An administrator ended every session of your account, and the access of every app."))
