"""Who is told by mail of what administrators and operators do: the person concerned, and every owner beside them.

A right that is given, taken or weakened is told also to those who could put it right.
"""

from datetime import date

from flask_babel import gettext as _

from idp import audit, mail
from idp.accounts.authority import holding
from idp.accounts.lookup import find_by_sub
from idp.accounts.models import Account

MOST_TOLD = 50


def tell_person(account: Account, label: str, subject: str, said: str) -> None:
    """Tell somebody what was done to the account, if its address is proved."""
    mail.by_administration(account, label, subject=subject, said=said)


def tell_owners(said: str, *, actor: str | None, path: str, but: Account | None = None) -> None:
    """Tell every owner, who acted included, but not the person concerned, who is told otherwise."""
    for account in holding.owners(MOST_TOLD):
        if but is None or account.id != but.id:
            mail.to_administrators(account, said=said, by=_name(actor), path=path)


def role_given(account: Account, role: str, *, until: date | None, is_new: bool, actor: str | None) -> None:
    """Tell that somebody was given a role, by its title; `is_new` to somebody who had none before."""
    subject = _("You are an administrator now") if is_new else _("Your rights as an administrator have changed")
    said = _("You were given a role in the administration of this server: %(role)s.", role=role)
    told = _("%(email)s was given a role in the administration: %(role)s.", email=account.email, role=role)
    ends = f" {_('It ends after %(day)s.', day=until.isoformat())}" if until is not None else ""
    tell_person(account, "administrator_made", subject, said + ends)
    tell_owners(told + ends, actor=actor, path="/admin/administrators", but=account)


def role_withdrawn(account: Account, role: str, *, is_last: bool, actor: str | None) -> None:
    """Tell that a role was taken from somebody, by its title; `is_last` where none is left."""
    subject = _("You are no administrator any more") if is_last else _("Your rights as an administrator have changed")
    said = _("A role of yours in the administration of this server was withdrawn: %(role)s.", role=role)
    told = _("A role in the administration was withdrawn from %(email)s: %(role)s.", email=account.email, role=role)
    tell_person(account, "administrator_withdrawn", subject, said)
    tell_owners(told, actor=actor, path="/admin/administrators", but=account)


def state_changed(account: Account, *, disabled: bool, actor: str | None) -> None:
    """Tell that an account was disabled or enabled; of an administrator's account the owners hear, too."""
    if disabled:
        subject, said = _("Your account was disabled"), _("Your account was disabled. It is signed out everywhere.")
        tell_person(account, "account_disabled", subject, said)
        told = _("The account of %(email)s, an administrator, was disabled.", email=account.email)
    else:
        subject, said = _("Your account was enabled"), _("Your account was enabled. You can sign in again.")
        tell_person(account, "account_enabled", subject, said)
        told = _("The account of %(email)s, an administrator, was enabled.", email=account.email)
    if account.is_admin:
        tell_owners(told, actor=actor, path=f"/admin/people/{account.sub}", but=account)


def signed_out(account: Account, said: str) -> None:
    """Tell that sessions of an account were ended."""
    tell_person(account, "signed_out_by_admin", _("You were signed out"), said)


def _name(actor: str | None) -> str:
    """Return who acted, as people read it: somebody by the address, an application by its identifier, else the command line."""
    account = find_by_sub(actor) if actor else None
    if account is not None:
        return account.email
    is_client = actor is not None and actor.startswith(audit.BY_CLIENT)
    told = _("the application %(client)s", client=(actor or "").removeprefix(audit.BY_CLIENT))
    return str(told if is_client else _("the command line"))
