"""What is done to a socket without waiting for its peer, plain or TLS. None of it raises."""

import socket
import ssl
from contextlib import suppress


def send(peer: socket.socket, data: bytes) -> bytes:
    """Send what the peer takes at once, and return the rest; where it has gone that is everything, and whoever sends on finds out."""
    try:
        return data[peer.send(data) :]
    except OSError:
        return data


def say_farewell(peer: socket.socket) -> bool:
    """Tell a peer that nothing more is sent, so that it reads to the end; False where it has gone."""
    try:
        if isinstance(peer, ssl.SSLSocket):
            with suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
                peer.unwrap()
        else:
            peer.shutdown(socket.SHUT_WR)
    except (OSError, ValueError):
        return False
    return True


def break_off(peer: socket.socket) -> None:
    """End a conversation both ways, and keep the socket: its number becomes no other's before it is closed."""
    with suppress(OSError):
        peer.shutdown(socket.SHUT_RDWR)
