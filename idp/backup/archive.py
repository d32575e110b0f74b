"""The file of a backup: a line that says what it is, one of JSON that says what is in it, and its content in sealed pieces.

Each piece is sealed (AES-256-GCM) under a key of this file alone, derived from the server's secret and the file's salt. Its number,
whether it is the last one, and the lines before it are sealed with it, so that pieces that are missing, added or exchanged are found out.
The file has a fingerprint of the secret and never the secret.
"""

import json
import secrets
import struct
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from idp.base import crypto
from idp.base.crypto import Vault
from idp.keys.parsing import read_object

MAGIC = b"gatehouse-backup 1\n"
PIECE = 1 << 20  # bytes of content that are sealed at once
LONGEST_HEADER = 10_000  # bytes
TAG = 16
_LENGTH = struct.Struct(">I")


class Unreadable(Exception):
    """A file that is no backup, is damaged, or was made under another secret; the message says which."""


def fingerprint(vault: Vault) -> str:
    """Return by which a secret is known again, and cannot be guessed."""
    return vault.derive("backup-fingerprint")[:8].hex()


def write(target: BinaryIO, header: dict[str, Any], content: Iterable[bytes], vault: Vault) -> None:
    """Write a backup; the header, which is readable by everybody, is one object of JSON."""
    salt = secrets.token_hex(16)
    said = header | {"secret_fingerprint": fingerprint(vault), "salt": salt}
    line = json.dumps(said, separators=(",", ":")).encode() + b"\n"
    target.write(MAGIC + line)
    sealed, about = _cipher(vault, salt), crypto.sha256(line)
    pieces = _cut(content)
    number, piece = 0, next(pieces, b"")
    for following in pieces:
        _put(target, sealed.encrypt(_nonce(number, is_last=False), piece, about))
        number, piece = number + 1, following
    _put(target, sealed.encrypt(_nonce(number, is_last=True), piece, about))


def read_header(source: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Return what a backup says of itself, and the line that says so.

    Raises:
        Unreadable: it is no backup.
    """
    if source.read(len(MAGIC)) != MAGIC:
        raise Unreadable("this is no backup of this program, or of a newer version")
    line = source.readline(LONGEST_HEADER)
    found = read_object(line)
    texts = ("dialect", "revision", "secret_fingerprint", "salt", "made_at")
    if found is None or not all(isinstance(found.get(name), str) for name in texts):
        raise Unreadable("the first lines of this backup are damaged")
    return found, line


def read_content(source: BinaryIO, header: dict[str, Any], line: bytes, vault: Vault) -> Iterator[bytes]:
    """Yield the content of a backup whose header was read, piece by piece; it is whole once all of it has come.

    Raises:
        Unreadable: it was made under another secret, or is damaged or cut off.
    """
    if header["secret_fingerprint"] != fingerprint(vault):
        raise Unreadable(
            f"this backup was made under another secret: its fingerprint is {header['secret_fingerprint']},"
            f" that of this server's is {fingerprint(vault)}. Restore it with the IDP_SECRET_KEY of the server that made it"
        )
    sealed, about = _cipher(vault, header["salt"]), crypto.sha256(line)
    for number in count():
        piece = _take(source)
        ahead = source.read(1)
        try:
            yield sealed.decrypt(_nonce(number, is_last=not ahead), piece, about)
        except InvalidTag:
            raise Unreadable("this backup is damaged, or cut off") from None
        if not ahead:
            return
        source.seek(-1, 1)


def _cipher(vault: Vault, salt: str) -> AESGCM:
    return AESGCM(vault.derive(f"backup/{salt}"))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _cut(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield content in pieces of one size, but for the last."""
    held = bytearray()
    for part in content:
        held += part
        while len(held) >= PIECE:
            yield bytes(held[:PIECE])
            del held[:PIECE]
    if held:
        yield bytes(held)


def _put(target: BinaryIO, piece: bytes) -> None:
    target.write(_LENGTH.pack(len(piece)) + piece)


def _take(source: BinaryIO) -> bytes:
    """Return the next piece.

    Raises:
        Unreadable: the file ends before it does.
    """
    start = source.read(_LENGTH.size)
    length = _LENGTH.unpack(start)[0] if len(start) == _LENGTH.size else 0
    piece = source.read(length) if TAG <= length <= PIECE + TAG else b""
    if not length or len(piece) != length:
        raise Unreadable("this backup is damaged, or cut off")
    return piece
