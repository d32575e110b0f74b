"""The whole demonstration of `make run` on free ports, with a mailbox to read mails from."""

import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from tests.support import services

ADDRESS = re.compile(r"(Provider|Demo relying party|Mail catcher) +(http://\S+)")
SETUP_LINK = re.compile(r"http://\S+/setup\?token=[a-z]+")


@dataclass(frozen=True)
class Stack:
    """The three addresses, the first administrator's link, and the environment they run in."""

    provider: str
    demo: str
    mailbox: str
    setup_link: str | None
    environment: dict[str, str]

    def mails(self, recipient: str) -> list[str]:
        """Return the texts of the mails to somebody, newest first, as the mail catcher shows them."""
        with urllib.request.urlopen(self.mailbox, timeout=10) as answer:
            page = answer.read().decode()
        articles = re.findall(r"<article>.*?</article>", page, re.DOTALL)
        texts = [unescape(re.sub(r"<[^>]+>", "", article)) for article in articles]
        return [text for text in texts if f"To {recipient}," in text]

    def code(self, recipient: str) -> str:
        """Return the code of the newest mail to somebody."""
        text = self.mails(recipient)[0].partition("UTC")[2]
        return re.findall(r"\b\d{6}\b", text)[0]

    def link(self, recipient: str) -> str:
        """Return the link of the newest mail to somebody."""
        return re.findall(r"http://\S+token=[a-z]+", self.mails(recipient)[0])[0]

    def idp(self, *arguments: str, stdin: str = "") -> str:
        """Run another `idp` command on the same data."""
        command = [sys.executable, "-m", "idp", *arguments]
        done = subprocess.run(command, env=self.environment, input=stdin, capture_output=True, text=True, check=True)
        return done.stdout


def three_free_ports() -> int:
    """Return a port that is free together with the two after it, below those that outgoing connections are given."""
    while True:
        port = random.randrange(20_000, 32_000)
        if all(services.is_free(port + step) for step in range(3)):
            return port


@contextmanager
def running(home: Path | None = None, port: int | None = None, **settings: str) -> Iterator[Stack]:
    """Run the demonstration for as long as the block lasts; it must end cleanly."""
    port = port or three_free_ports()
    with tempfile.TemporaryDirectory(prefix="gatehouse-demo-") as temporary:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
        environment |= {
            "IDP_BIND": f"127.0.0.1:{port}",
            "IDP_ISSUER": f"http://127.0.0.1:{port}",
            "IDP_DATA_DIR": str((home or Path(temporary)) / "data"),
            "IDP_WORKERS": "1",
            "IDP_RATELIMIT_ENABLED": "false",
            **settings,
        }
        log = Path(temporary) / "log"
        with log.open("wb") as output:
            command = [sys.executable, "-m", "idp.demo"]
            process = subprocess.Popen(command, env=environment, cwd=temporary, stdout=output, stderr=output)
        try:
            yield _wait_for_addresses(log, process, environment)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, log.read_text()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(10)


def _wait_for_addresses(log: Path, process: "subprocess.Popen[bytes]", environment: dict[str, str]) -> Stack:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        text = log.read_text()
        found = dict(ADDRESS.findall(text))
        if len(found) == 3 and text.endswith("\n"):
            link = SETUP_LINK.search(text)
            addresses = (found["Provider"], found["Demo relying party"], found["Mail catcher"])
            return Stack(*addresses, link[0] if link else None, environment)
        assert process.poll() is None, text
        time.sleep(0.05)
    raise AssertionError(f"the demonstration did not start:\n{log.read_text()}")
