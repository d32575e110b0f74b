"""`idp serve` as an operator starts it, over plain HTTP and HTTPS, with few files: slow peers, guessers and providers stop nobody."""

import http.client
import json
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPResponse
from typing import Any

import pytest

from tests.support.certificates import make_certificate
from tests.support.serving import RunningServer, serve

FILES = 256
CLIENTS = 40
PASSWORD = "a password that nobody guesses"


class Silence:
    """A provider that accepts every connection and never answers; `end` closes them all."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.held: list[socket.socket] = []
        self._is_over = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.held.append(peer)
            if self._is_over:
                peer.close()

    def begin(self) -> None:
        """Hold whoever comes from now on."""
        self.end()
        self.held.clear()
        self._is_over = False

    def end(self) -> None:
        """Break off every conversation, now and later."""
        self._is_over = True
        for peer in self.held:
            peer.close()

    def close(self) -> None:
        """Go away."""
        self.end()
        self._listener.close()


@pytest.fixture(scope="module")
def silence() -> Iterator[Silence]:
    """A provider that hangs."""
    with closing(Silence()) as silence:
        yield silence


# HTTPS in every run, since nothing stands in front of it; what both have in common is tested with single workers, too.
@pytest.fixture(scope="module", params=[pytest.param("http", marks=pytest.mark.slow), "https"])
def server(
    request: pytest.FixtureRequest, silence: Silence, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """One worker with four threads and few files, whose Google hangs."""
    settings: dict[str, object] = {
        "IDP_WORKERS": 1,
        "IDP_THREADS": 4,
        "IDP_RATELIMIT_ENABLED": "false",
        "IDP_GOOGLE_ISSUER": silence.url,
        "IDP_GOOGLE_CLIENT_ID": "gatehouse",
        "IDP_GOOGLE_CLIENT_SECRET": "a secret of the tests",
    }
    if request.param == "https":
        cert_file, key_file = make_certificate(tmp_path_factory.mktemp("certificate"))
        settings |= {"IDP_TLS_CERT_FILE": cert_file, "IDP_TLS_KEY_FILE": key_file}
    with serve(settings, files=FILES) as server:
        yield server


def anything() -> ssl.SSLContext:
    """Trust whoever answers: it is ours."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def reach(server: RunningServer) -> socket.socket:
    """Connect, and say nothing."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def connect(server: RunningServer) -> socket.socket:
    """Connect, with TLS where the server speaks it."""
    peer = reach(server)
    try:
        return anything().wrap_socket(peer) if server.url.startswith("https:") else peer
    except OSError:
        peer.close()
        raise


def ask(server: RunningServer, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], bytes]:
    """Ask once, with JSON where there is a body, and return status, headers and body."""
    connection: http.client.HTTPConnection
    if server.url.startswith("https:"):
        connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=30, context=anything())
    else:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    with closing(connection):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer: HTTPResponse = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def is_alive(server: RunningServer) -> bool:
    """Ask for health and for a page."""
    return [ask(server, "GET", path)[0] for path in ("/healthz", "/signin")] == [200, 200]


def in_parallel(count: int, action: Any) -> tuple[list[threading.Thread], list[Any]]:
    """Start threads that each do the same once, and collect what it returns."""
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(action())) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, found


def test_silent_connections_take_no_room(server: RunningServer) -> None:
    """More silent connections than the server may have files: it answers, and has closed the eldest."""
    flood = [reach(server) for _ in range(FILES + 100)]
    try:
        assert is_alive(server)
        flood[0].settimeout(10)
        with suppress(ConnectionResetError):
            assert flood[0].recv(1) == b""
        assert is_alive(server)
    finally:
        for peer in flood:
            peer.close()


def test_bodies_that_do_not_come_hold_no_thread(server: RunningServer) -> None:
    """Forty connections with a byte of a body each, and the server answers everybody else."""
    head = b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90\r\n\r\ng"
    peers = [connect(server) for _ in range(CLIENTS)]
    try:
        for peer in peers:
            peer.sendall(head)
        assert is_alive(server)
        for peer in peers:
            peer.sendall(b"r")
        assert is_alive(server)
    finally:
        for peer in peers:
            peer.close()


def test_a_hanging_provider_holds_nobody_else(server: RunningServer, silence: Silence) -> None:
    """Of forty sign-ins through a provider that hangs two wait, the others hear 503, and pages are served meanwhile."""
    silence.begin()
    threads, found = in_parallel(CLIENTS, lambda: ask(server, "GET", "/auth/google"))
    until = time.monotonic() + 20
    while len(found) < CLIENTS - 2 and time.monotonic() < until:
        time.sleep(0.02)
    assert is_alive(server)
    assert {(status, headers.get("retry-after")) for status, headers, _body in found} == {(503, "5")}
    silence.end()
    for thread in threads:
        thread.join(20)
    assert len(found) == CLIENTS
    assert is_alive(server)


def test_guessing_clients_leave_health_and_pages(server: RunningServer) -> None:
    """While more passwords are compared than there are threads, health and pages answer before the guessers have their answers."""
    guesses = iter(range(1000))

    def guess() -> int:
        name = f"nobody-{next(guesses)}@example.com"
        return ask(server, "POST", "/auth/login/", {"email": name, "password": PASSWORD})[0]

    threads, found = in_parallel(48, guess)
    assert is_alive(server)
    before = len(found)
    for thread in threads:
        thread.join(30)
    assert before < len(found) == 48
    assert set(found) <= {401, 503}


def test_a_killed_worker_is_replaced(server: RunningServer) -> None:
    """A worker that is killed is followed by another one, and the log says so."""
    (worker,) = workers(server)
    os.kill(worker, signal.SIGKILL)
    until = time.monotonic() + 20
    while workers(server) in ([], [worker]) and time.monotonic() < until:
        time.sleep(0.05)
    assert is_alive(server)
    assert f"worker {worker} has ended unexpectedly" in server.log()


def workers(server: RunningServer) -> list[int]:
    """Return the processes that answer."""
    return server.children("worker")


@pytest.mark.slow
def test_deadlines_of_the_real_server(server: RunningServer) -> None:
    """Peers that are silent, or in the middle of handshake, head or body, are ended within the promised time."""
    with closing(reach(server)) as silent, closing(connect(server)) as head, closing(connect(server)) as body:
        head.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nA: ")
        body.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        ended: dict[str, bytes] = {}

        def wait(name: str, peer: socket.socket) -> None:
            peer.settimeout(60)
            ended[name] = peer.recv(65536)

        began = time.monotonic()
        threads = [
            threading.Thread(target=wait, args=each) for each in (("silent", silent), ("head", head), ("body", body))
        ]
        for thread in threads:
            thread.start()
        for thread in threads[:2]:
            thread.join(40)
        assert list(ended) in (["silent", "head"], ["head", "silent"])
        assert time.monotonic() - began > 10
        threads[2].join(40)
        assert (ended["silent"], ended["head"][:12], ended["body"][:12]) == (b"", b"HTTP/1.1 408", b"HTTP/1.1 408")
