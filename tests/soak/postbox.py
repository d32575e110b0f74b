"""The mail of everybody who signs up: a mail server that keeps, of each message, the code alone, until somebody asks for it."""

import re
import threading

from tests.support.smtp import CaughtMail, SmtpServer

_CODE = re.compile(r"^\s*(\d{6,8})\s*$", re.MULTILINE)
LONGEST_WAIT = 60.0  # seconds
MOST = 10_000  # codes that nobody has asked for


class Postbox(SmtpServer):
    """Catches mail, and forgets it once its code was asked for: a run of an hour brings a lot of it."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: dict[str, str] = {}
        self._arrived = threading.Condition()
        self.count = 0

    def keep(self, mail: CaughtMail) -> None:
        """Keep the code of a message."""
        found = _CODE.search(mail.text)
        with self._arrived:
            self.count += 1
            if found is not None:
                self._codes |= dict.fromkeys(mail.recipients, found[1])
            while len(self._codes) > MOST:
                del self._codes[next(iter(self._codes))]
            self._arrived.notify_all()

    def wait_for_code(self, address: str) -> str:
        """Return the code that was mailed to an address; fail after a minute."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: address in self._codes, LONGEST_WAIT):
                raise TimeoutError(f"no mail has come within {LONGEST_WAIT:.0f} s")
            return self._codes.pop(address)
