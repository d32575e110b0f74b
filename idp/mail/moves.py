"""Notices of an account that moves to another address, or goes: each with a way back."""

from flask_babel import gettext as _

from idp.base.extensions import settings
from idp.lifetimes import LIFETIMES
from idp.mail.frame import Owner, notify


def email_change_asked(to: Owner, *, source: str) -> None:
    """Tell the present address that a change to another one was asked for."""
    said = _("Somebody who is signed in to your account asked to move it to another e-mail address.")
    notify(to, "email_change_asked", _("A new e-mail address was asked for"), said, source)


def email_changed(to: Owner, *, source: str, undo_link: str) -> None:
    """Tell the former address that the account has moved, with the link that undoes it."""
    subject, said = _("Your e-mail address was changed"), _("Your account has moved to another e-mail address.")
    days = LIFETIMES.undo_email_link.days
    advice = _("If it was not you, take the account back. The link works for %(days)s days:", days=days)
    notify(to, "email_changed", subject, said, source, advice=advice, link=(undo_link, _("Undo the change")))


def email_change_undone(to: Owner, *, source: str) -> None:
    """Tell the address that an account has left again because its former address undid the change."""
    said = _("The change of your e-mail address was undone with the link that we sent to the former address.")
    advice = _(
        "Your account is back there, and signed out everywhere. If this is wrong, ask your administrator for help."
    )
    link = (f"{settings().issuer}/signin", _("Sign in"))
    subject = _("The change of your e-mail address was undone")
    notify(to, "email_change_undone", subject, said, source, advice=advice, link=link)


def deletion_scheduled(to: Owner, *, source: str, undo_link: str) -> None:
    """Tell somebody that the account will be erased, with the link that keeps it."""
    days = LIFETIMES.erasure_delay.days
    said = _("Your account is closed and will be erased for good in %(days)s days.", days=days)
    advice = _("If you change your mind, or if it was not you, this link keeps the account:")
    link = (undo_link, _("Keep my account"))
    notify(to, "deletion_scheduled", _("Your account will be erased"), said, source, advice=advice, link=link)
