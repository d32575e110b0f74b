"""Argon2 in a block of our own: it and argon2-cffi accept what the other has made, and its memory is wiped and goes back."""

import base64
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from argon2 import PasswordHasher, low_level
from argon2.exceptions import Argon2Error, HashingError, InvalidHashError
from argon2.low_level import ffi

from idp.accounts import argon2id, passwords
from idp.base.outcome import Busy

COST = {"time_cost": 2, "memory_cost": 256, "parallelism": 1}
PASSWORD = b"a passable phrase"


@pytest.fixture(name="own")
def _own() -> argon2id.Hasher:
    return argon2id.Hasher(**COST)


@pytest.fixture(name="library")
def _library() -> PasswordHasher:
    return PasswordHasher(**COST)


def outcome(call: Callable[..., object], *values: object) -> object:
    """Return what a call returns, or which error it raises."""
    try:
        return call(*values)
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 512, 4096, 1_000_000])
def test_the_strings_are_those_of_the_library(size: int, lanes: int) -> None:
    """Under the same salt both write the same string, for passwords of any length and with several lanes."""
    cost = COST | {"parallelism": lanes}
    own, library = argon2id.Hasher(**cost), PasswordHasher(**cost)
    password, salt = os.urandom(size), os.urandom(16)
    assert own.hash(password, salt=salt) == library.hash(password, salt=salt)


def test_each_accepts_what_the_other_has_made(own: argon2id.Hasher, library: PasswordHasher) -> None:
    """Hashes go both ways, as text and as bytes, at the cost of tests and at today's."""
    for mine, theirs in ((own, library), (passwords._argon2, PasswordHasher(2, 19 * 1024, 1))):
        for maker, reader in ((mine, theirs), (theirs, mine), (mine, mine)):
            stored = maker.hash(PASSWORD)
            assert reader.verify(stored, PASSWORD)
            assert reader.verify(stored.encode(), PASSWORD.decode())
            assert outcome(reader.verify, stored, PASSWORD + b"\0") is low_level.VerifyMismatchError
            assert not reader.check_needs_rehash(stored)


def test_salts_differ(own: argon2id.Hasher) -> None:
    """The same password has another hash each time."""
    assert len({own.hash(PASSWORD) for _ in range(20)}) == 20


@pytest.mark.parametrize("kind", list(low_level.Type))
@pytest.mark.parametrize(
    "other", [{"time_cost": 1}, {"memory_cost": 512}, {"parallelism": 2}, {"salt_len": 8}, {"hash_len": 16}, {}]
)
def test_hashes_of_other_parameters_are_verified(
    own: argon2id.Hasher, kind: low_level.Type, other: dict[str, int]
) -> None:
    """What was made at another cost, in another kind, with other lengths, or in the first version, is compared by the library."""
    made = PasswordHasher(**COST | other, type=kind)
    old = low_level.hash_secret(PASSWORD, os.urandom(16), 2, 256, 1, 32, kind, version=16)
    for stored in (made.hash(PASSWORD), old.decode()):
        assert own.verify(stored, PASSWORD)
        assert outcome(own.verify, stored, b"another") is low_level.VerifyMismatchError


def _spoil(stored: str) -> list[str]:
    start, salt, digest = stored.rpartition("$")[0].rpartition("$")[0] + "$", *stored.split("$")[-2:]
    return [
        *(stored[:end] for end in range(0, len(stored), 7)),
        *(f"{start}{salt}${digest[:-1]}{end}" for end in "AB-=$ \n\u00e9"),
        *(f"{start}{salt[:-1]}{end}${digest}" for end in "AB-=$ \n\u00e9"),
        *(stored + rest for rest in ("$", "=", "A", "\0", "\0A", "\n")),
        *(f"{start}{salt}$", f"{start}${digest}", f"{start}{salt}{salt}${digest}", f"{start}{salt}${digest}${digest}"),
        *(
            stored.replace(*change)
            for change in (("m=256", "m=256,m=256"), ("m=256", "m=0256"), ("v=19", "v=99"), ("t=2", "t=0"))
        ),
        *(
            stored.replace(*change)
            for change in (("argon2id", "argon2x"), ("m=256,t=2", "t=2,m=256"), ("m=256", "m=4294967295"))
        ),
    ]


def test_spoiled_hashes_match_nothing_more_than_the_library_says(own: argon2id.Hasher, library: PasswordHasher) -> None:
    """A hash that was cut, lengthened or changed matches where the library says so alone, and raises an error of the library's kind."""
    for stored in _spoil(library.hash(PASSWORD)):
        mine, theirs = (outcome(reader.verify, stored, PASSWORD) for reader in (own, library))
        assert (mine is True) == (theirs is True)
        assert mine is True or issubclass(mine, Argon2Error | InvalidHashError | UnicodeError)  # type: ignore[arg-type]


def test_a_salt_that_is_written_in_two_ways_matches_in_one(own: argon2id.Hasher, library: PasswordHasher) -> None:
    """Bits that belong to no byte must be zero, as the library has it."""
    stored = library.hash(PASSWORD, salt=bytes(16))
    start, digest = stored.rpartition("$")[0].rpartition("$")[0], stored.rpartition("$")[2]
    twin = f"{start}${'A' * 21}B${digest}"
    assert base64.b64decode("A" * 21 + "B==") == bytes(16)
    for reader in (own, library):
        assert issubclass(outcome(reader.verify, twin, PASSWORD), Argon2Error)  # type: ignore[arg-type]


def test_the_block_is_wiped(own: argon2id.Hasher) -> None:
    """After a hash, and after one that matches nothing, no byte of it is left in the block."""
    stored = own.hash(PASSWORD)
    assert not any(own._here.block.memory[:])
    own._here.block.memory[:4] = b"seen"  # the very memory that the library works in
    assert outcome(own.verify, stored, b"another") is low_level.VerifyMismatchError
    assert not any(own._here.block.memory[:])


def test_threads_compute_side_by_side_in_blocks_of_their_own(own: argon2id.Hasher, library: PasswordHasher) -> None:
    """Eight threads that hash at the same time have eight right answers each time."""
    wrong: list[str] = []
    blocks: list[object] = []

    def work(number: int) -> None:
        for turn in range(40):
            password, salt = f"phrase {number} {turn}".encode(), os.urandom(16)
            if own.hash(password, salt=salt) != library.hash(password, salt=salt):
                wrong.append(f"{number} {turn}")
        blocks.append(own._here.block)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len({id(block) for block in blocks}) == 8


def test_a_child_hashes_in_a_block_of_its_own(own: argon2id.Hasher) -> None:
    """What a forked child computes is right, and nothing of it is seen in its parent's block."""
    stored = own.hash(PASSWORD)
    own._here.block.memory[:6] = b"parent"
    child = os.fork()
    if child == 0:
        os._exit(0 if own.verify(stored, PASSWORD) and not any(own._here.block.memory[:]) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert own._here.block.memory[:6] == b"parent"


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="maps are Linux's")
def test_the_block_goes_back_with_its_thread() -> None:
    """While a thread lives that has hashed its block is there; when it has ended the mapping is gone."""
    hasher = argon2id.Hasher(time_cost=1, memory_cost=7 * 1024, parallelism=1)
    during: list[int] = []

    def work() -> None:
        hasher.hash(PASSWORD)
        during.append(mapped())

    before = mapped()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert during[0] - before >= 7 * 1024
    assert mapped() - before < 4 * 1024


def mapped() -> int:
    """Return how many KiB of this process' memory are written by it, in maps of no file, the heap's aside."""
    kib, counts = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        name, _, value = line.partition(" ")
        if not name.endswith(":"):
            counts = len(line.split()) == 5
        elif name == "Rss:" and counts:
            kib += int(value.split()[0])
    return kib


def test_where_nobody_may_be_called_back_the_library_computes(
    own: argon2id.Hasher, library: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that forbids memory which is written and executed (as `MemoryDenyWriteExecute=` of systemd does) has the same hashes."""

    class Forbidding:
        def __getattr__(self, name: str) -> object:
            return getattr(ffi, name)

        def callback(self, *_args: object) -> object:
            raise MemoryError

    monkeypatch.setattr(argon2id, "ffi", Forbidding())
    assert own.verify(library.hash(PASSWORD), PASSWORD)
    assert library.verify(own.hash(PASSWORD), PASSWORD)
    assert own._here.block is None


def test_without_memory_nobody_is_told_that_a_password_is_wrong(
    own: argon2id.Hasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system has no block to give the caller is told to come back, and finds one then."""
    stored = own.hash(PASSWORD)

    def refuse(*_args: object, **_values: object) -> object:
        raise OSError(12, "Cannot allocate memory")

    del own._here.block
    with monkeypatch.context() as patch:
        patch.setattr("idp.accounts.argon2id.mmap.mmap", refuse)
        assert outcome(own.verify, stored, PASSWORD) is Busy
    assert own.verify(stored, PASSWORD)


def test_a_block_that_is_too_small_is_not_written_beyond(own: argon2id.Hasher) -> None:
    """The library that asks for more than the block has gets nothing, and says so."""
    own._here.block = argon2id._Block(64 * 1024)
    assert outcome(own.hash, PASSWORD) is HashingError
