"""Mails: one function per message. It renders subject, text and HTML, and puts them into the outbox; a worker sends them later.

What anybody can ask for goes to a `Counted` address alone. A notice of what happened to an account goes to its `Owner`: to an address that
was proved, or nowhere.

Links are built from the issuer, never from the Host header.
"""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from flask import render_template
from flask_babel import gettext as _

from idp import outbox
from idp.base import clock, letters
from idp.base.extensions import mail as flask_mail
from idp.base.extensions import settings
from idp.lifetimes import LIFETIMES

MAIL, NOBODY = "mail", "nobody"
SMTP_TIMEOUT = 20.0  # seconds


@dataclass(frozen=True)
class Counted:
    """An address that gets a message at somebody's wish, and was counted for it. `accounts.mailing` alone makes these."""

    address: str


class Owner(Protocol):
    """Whom a notice is for: an account, for instance."""

    @property
    def email(self) -> str:
        """The address."""

    @property
    def is_verified(self) -> bool:
        """Whether somebody proved to own the address."""


@dataclass(frozen=True)
class Proved:
    """The owner of an address that an account had, and had proved."""

    email: str
    is_verified: bool = True


def verify_email(to: Counted, *, link: str, code: str, really: bool = True) -> None:
    """Ask the owner of an address to confirm it, by link or by code. `really=False` does the same work and sends nothing."""
    minutes = int(LIFETIMES.one_time_code.total_seconds() // 60)
    kind = MAIL if really else NOBODY
    _put(to.address, "verify_email", _("Confirm your e-mail address"), kind, link=link, code=code, minutes=minutes)


def already_registered(to: Counted, *, signin_link: str, reset_link: str) -> None:
    """Tell the owner of an account that somebody tried to sign up with the address."""
    _put(
        to.address,
        "already_registered",
        _("You already have an account"),
        signin_link=signin_link,
        reset_link=reset_link,
    )


def reset_password(to: Counted, *, link: str, code: str, really: bool = True) -> None:
    """Send what resets a password, by link or by code. `really=False` does the same work and sends nothing."""
    minutes = int(LIFETIMES.one_time_code.total_seconds() // 60)
    kind = MAIL if really else NOBODY
    _put(to.address, "reset_password", _("Reset your password"), kind, link=link, code=code, minutes=minutes)


def reset_by_admin(to: str, *, link: str) -> None:
    """Send the link of a reset that an administrator started."""
    hours = int(LIFETIMES.set_password_link.total_seconds() // 3600)
    _put(to, "reset_by_admin", _("Choose a new password"), link=link, hours=hours)


def confirm_new_email(to: Counted, *, link: str, code: str) -> None:
    """Ask the owner of an address to confirm that an account may move to it."""
    minutes = int(LIFETIMES.one_time_code.total_seconds() // 60)
    _put(to.address, "confirm_new_email", _("Confirm your new e-mail address"), link=link, code=code, minutes=minutes)


def password_changed(to: Owner, *, source: str) -> None:
    """Tell somebody that the password was changed."""
    _notify(
        to, "password_changed", _("Your password was changed"), _("The password of your account was changed."), source
    )


def new_device(to: Owner, *, source: str, device: str) -> None:
    """Tell somebody of a sign-in from a browser that the account has not seen before."""
    said = _("Somebody signed in to your account with a browser that has not been used for it before.")
    _notify(to, "new_device", _("New sign-in to your account"), said, source, device=device)


def factors_changed(to: Owner, *, what: str, source: str) -> None:
    """Tell somebody of a change to the second factors; `what` is the sentence that says which."""
    _notify(to, "factors_changed", _("How you sign in was changed"), what, source)


def recovery_code_used(to: Owner, *, left: int, source: str) -> None:
    """Tell somebody that a recovery code was used, and how many are left."""
    said = _("A recovery code was used to sign in to your account. Codes left: %(left)s.", left=left)
    _notify(to, "recovery_code_used", _("A recovery code was used"), said, source)


def app_withdrawn(to: Owner, *, app: str, source: str) -> None:
    """Tell somebody that an application's access was withdrawn."""
    said = _("The access of “%(app)s” to your account was withdrawn.", app=app)
    _notify(to, "app_withdrawn", _("An application lost its access"), said, source)


def upstream_linked(to: Owner, *, provider: str, source: str, is_first_proof: bool = False) -> None:
    """Tell somebody that another provider signs them in; with `is_first_proof`, that what was set up before is void."""
    said = _("Your account can now be signed in to with %(provider)s.", provider=provider)
    more = _(
        "%(provider)s has confirmed your e-mail address, which nobody had done before. So that nobody else keeps a way in, the"
        " password and every other way to sign in that had been set up are void.",
        provider=provider,
    )
    subject = _("%(provider)s was connected to your account", provider=provider)
    _notify(to, "upstream_linked", subject, f"{said} {more}" if is_first_proof else said, source)


def address_claimed(to: Owner, *, link: str, source: str | None) -> None:
    """Tell the owner of an address, who has just proved it, that what somebody else had set up is void; with the link to a password."""
    said = _(
        "Your e-mail address is confirmed. It was not confirmed from where the account had been made: so that nobody else keeps a way in,"
        " the password and everything else that had been set up are void."
    )
    advice = _("Choose a password to sign in:")
    where = (link, _("Choose a password"))
    _notify(to, "address_claimed", _("Your e-mail address is confirmed"), said, source, advice=advice, link=where)


def address_confirmed_apart(to: Owner, *, link: str, source: str | None) -> None:
    """Tell the owner of an address that it was confirmed by a code alone; with the link by which an account of a stranger's ends."""
    said = _("Your e-mail address is confirmed. If you made the account yourself, there is nothing to do.")
    advice = _("If you did not, choose a password now: whatever somebody else has set up ends with it.")
    where = (link, _("Choose a password"))
    _notify(
        to, "address_confirmed_apart", _("Your e-mail address is confirmed"), said, source, advice=advice, link=where
    )


def upstream_unlinked(to: Owner, *, provider: str, source: str) -> None:
    """Tell somebody that another provider does not sign them in any more."""
    said = _("Your account cannot be signed in to with %(provider)s any more.", provider=provider)
    subject = _("%(provider)s was disconnected from your account", provider=provider)
    _notify(to, "upstream_unlinked", subject, said, source)


def email_change_asked(to: Owner, *, source: str) -> None:
    """Tell the present address that a change to another one was asked for."""
    said = _("Somebody who is signed in to your account asked to move it to another e-mail address.")
    _notify(to, "email_change_asked", _("A new e-mail address was asked for"), said, source)


def email_changed(to: Owner, *, source: str, undo_link: str) -> None:
    """Tell the former address that the account has moved, with the link that undoes it."""
    subject, said = _("Your e-mail address was changed"), _("Your account has moved to another e-mail address.")
    days = LIFETIMES.undo_email_link.days
    advice = _("If it was not you, take the account back. The link works for %(days)s days:", days=days)
    _notify(to, "email_changed", subject, said, source, advice=advice, link=(undo_link, _("Undo the change")))


def email_change_undone(to: Owner, *, source: str) -> None:
    """Tell the address that an account has left again because its former address undid the change."""
    said = _("The change of your e-mail address was undone with the link that we sent to the former address.")
    advice = _(
        "Your account is back there, and signed out everywhere. If this is wrong, ask your administrator for help."
    )
    link = (f"{settings().issuer}/signin", _("Sign in"))
    subject = _("The change of your e-mail address was undone")
    _notify(to, "email_change_undone", subject, said, source, advice=advice, link=link)


def deletion_scheduled(to: Owner, *, source: str, undo_link: str) -> None:
    """Tell somebody that the account will be erased, with the link that keeps it."""
    days = LIFETIMES.erasure_delay.days
    said = _("Your account is closed and will be erased for good in %(days)s days.", days=days)
    advice = _("If you change your mind, or if it was not you, this link keeps the account:")
    link = (undo_link, _("Keep my account"))
    _notify(to, "deletion_scheduled", _("Your account will be erased"), said, source, advice=advice, link=link)


def account_held(to: Owner, *, unlock_link: str) -> None:
    """Tell somebody that too many sign-ins failed, with the link that allows tries from new browsers again."""
    said = _("So many sign-ins to your account have failed that browsers it does not know may not try any more.")
    advice = _("If you want to sign in with a new browser, open this link first:")
    link = (unlock_link, _("Allow sign-ins again"))
    _notify(to, "account_held", _("Sign-ins to your account are on hold"), said, None, advice=advice, link=link)


def by_administration(to: Owner, label: str, *, subject: str, said: str) -> None:
    """Tell somebody what an administrator or the operator did to the account."""
    advice = _("If you did not expect this, or think that it is wrong, ask an administrator. Your account is here:")
    link = (f"{settings().issuer}/account", _("Open my account"))
    _notify(to, label, subject, said, None, advice=advice, link=link)


def to_administrators(to: Owner, *, said: str, by: str, path: str) -> None:
    """Tell an administrator what was done to the rights or the safety of this server, by whom, and where it is looked at."""
    advice = _("If you do not know why, look into it at once:")
    link = (f"{settings().issuer}{path}", _("Open the administration"))
    subject = _("Notice to administrators")
    _notify(to, "administrators_told", subject, said, None, by=by, advice=advice, link=link)


def send(recipient: str, payload: dict[str, Any]) -> None:
    """Send one queued mail by SMTP.

    Raises:
        outbox.Permanent: the server refused the recipient for good (5xx), or the address cannot be sent to.
        smtplib.SMTPException, OSError: try again later.
    """
    message = letters.write(recipient, payload, settings().mail_default_sender)
    try:
        with _time_limit():
            flask_mail.send(message)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        if all(code >= 500 for code in codes):
            raise outbox.Permanent(f"the mail server refused the recipient ({codes[0]})") from None
        raise
    except UnicodeEncodeError:
        # Flask-Mail writes addresses as ASCII; such addresses are refused at sign-up, and this keeps the queue moving.
        raise outbox.Permanent("the address has characters that this mail server cannot take") from None


def discard(recipient: str, payload: dict[str, Any]) -> None:
    """Deliver to nobody: what was queued only so that an unknown address costs the same time as a known one."""


@contextmanager
def _time_limit() -> Iterator[None]:
    """Bound each step of a delivery: Flask-Mail opens its connections without a limit, and a silent server would hold the queue."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(SMTP_TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _put(to: str, label: str, subject: str, kind: str = MAIL, *, template: str | None = None, **values: Any) -> None:
    template = template or label
    values |= {"issuer": settings().issuer, "subject": subject, "service": letters.SERVICE}
    payload = {
        "subject": f"{letters.SERVICE}: {subject}",
        "message_id": letters.new_id(settings().mail_default_sender),
        "text": render_template(f"mail/{template}.txt", **values),
        "html": render_template(f"mail/{template}.html", **values),
    }
    outbox.put(kind, to, label, payload)


def _notify(
    to: Owner,
    label: str,
    subject: str,
    said: str,
    source: str | None,
    *,
    device: str | None = None,
    by: str | None = None,
    advice: str | None = None,
    link: tuple[str, str] | None = None,
) -> None:
    """Send a security notice: what happened, when, from where, and what to do if it was somebody else.

    Where nobody has proved the address it is a stranger's for all we know, and gets none.
    """
    if not to.is_verified:
        return
    facts = [(_("When:"), clock.now().strftime("%d %B %Y, %H:%M UTC"))]
    facts += [(_("From:"), source)] if source else []
    facts += [(_("Browser:"), device)] if device else []
    facts += [(_("By:"), by)] if by else []
    url, url_label = link or (f"{settings().issuer}/reset", _("Choose a new password"))
    advice = advice or _("If it was you, there is nothing to do. If it was not you, choose a new password at once:")
    values: dict[str, Any] = {
        "sentences": [said],
        "facts": facts,
        "advice": advice,
        "link": url,
        "link_label": url_label,
    }
    _put(to.email, label, subject, template="notice", **values)
