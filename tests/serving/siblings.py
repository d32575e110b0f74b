"""Two workers in processes of their own that share a listening socket, as the supervisor's do, and tell who answers.

`python -m tests.serving.siblings [DIRECTORY]`, with TLS where a directory has a certificate; prints its port, and ends with its input.
"""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from idp.serving.worker import Worker
from tests.serving.peers import Peer
from tests.support.certificates import make_certificate

WORKERS, SEATS = 2, 4
LONGEST_WORK = 20.0  # seconds


class Siblings:
    """The two workers, seen from outside."""

    def __init__(self, port: int, trust: ssl.SSLContext | None) -> None:
        self.port, self.trust = port, trust
        self.peers: list[Peer] = []

    def reach(self) -> Peer:
        """Connect, without TLS."""
        self.peers.append(Peer(socket.create_connection(("127.0.0.1", self.port), timeout=20)))
        return self.peers[-1]

    def secure(self, peer: Peer) -> Peer:
        """Shake hands where the workers speak TLS."""
        if self.trust is not None:
            peer.socket = self.trust.wrap_socket(peer.socket, server_hostname="localhost")
        return peer

    def connect(self) -> Peer:
        """Connect, with TLS where the workers speak it."""
        return self.secure(self.reach())


@contextmanager
def siblings(certificate: Path | None = None) -> Iterator[Siblings]:
    """Run the two for as long as the block lasts; with TLS where there is a directory for a certificate."""
    trust = None
    if certificate is not None:
        trust = ssl.create_default_context(cafile=str(make_certificate(certificate)[0]))
    command = [sys.executable, "-m", "tests.serving.siblings", *([str(certificate)] if certificate else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        both = Siblings(int(process.stdout.readline()), trust)
        try:
            yield both
        finally:
            for peer in both.peers:
                peer.socket.close()
            process.stdin.close()
            assert process.wait(20) == 0


def tell(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer with the number of this process; `/busy` keeps its interpreter at work until there is a file of the name that it is given."""
    if environ["PATH_INFO"] == "/busy":
        latest = time.monotonic() + LONGEST_WORK
        while not Path(environ["QUERY_STRING"]).exists() and time.monotonic() < latest:
            sum(range(100_000))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d" % os.getpid()]


def main() -> None:
    """Serve until standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    listener.setblocking(False)
    context = None
    if len(sys.argv) > 1:
        directory = Path(sys.argv[1])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "certificate.pem", directory / "key.pem")
    children = [_begin(listener, context) for _ in range(WORKERS)]
    print(listener.getsockname()[1], flush=True)
    listener.close()
    sys.stdin.read()
    for child in children:
        os.kill(child, signal.SIGTERM)
    sys.exit(max(os.waitpid(child, 0)[1] for child in children))


def _begin(listener: socket.socket, context: ssl.SSLContext | None) -> int:
    child = os.fork()
    if child == 0:
        worker = Worker(tell, listener, context, SEATS)
        worker.loop.add_signal_handler(signal.SIGTERM, worker.end)
        worker.run()
        os._exit(0)
    return child


if __name__ == "__main__":
    main()
