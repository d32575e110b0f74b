"""Argon2id in a block of memory of its own: the strings are argon2-cffi's, the memory is one mapping of the system beside all heaps.

A thread has its block from its first hash until it ends. Until then no page of the block has to be found anew, and afterwards the system
has all of it back, whatever else the heaps hold by then. The library wipes it after each hash.

Hashes of other parameters than a hasher's own are computed by the library alone, in memory from the heap.
"""

import base64
import binascii
import hmac
import mmap
import os
import threading
from contextlib import suppress
from typing import Any, Literal

from argon2 import PasswordHasher, low_level
from argon2.exceptions import HashingError, VerifyMismatchError
from argon2.low_level import ffi

from idp.base.outcome import Busy

KIB = 1024  # bytes


class Hasher(PasswordHasher):
    """A hasher that computes what has its own parameters in the calling thread's block."""

    def __init__(self, *, time_cost: int, memory_cost: int, parallelism: int) -> None:
        """Take what a hash costs: passes, KiB of memory, lanes."""
        super().__init__(time_cost, memory_cost, parallelism)
        self._start = f"$argon2id$v={low_level.ARGON2_VERSION}$m={memory_cost},t={time_cost},p={parallelism}$"
        self._here = threading.local()

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """Return the hash to store, under a new salt.

        Raises:
            HashingError: the library refuses, for it has no memory or a password of 4 GiB.
            Busy: the system has no block to give.
        """
        block = self._block()
        if block is None:
            return super().hash(password, salt=salt)
        return self._compute(block, _as_bytes(password, self.encoding), salt or os.urandom(self.salt_len))

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library calls it so
        """Return True where the password has this hash.

        Raises:
            VerifyMismatchError: it has another one.
            VerificationError, InvalidHashError: there is something wrong with the hash.
            HashingError, Busy: as `hash` does.
        """
        stored = hash.encode("ascii", "replace") if isinstance(hash, str) else hash
        salt = self._salt_of(stored)
        block = self._block() if salt is not None else None
        if salt is None or block is None:
            return super().verify(hash, password)
        computed = self._compute(block, _as_bytes(password, self.encoding), salt)
        if not hmac.compare_digest(computed.encode(), stored):
            raise VerifyMismatchError("The password does not match the supplied hash")
        return True

    def _salt_of(self, stored: bytes) -> bytes | None:
        """Return the salt of a hash that has these parameters and these lengths, None for every other one."""
        if not stored.startswith(self._start.encode()):
            return None
        written, _, digest = stored[len(self._start) :].partition(b"$")
        if len(written) != _length(self.salt_len) or len(digest) != _length(self.hash_len):
            return None
        try:
            return base64.b64decode(written + b"=" * (-len(written) % 4), validate=True)
        except binascii.Error:
            return None

    def _block(self) -> "_Block | None":
        """Return the calling thread's block; None where the system lets nobody be called back."""
        try:
            if not hasattr(self._here, "block"):
                self._here.block = _Block(self.memory_cost * KIB)
        except MemoryError:  # memory that is written and executed is forbidden here, which cffi's callbacks are made of
            self._here.block = None
        except OSError:
            raise Busy from None
        block: _Block | None = self._here.block
        return block

    def _compute(self, block: "_Block", password: bytes, salt: bytes) -> str:
        out = ffi.new("uint8_t[]", self.hash_len)
        secret, salted = ffi.from_buffer("uint8_t[]", password), ffi.from_buffer("uint8_t[]", salt)
        # As the library's own call sets them: a lane each for so many threads, and no flags.
        asked = {
            "out": out, "outlen": self.hash_len, "pwd": secret, "pwdlen": len(password), "salt": salted, "saltlen": len(salt),
            "t_cost": self.time_cost, "m_cost": self.memory_cost, "lanes": self.parallelism, "threads": self.parallelism,
            "version": low_level.ARGON2_VERSION, "allocate_cbk": block.give, "free_cbk": block.take,
        }  # fmt: skip
        error = low_level.core(ffi.new("argon2_context *", asked), low_level.Type.ID.value)
        if error:
            raise HashingError(low_level.error_to_str(error))
        return f"{self._start}{_encode(salt)}${_encode(bytes(ffi.buffer(out)))}"


class _Block:
    """One mapping, and the functions by which the library gets it. Nothing here refers to itself: it goes with the last reference."""

    def __init__(self, size: int) -> None:
        """Ask the system for it.

        Raises:
            OSError: it has no memory.
            MemoryError: it forbids what callbacks are made of.
        """
        self.memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for name in ("MADV_HUGEPAGE", "MADV_DONTDUMP"):  # fewer look-ups of pages, and no passwords in core files
            with suppress(AttributeError, OSError):
                self.memory.madvise(getattr(mmap, name))
        self.give, self.take = _callbacks(ffi.from_buffer("uint8_t[]", self.memory))


def _callbacks(start: Any) -> tuple[Any, Any]:
    """Return what the library calls for memory, and what it calls when it has wiped that."""

    def give(place: Any, size: int) -> int:
        if size > len(start):  # which leaves `place` empty: the library says that there is no memory
            return 1
        place[0] = start
        return 0

    def take(_start: Any, _size: int) -> None:
        """Keep it for the next hash."""

    return ffi.callback("int(uint8_t **, size_t)", give), ffi.callback("void(uint8_t *, size_t)", take)


def _as_bytes(password: str | bytes, encoding: str) -> bytes:
    return password.encode(encoding) if isinstance(password, str) else password


def _encode(data: bytes) -> str:
    """Return base64 without padding, as encoded hashes have it."""
    return base64.b64encode(data).rstrip(b"=").decode()


def _length(size: int) -> int:
    """Return how many characters so many bytes take in base64 without padding."""
    return -(-size * 4 // 3)
