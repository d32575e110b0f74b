"""Two workers on one listening socket: both take their part of the callers, and no caller waits for the one that is busy."""

import os
import select
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.serving.peers import GET, Peer
from tests.serving.siblings import SEATS, Siblings, siblings

CALLERS, BURSTS = 16, 11
FAIR = 3  # at least, of the worker that has fewer


@pytest.fixture(scope="module", params=["plain", "tls"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Siblings]:
    """Two workers that have begun."""
    with siblings(tmp_path_factory.mktemp("certificate") if request.param == "tls" else None) as both:
        numbers: set[int] = set()
        latest = time.monotonic() + 20
        while len(numbers) < 2 and time.monotonic() < latest:
            peers = [both.connect() for _ in range(4)]
            numbers |= {*ask(peers)}
            leave(peers)
        assert len(numbers) == 2
        yield both


def ask(peers: list[Peer]) -> list[int]:
    """Return the process that answers each of them."""
    for peer in peers:
        peer.send(GET)
    return [int(peer.read_answer()[2]) for peer in peers]


def leave(peers: list[Peer]) -> None:
    """End these connections."""
    for peer in peers:
        peer.socket.close()


def of_one_worker(both: Siblings, many: int) -> tuple[int, list[Peer]]:
    """Return the process of a worker and so many connections to it."""
    found: dict[int, list[Peer]] = {}
    while not any(len(peers) >= many for peers in found.values()):
        peer = both.connect()
        found.setdefault(ask([peer])[0], []).append(peer)
    return next((number, peers[:many]) for number, peers in found.items() if len(peers) >= many)


def test_callers_that_come_at_once_end_up_on_both_workers(both: Siblings) -> None:
    """Of sixteen connections that are opened together and kept each worker has three at least, most of the time."""
    fewest = []
    for _ in range(BURSTS):
        reached = [both.reach() for _ in range(CALLERS)]
        peers = [both.secure(peer) for peer in reached]
        fewest.append(CALLERS - max(Counter(ask(peers)).values()))
        leave(peers)
    assert median(fewest) >= FAIR, sorted(fewest)


def test_callers_are_answered_while_one_worker_is_at_work(both: Siblings, tmp_path: Path) -> None:
    """Whoever comes while one worker's interpreter is kept busy is answered before that has ended."""
    ended = tmp_path / "ended"
    _number, at_work = of_one_worker(both, SEATS - 1)
    for peer in at_work:
        peer.send(GET.replace(b"/ ", b"/busy?%b " % str(ended).encode(), 1))
    for _ in range(CALLERS):
        ask([both.connect()])
    assert not select.select([peer.socket for peer in at_work], [], [], 0)[0]
    ended.touch()
    assert [peer.read_answer()[0] for peer in at_work] == [200] * len(at_work)


def test_nobody_waits_for_a_worker_that_takes_nobody(both: Siblings) -> None:
    """While one worker stands still, every caller is taken and answered by the other."""
    number, _peers = of_one_worker(both, 1)
    os.kill(number, signal.SIGSTOP)
    try:
        peers = [both.connect() for _ in range(CALLERS)]
        assert number not in ask(peers)
    finally:
        os.kill(number, signal.SIGCONT)


def test_handshakes_that_do_not_come_keep_nobody_out(both: Siblings) -> None:
    """Behind connections that say nothing, not even their TLS hello, the next callers are taken and answered at once."""
    for _ in range(4 * CALLERS):
        both.reach()
    assert len(ask([both.connect() for _ in range(CALLERS)])) == CALLERS
