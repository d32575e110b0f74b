"""Events as syslog messages (RFC 5424) over UDP (RFC 5426), TCP with octet counting (RFC 6587, section 3.4.1) and TLS (RFC 5425).

Syslog has no answers. Over TCP and TLS a connection is made for some events and closed for writing; a receiver that then closes it, too,
has read all of them. Over UDP nobody knows.
"""

import json
import os
import re
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from idp.audit import FAILURE
from idp.base.extensions import settings
from idp.base.fetch import Deadline, FetchError, target, tell, wire
from idp.streams import addresses
from idp.trail import exporting

FACILITY = 13  # log audit (RFC 5424, section 6.2.1)
NOTICE, WARNING = 5, 4
SECONDS = 10.0  # for a connection and all that is sent over it
FAREWELL = 3.0  # seconds in which a receiver closes a connection that it has read to the end
GRACE = 0.05  # seconds in which a host says that nobody listens at a UDP port of it
NOT_PRINTED = re.compile(r"[^!-~]")


def send(address: str, events: Sequence[Any], _secrets: Sequence[str] = ()) -> Iterator[int]:
    """Send events over one connection and yield the number of the last one once all are sent.

    Raises:
        FetchError, OSError: they were not taken.
    """
    if not events:
        return
    where, deadline = addresses.read(address), Deadline(SECONDS)
    lines = [make_message(event) for event in events]
    if where.scheme == "syslog+udp":
        _send_datagrams(target.locate(where, deadline)[0], lines)
    else:
        framed = b"".join(f"{len(line)} ".encode() + line for line in lines)
        with wire.reach(where, deadline, encrypted=where.scheme == "syslog+tls") as connected:
            connected.settimeout(deadline.left())
            connected.sendall(framed)
            take_leave(connected)
    yield events[-1].id


def make_message(event: Any) -> bytes:
    """Return an event as a syslog message, in ASCII: what it is stands in the header, all of it as JSON in the message."""
    severity = WARNING if event.outcome == FAILURE else NOTICE
    at = event.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    host = _printed(urlsplit(settings().issuer).hostname or "-", 255)
    header = f"<{FACILITY * 8 + severity}>1 {at} {host} gatehouse {os.getpid()} {_printed(event.event, 32)}"
    sequence = max(1, event.id % 2_147_483_648)
    data = f'[meta sequenceId="{sequence}"][origin software="Gatehouse"]'
    return f"{header} {data} {json.dumps(exporting.describe(event), separators=(',', ':'))}".encode("ascii")


def _send_datagrams(place: target.Address, lines: list[bytes]) -> None:
    family, address = place
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.settimeout(SECONDS)
        sender.connect(address)
        for line in lines:
            sender.send(line)
        time.sleep(GRACE)
        if error := sender.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(error, os.strerror(error))


def take_leave(connected: socket.socket) -> None:
    """Close a connection for writing, and wait a little until the receiver closes it, too.

    Raises:
        FetchError: the receiver has broken it off.
    """
    connected.settimeout(FAREWELL)
    try:
        if isinstance(connected, ssl.SSLSocket):
            connected.unwrap()
        else:
            connected.shutdown(socket.SHUT_WR)
            while connected.recv(4096):
                pass
    except (TimeoutError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return  # it is left open, or closed without a word: nothing says that anything was lost
    except OSError as error:
        raise FetchError(tell(error)) from None


def _printed(text: str, longest: int) -> str:
    return NOT_PRINTED.sub("_", text)[:longest] or "-"
