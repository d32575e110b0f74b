"""The threads that hash: few, in turn, with a bound; and what they took of memory comes back."""

import os
import platform
import threading
import time
from pathlib import Path

import pytest
from flask import Flask

from idp.accounts import hashing, passwords
from idp.accounts.hashing import Hashers
from idp.base import memory
from idp.base.outcome import Busy
from tests.conftest import make_settings


class Crowd:
    """Callers who all want something done by the same threads."""

    def __init__(self, hashers: Hashers, threads: int) -> None:
        self.hashers, self.threads = hashers, threads
        self.lock, self.order, self.working, self.most = threading.Lock(), list[int](), 0, 0
        self.callers: list[threading.Thread] = []
        self.may_end = threading.Event()

    def come(self, number: int) -> None:
        """Start a caller, and return when its work is queued or begun."""
        caller = threading.Thread(target=self.hashers.run, args=(lambda: self._work(number),), kwargs=self._terms)
        caller.start()
        self.callers.append(caller)
        until = time.monotonic() + 20
        while len(self.hashers._waiting) + self.working + len(self.order) <= number and time.monotonic() < until:
            time.sleep(0.001)

    @property
    def _terms(self) -> dict[str, float]:
        return {"threads": self.threads, "patience": 30}

    def finish(self) -> None:
        """Let all work end, and wait for it."""
        self.may_end.set()
        for caller in self.callers:
            caller.join(30)

    def _work(self, number: int) -> None:
        with self.lock:
            self.working += 1
            self.most = max(self.most, self.working)
        self.may_end.wait(30)
        with self.lock:
            self.working -= 1
            self.order.append(number)


def test_work_is_done_in_turn_by_so_many_threads() -> None:
    """Of twelve callers one is served at a time where there is one thread, in the order in which they came."""
    crowd = Crowd(Hashers(), 1)
    for number in range(12):
        crowd.come(number)
    crowd.finish()
    assert crowd.order == list(range(12))
    assert crowd.most == 1


def test_as_many_threads_as_there_are_processors() -> None:
    """With three threads three work at once, and never four."""
    crowd = Crowd(Hashers(), 3)
    for number in range(9):
        crowd.come(number)
    crowd.finish()
    assert sorted(crowd.order) == list(range(9))
    assert crowd.most == 3


def test_who_waits_too_long_is_told_so_and_does_no_work() -> None:
    """Work that has not begun in time raises Busy and is never done; later work is."""
    hashers = Hashers()
    crowd = Crowd(hashers, 1)
    crowd.come(0)
    done: list[int] = []
    with pytest.raises(Busy):
        hashers.run(lambda: done.append(1), threads=1, patience=0.01)
    crowd.may_end.set()
    hashers.run(lambda: done.append(2), threads=1, patience=30)
    assert done == [2]


def test_an_error_reaches_the_caller_and_ends_no_thread() -> None:
    """What work raises is raised where it was asked for, time-outs of its own as well, and the same thread goes on."""
    hashers = Hashers()
    for kind in (ValueError, TimeoutError):

        def fail(kind: type[Exception] = kind) -> None:
            raise kind

        with pytest.raises(kind):
            hashers.run(fail, threads=1, patience=30)
    assert hashers.run(lambda: 7, threads=1, patience=30) == 7
    assert hashers._threads == 1


def test_threads_end_when_nobody_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread without work ends, and the next work finds another one."""
    monkeypatch.setattr(hashing, "REST", 0.01)
    hashers = Hashers()
    names = {hashers.run(threading.get_ident, threads=2, patience=30)}
    until = time.monotonic() + 20
    while hashers._threads and time.monotonic() < until:
        time.sleep(0.005)
    assert hashers._threads == 0
    names.add(hashers.run(threading.get_ident, threads=2, patience=30))
    assert names


def test_a_child_has_threads_of_its_own() -> None:
    """After a fork the child hashes, although its parent's threads are not there."""
    assert hashing.run(lambda: 1, threads=1, patience=30) == 1
    child = os.fork()
    if child == 0:
        os._exit(hashing.run(lambda: 3, threads=1, patience=30))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3


@pytest.mark.parametrize("algorithm", ["argon2id", "bcrypt"])
def test_a_comparison_with_nothing_costs_what_one_with_a_hash_does(tmp_path: Path, algorithm: str) -> None:
    """Who has no password is compared with a hash of the same algorithm and cost as a new one, which nothing matches."""
    app = Flask(__name__)
    app.extensions["idp.settings"] = make_settings(tmp_path, "", password_hash=algorithm)
    with app.app_context():
        decoy = passwords._decoy()
        cost = (lambda text: text.rpartition("$")[0][:22]) if algorithm == "bcrypt" else (lambda text: text[:30])
        assert cost(decoy) == cost(passwords.hash_password("a passable phrase"))
        assert not passwords.needs_rehash(decoy)
        assert not passwords.verify("a passable phrase", None)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep to themselves what they do")
def test_memory_of_hashes_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty-four callers at once leave one block of 19 MiB at most with the thread that hashes, and none when that has ended."""
    app = Flask(__name__)
    app.extensions["idp.settings"] = make_settings(tmp_path, "", workers=64, threads=64)
    monkeypatch.setattr(passwords, "LONGEST_QUEUE", 60)  # however slow this machine is

    def hash_one() -> None:
        with app.app_context():
            passwords.hash_password("a passable phrase")

    hash_one()
    memory.give_back()
    before = resident()
    callers = [threading.Thread(target=hash_one) for _ in range(24)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert resident() - before < 19 + 12
    monkeypatch.setattr(hashing, "REST", 0.01)
    hash_one()
    until = time.monotonic() + 20
    while resident() - before > 12 and time.monotonic() < until:
        time.sleep(0.01)
    assert resident() - before < 12


def resident() -> float:
    """Return how many MiB of this process are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
