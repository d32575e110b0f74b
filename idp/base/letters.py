"""A mail as it goes to the mail server: its headers, and the two forms of its body.

Every header that a receiving server or a mail program judges is set here, so that no message forgets one. Nothing but ASCII is written
(RFC 2045): a server on the way may take no more.
"""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Any

from flask import Flask
from flask_mail import Mail, Message

from idp.base import clock
from idp.base.extensions import settings

SERVICE = "Gatehouse"
_POLICY = SMTP.clone(cte_type="7bit")

server = Mail()


def init_app(app: Flask) -> None:
    """Tell the extension which mail server there is."""
    values = settings()
    app.config.update(
        MAIL_SERVER=values.mail_server or "localhost",
        MAIL_PORT=values.mail_port,
        MAIL_USERNAME=values.mail_username,
        MAIL_PASSWORD=values.mail_password.get_secret_value() if values.mail_password else None,
        MAIL_USE_TLS=values.mail_use_tls,
        MAIL_USE_SSL=values.mail_use_ssl,
        MAIL_DEFAULT_SENDER=values.mail_default_sender,
    )
    server.init_app(app)


class Letter(Message):
    """What Flask-Mail sends, written by the standard library, which encodes names, subjects and long lines as the RFCs say."""

    sender_name = SERVICE

    def as_bytes(self) -> bytes:
        """Return the message (RFC 5322), from the service by name, marked as sent by a program (RFC 3834, section 5)."""
        written = EmailMessage(policy=_POLICY)
        written["Subject"] = " ".join(self.subject.split())
        written["From"] = Address(self.sender_name, addr_spec=str(self.sender))
        written["To"] = ", ".join(str(recipient) for recipient in self.recipients)
        written["Date"] = format_datetime(clock.now())
        written["Message-ID"] = self.msgId
        written["Auto-Submitted"] = "auto-generated"
        written["X-Auto-Response-Suppress"] = "All"  # what Exchange looks at instead
        written.set_content(self.body or "", cte="quoted-printable")
        written.add_alternative(self.html or "", subtype="html", cte="quoted-printable")
        return written.as_bytes()


def write(recipient: str, payload: dict[str, Any], sender: str) -> Letter:
    """Return the message of a queued mail; tried again it has the same `Message-ID`, so that nobody reads it twice."""
    name, address = _read(sender)
    letter = Letter(payload["subject"], [recipient], payload["text"], payload["html"], sender=address)
    letter.sender_name = name or SERVICE
    letter.msgId = payload.get("message_id") or new_id(sender)
    return letter


def new_id(sender: str) -> str:
    """Return a new `Message-ID` under the sender's domain (RFC 5322, section 3.6.4)."""
    return make_msgid(domain=_read(sender)[1].rpartition("@")[2])


def _read(sender: str) -> tuple[str, str]:
    """Return name and address of `no-reply@host` or `Name <no-reply@host>`; a name with a comma needs no quotes in a setting."""
    name, bracket, address = sender.strip().removesuffix(">").rpartition("<")
    return (name.strip().strip('"'), address) if bracket else ("", address)
