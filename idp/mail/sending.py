"""Sending one queued mail, from the worker that delivers the outbox."""

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from idp import outbox
from idp.base import letters
from idp.base.extensions import settings

SMTP_TIMEOUT = 20.0  # seconds


def send(recipient: str, payload: dict[str, Any]) -> None:
    """Send one queued mail by SMTP.

    Raises:
        outbox.Permanent: the server refused the recipient for good (5xx), or the address cannot be sent to.
        smtplib.SMTPException, OSError: try again later.
    """
    message = letters.write(recipient, payload, settings().mail_default_sender)
    try:
        with _time_limit():
            letters.server.send(message)
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
