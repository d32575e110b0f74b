"""Who is told by mail of what administrators and operators do: the person concerned, and every administrator beside them.

A right that is given, taken or weakened is told also to those who could put it right.
"""

from flask_babel import gettext as _
from sqlalchemy import select

from idp import mail
from idp.accounts.lookup import find_by_sub
from idp.accounts.models import Account
from idp.base.database import session


def tell_person(account: Account, label: str, subject: str, said: str) -> None:
    """Tell somebody what was done to the account, if its address is proved."""
    mail.by_administration(account, label, subject=subject, said=said)


def tell_administrators(said: str, *, actor: str | None, path: str, but: Account | None = None) -> None:
    """Tell every administrator, who acted included, but not the person concerned, who is told otherwise."""
    administrators = select(Account).where(
        Account.is_admin, Account.email_verified_at.is_not(None), Account.disabled_at.is_(None)
    )
    for account in session().scalars(administrators.order_by(Account.id)):
        if but is None or account.id != but.id:
            mail.to_administrators(account, said=said, by=_name(actor), path=path)


def rights_changed(account: Account, *, made: bool, actor: str | None) -> None:
    """Tell that somebody became an administrator, or is none any more."""
    path = f"/admin/people/{account.sub}"
    if made:
        subject, said = _("You are an administrator now"), _("You were given the right to administer this server.")
        tell_person(account, "administrator_made", subject, said)
        told = _("%(email)s was made an administrator.", email=account.email)
    else:
        subject, said = _("You are no administrator any more"), _("Your right to administer this server was withdrawn.")
        tell_person(account, "administrator_withdrawn", subject, said)
        told = _("%(email)s is no administrator any more.", email=account.email)
    tell_administrators(told, actor=actor, path=path, but=account)


def state_changed(account: Account, *, disabled: bool, actor: str | None) -> None:
    """Tell that an account was disabled or enabled; of an administrator's account the others hear, too."""
    if disabled:
        subject, said = _("Your account was disabled"), _("Your account was disabled. It is signed out everywhere.")
        tell_person(account, "account_disabled", subject, said)
        told = _("The account of %(email)s, an administrator, was disabled.", email=account.email)
    else:
        subject, said = _("Your account was enabled"), _("Your account was enabled. You can sign in again.")
        tell_person(account, "account_enabled", subject, said)
        told = _("The account of %(email)s, an administrator, was enabled.", email=account.email)
    if account.is_admin:
        tell_administrators(told, actor=actor, path=f"/admin/people/{account.sub}", but=account)


def signed_out(account: Account, said: str) -> None:
    """Tell that sessions of an account were ended."""
    tell_person(account, "signed_out_by_admin", _("You were signed out"), said)


def _name(actor: str | None) -> str:
    account = find_by_sub(actor) if actor else None
    return account.email if account is not None else _("the command line")
