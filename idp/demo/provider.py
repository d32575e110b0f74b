"""The provider's own process: `idp serve`, or `names`, under the supervisor, watched until it answers and ended with it."""

import http.client
import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import click

from idp.config import Settings

START_SECONDS = 60
STOP_SECONDS = 40
POLL = 0.02


class Ended(Exception):
    """The provider ended by itself, or never answered; the message is for the person at the terminal."""


class Provider:
    """A running `idp serve`, in a session of its own so that a Ctrl-C reaches it through the supervisor only."""

    def __init__(self, settings: Settings, module: Sequence[str] = ("idp", "serve")) -> None:
        self._settings = settings
        self._process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", *module],
            env=os.environ
            | {
                "IDP_ISSUER": settings.issuer,
                # One person's load: the fewer start, the sooner it answers.
                "IDP_WORKERS": str(settings.workers or 1),
                "IDP_THREADS": str(settings.threads or 4),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._relay = threading.Thread(target=self._pass_on, name="relay", daemon=True)
        self._relay.start()

    def __enter__(self) -> "Provider":
        return self

    def __exit__(self, *_exception: Any) -> None:
        """End the provider; requests in flight are finished."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._relay.join(timeout=5)

    def wait(self, stopping: list[int]) -> bool:
        """Wait until the provider answers; return False when the supervisor is to stop before.

        Raises:
            Ended: it ended, or gave no answer in a minute.
        """
        for _attempt in range(int(START_SECONDS / POLL)):
            if stopping:
                return False
            self.check()
            if self._is_healthy():
                return True
            time.sleep(POLL)
        raise Ended(f"The provider does not answer on {self._settings.bind}.")

    def check(self) -> None:
        """See that the provider still runs.

        Raises:
            Ended: it does not.
        """
        status = self._process.poll()
        if status is not None:
            self._relay.join(timeout=5)
            raise Ended(f"The provider ended with status {status}.")

    def _is_healthy(self) -> bool:
        connection = self._connect()
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = locate(self._settings)
        if self._settings.tls_cert_file is None:
            return http.client.HTTPConnection(host.strip("[]"), port, timeout=5)
        anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # it is ours, and is asked for its health only
        anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection(host.strip("[]"), port, timeout=5, context=anything)

    def _pass_on(self) -> None:
        """Show what the provider writes, but for the chatter."""
        for line in self._process.stdout or ():
            if "[INFO]" not in line and " INFO " not in line:
                click.echo(line, nl=False, err=True)


def locate(settings: Settings) -> tuple[str, int]:
    """Return host and port under which this machine reaches a provider that is bound as `settings` say."""
    host, _, port = settings.bind.rpartition(":")
    everywhere = host in {"0.0.0.0", "[::]", "*"}  # noqa: S104 - compared, not bound
    return "127.0.0.1" if everywhere else host, int(port)
