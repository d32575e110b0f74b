"""A real SMTP server that keeps what it is sent, and misbehaves when told to."""

import asyncio
import email
import email.policy
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support import services


@dataclass(frozen=True)
class CaughtMail:
    """A message as it arrived: the envelope's addresses, and the parsed content."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage

    @property
    def subject(self) -> str:
        """The decoded subject line."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The plain-text body, or the empty string."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The HTML body, or the empty string."""
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


class SmtpServer:
    """Listens on a free loopback port in a thread of its own, and catches mail for any address."""

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.dropping = False
        self._refused: dict[str, str] = {}
        self._messages: list[CaughtMail] = []
        self._changed = threading.Condition()
        self._controller: _Controller | None = None

    @property
    def messages(self) -> list[CaughtMail]:
        """What has arrived so far, oldest first."""
        with self._changed:
            return list(self._messages)

    def wait_for(self, count: int = 1, timeout: float = 10) -> list[CaughtMail]:
        """Wait until at least `count` messages have arrived, and return all; fail after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while len(self._messages) < count:
                if not self._changed.wait(deadline - time.monotonic()):
                    raise AssertionError(f"{len(self._messages)} of {count} messages arrived in {timeout} s")
            return list(self._messages)

    def refuse(self, address: str, reply: str = "550 5.1.1 No such user here") -> None:
        """From now on refuse this recipient, with a permanent failure unless another reply is given."""
        self._refused[address.lower()] = reply

    def drop_connections(self, dropping: bool = True) -> None:
        """Close every new connection at once, as a server does that is overloaded; `False` ends it."""
        self.dropping = dropping

    def clear(self) -> None:
        """Forget all messages and go back to good behaviour."""
        with self._changed:
            self._messages.clear()
        self._refused.clear()
        self.dropping = False

    def start(self) -> None:
        """Listen, on the same port as before if it was stopped in between."""
        for attempt in range(5):  # the free port may be taken before the server gets it
            self.port = self.port or services.free_port()
            self._controller = _Controller(self)
            try:
                self._controller.start()
                return
            except OSError:
                if attempt == 4:
                    raise
                self.port = 0

    def stop(self) -> None:
        """Stop listening: connections are refused until `start`."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    # What aiosmtpd calls.

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient, unless it is one of those to refuse."""
        if reply := self._refused.get(address.lower()):
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.keep(CaughtMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message))
        return "250 Message accepted"

    def keep(self, mail: CaughtMail) -> None:
        """Keep a message and wake whoever waits for it."""
        with self._changed:
            self._messages.append(mail)
            self._changed.notify_all()


class _Controller(Controller):
    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        super().__init__(server, hostname=server.host, port=server.port, enable_SMTPUTF8=True)

    def factory(self) -> Any:
        """Return the session that aiosmtpd is to use."""
        return _Drop() if self._server.dropping else super().factory()  # type: ignore[no-untyped-call]


class _Drop(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hang up at once."""
        if isinstance(transport, asyncio.Transport):
            transport.abort()


@contextmanager
def server() -> Iterator[SmtpServer]:
    """Run an SMTP server for as long as the block lasts."""
    smtp = SmtpServer()
    smtp.start()
    try:
        yield smtp
    finally:
        smtp.stop()
