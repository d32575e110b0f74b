"""The supervisor of `make run` starts, says where everything is, and ends cleanly."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.demo import names
from tests.journeys.stack import ADDRESS, SETUP_LINK, running, three_free_ports
from tests.support import services


@dataclass
class Demonstration:
    """A `python -m idp.demo` whose output a test reads itself."""

    process: subprocess.Popen[str]
    output: Path

    def wait_for(self, pattern: re.Pattern[str]) -> str:
        """Return the output once it matches."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            if pattern.search(text := self.output.read_text()):
                return text
            time.sleep(0.05)
        raise AssertionError(self.output.read_text())

    def end(self, number: signal.Signals) -> int:
        """Send a signal to the whole process group, as a terminal does, and return the exit status."""
        os.killpg(self.process.pid, number)
        return self.process.wait(30)


@contextmanager
def start(home: Path, port: int, **settings: str) -> Iterator[Demonstration]:
    """Start the demonstration in a process group of its own, for as long as the block lasts."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    environment |= {"IDP_BIND": f"127.0.0.1:{port}", "IDP_DATA_DIR": str(home / "data"), **settings}
    output = home / "output"
    with output.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "idp.demo"],
            env=environment,
            cwd=home,
            stdout=log,
            stderr=log,
            text=True,
            start_new_session=True,
        )
    try:
        yield Demonstration(process, output)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(30)


def test_it_prints_three_addresses_and_ends_cleanly(tmp_path: Path) -> None:
    """It prints the three addresses and the administrator's link, nothing else; under both of its names it is an issuer to which the demo
    application sends people; and signals, one after the other, end it with status 0.
    """
    port = three_free_ports()
    with start(tmp_path, port) as demonstration:
        text = demonstration.wait_for(SETUP_LINK)
        assert [address for _name, address in ADDRESS.findall(text)] == [
            f"http://localhost:{port + step}" for step in range(3)
        ]
        assert f"(also http://127.0.0.1:{port}, without passkeys)" in text
        for host in ("localhost", "127.0.0.1"):
            with urllib.request.urlopen(f"http://{host}:{port}/.well-known/openid-configuration", timeout=20) as answer:
                assert json.load(answer)["issuer"] == f"http://{host}:{port}"
            with urllib.request.urlopen(f"http://{host}:{port + 1}/signin", timeout=20) as page:
                assert page.url.startswith(f"http://{host}:{port}/signin?")
        os.killpg(demonstration.process.pid, signal.SIGTERM)
        assert demonstration.end(signal.SIGINT) == 0
        lines = [line for line in demonstration.output.read_text().splitlines() if line.strip()]
        assert len(lines) == 5, lines
    assert all(services.is_free(port + step) for step in range(3))


def test_a_signal_during_the_start_ends_it_cleanly(tmp_path: Path) -> None:
    """Somebody who presses Ctrl-C before anything answers gets neither a traceback nor a server that stays."""
    port = three_free_ports()
    with start(tmp_path, port) as demonstration:
        while not (tmp_path / "data" / "secret_key").exists():
            time.sleep(0.02)
        assert demonstration.end(signal.SIGINT) == 0
        assert demonstration.output.read_text() == ""
    assert services.is_free(port)


@pytest.mark.slow
def test_it_starts_again_on_the_same_data(tmp_path: Path) -> None:
    """A second run keeps the client and its secret, offers no link once there is an administrator, and signs in as before."""
    secret = tmp_path / "data" / "demo_client_secret"
    with running(tmp_path) as first:
        assert first.setup_link
        assert secret.stat().st_mode & 0o777 == 0o600
        before = secret.read_text()
        first.idp("create-admin", "--email", "root@example.com")
    with running(tmp_path) as again:
        assert again.setup_link is None
        assert secret.read_text() == before
        with urllib.request.urlopen(f"{again.demo}/signin", timeout=10) as page:
            assert page.url.startswith(f"{again.provider}/signin?")


@pytest.mark.parametrize("step", [0, 2])
def test_a_taken_port_is_told(tmp_path: Path, step: int) -> None:
    """When one of the three ports is taken, one sentence names it, and the status is 1."""
    port = three_free_ports()
    with socket.create_server(("127.0.0.1", port + step)), start(tmp_path, port) as demonstration:
        assert demonstration.process.wait(30) == 1
        (line,) = demonstration.output.read_text().splitlines()
        assert f"Port {port + step} " in line


def test_a_bad_setting_is_told(tmp_path: Path) -> None:
    """A setting that refuses to boot is named, without a traceback."""
    with start(tmp_path, three_free_ports(), IDP_ADMIN_KEY="short") as demonstration:
        assert demonstration.process.wait(30) == 1
        (line,) = demonstration.output.read_text().splitlines()
        assert "IDP_ADMIN_KEY" in line


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_localhost_is_not_used_where_somebody_else_would_answer() -> None:
    """Browsers may try IPv6 first: where another program listens there on one of the ports, the name is left alone."""
    port = three_free_ports()
    assert names.is_ours(port, port + 1, port + 2)
    try:
        other = socket.create_server(("::1", port + 1), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 loopback here")
    with other:
        assert not names.is_ours(port, port + 1, port + 2)


@pytest.mark.slow
def test_an_issuer_that_was_set_is_the_only_name(tmp_path: Path) -> None:
    """Whoever sets IDP_ISSUER gets that one, printed and served, and no other."""
    port = three_free_ports()
    with start(tmp_path, port, IDP_ISSUER=f"http://127.0.0.1:{port}") as demonstration:
        text = demonstration.wait_for(SETUP_LINK)
    assert dict(ADDRESS.findall(text))["Provider"] == f"http://127.0.0.1:{port}"
    assert "localhost" not in text
