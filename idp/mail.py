"""Mails: one function per message. It renders subject, text and HTML, and puts them into the outbox; a worker sends them later.

Links are built from the issuer, never from the Host header.
"""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_mail import Message

from idp import outbox
from idp.base.extensions import mail as flask_mail
from idp.base.extensions import settings
from idp.config import LIFETIMES

MAIL, NOBODY = "mail", "nobody"
SMTP_TIMEOUT = 20.0  # seconds


def verify_email(to: str, *, link: str, code: str) -> None:
    """Ask the owner of an address to confirm it, by link or by code."""
    minutes = int(LIFETIMES.one_time_code.total_seconds() // 60)
    _put(to, "verify_email", _("Confirm your e-mail address"), link=link, code=code, minutes=minutes)


def already_registered(to: str, *, signin_link: str, reset_link: str) -> None:
    """Tell the owner of an account that somebody tried to sign up with the address."""
    _put(to, "already_registered", _("You already have an account"), signin_link=signin_link, reset_link=reset_link)


def reset_password(to: str, *, link: str, code: str, really: bool = True) -> None:
    """Send what resets a password, by link or by code. `really=False` does the same work and sends nothing."""
    minutes = int(LIFETIMES.one_time_code.total_seconds() // 60)
    kind = MAIL if really else NOBODY
    _put(to, "reset_password", _("Reset your password"), kind, link=link, code=code, minutes=minutes)


def reset_by_admin(to: str, *, link: str) -> None:
    """Send the link of a reset that an administrator started."""
    hours = int(LIFETIMES.set_password_link.total_seconds() // 3600)
    _put(to, "reset_by_admin", _("Choose a new password"), link=link, hours=hours)


def password_changed(to: str, *, when: datetime, source: str, reset_link: str) -> None:
    """Tell somebody that the password was changed."""
    _put(
        to,
        "password_changed",
        _("Your password was changed"),
        when=when.strftime("%d %B %Y, %H:%M UTC"),
        source=source,
        reset_link=reset_link,
    )


def send(recipient: str, payload: dict[str, Any]) -> None:
    """Send one queued mail by SMTP.

    Raises:
        outbox.Permanent: the server refused the recipient for good (5xx), or the address cannot be sent to.
        smtplib.SMTPException, OSError: try again later.
    """
    message = Message(subject=payload["subject"], recipients=[recipient], body=payload["text"], html=payload["html"])
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


def _put(to: str, template: str, subject: str, kind: str = MAIL, **values: Any) -> None:
    values |= {"issuer": settings().issuer}
    payload = {
        "subject": subject,
        "text": render_template(f"mail/{template}.txt", **values),
        "html": render_template(f"mail/{template}.html", **values),
    }
    outbox.put(kind, to, template, payload)
