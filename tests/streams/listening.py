"""Real listeners for syslog on loopback: UDP, TCP with octet counting, and TLS."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEADER = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (?P<host>[!-~]{1,255}) gatehouse \d+ (?P<name>[!-~]{1,32})"
    r' \[meta sequenceId="(?P<sequence>\d+)"\]\[origin software="Gatehouse"\] (?P<message>\{.*\})'
)


@dataclass
class Listener:
    """What was received, message by message."""

    url: str
    messages: list[bytes] = field(default_factory=list)
    is_rude: bool = False  # breaks connections off before it has read anything

    def read(self) -> list[dict[str, Any]]:
        """Return each message as its parts (RFC 5424), with the event that it holds."""
        found = []
        for message in self.messages:
            match = HEADER.fullmatch(message.decode("ascii"))
            assert match is not None, message
            found.append(match.groupdict() | {"event": json.loads(match["message"])})
        return found


def take_apart(received: bytes) -> list[bytes]:
    """Return the messages of a stream in which each has its length before it (RFC 6587, section 3.4.1)."""
    messages = []
    while received:
        length, _, rest = received.partition(b" ")
        assert len(rest) >= int(length), "the last message is cut off"
        messages.append(rest[: int(length)])
        received = rest[int(length) :]
    return messages


@contextmanager
def over_udp() -> Iterator[Listener]:
    """Listen for datagrams."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(0.1)
        listener = Listener(f"syslog+udp://127.0.0.1:{receiver.getsockname()[1]}")
        ended = threading.Event()

        def listen() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    listener.messages.append(receiver.recv(65536))

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield listener
        finally:
            ended.set()
            thread.join(10)


@contextmanager
def over_tcp(certificate: tuple[Path, Path] | None = None, port: int = 0) -> Iterator[Listener]:
    """Listen for connections, with TLS where there is a certificate; each is read to its end, and then closed."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    listening = socket.create_server(("127.0.0.1", port))
    scheme, name = ("syslog+tls", "localhost") if context is not None else ("syslog+tcp", "127.0.0.1")
    listener = Listener(f"{scheme}://{name}:{listening.getsockname()[1]}")

    def hear(connection: socket.socket) -> None:
        received = b""
        while part := connection.recv(65536):
            received += part
        listener.messages += take_apart(received)
        if isinstance(connection, ssl.SSLSocket):
            connection.unwrap()

    def listen() -> None:
        with suppress(OSError):
            while True:
                connection = listening.accept()[0]
                connection.settimeout(10)
                with suppress(OSError), connection:
                    if listener.is_rude:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    elif context is None:
                        hear(connection)
                    else:
                        with context.wrap_socket(connection, server_side=True) as encrypted:
                            hear(encrypted)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(10)
