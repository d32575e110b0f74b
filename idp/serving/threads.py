"""The threads that answer requests. A number of seats says how many work at a time; a request that waits for something slow lends its seat.

Slow work is a password hash or somebody else's host: `base.places` bounds how many do it, and calls `lend` and `take_back` around
it. Such a request holds no database connection, so that as many connections as seats are enough. Threads are made when they are needed.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

Job = Callable[[], None]

log = logging.getLogger(__name__)


class Threads:
    """The threads of one worker."""

    def __init__(self, seats: int, *, most_waiting: int) -> None:
        self._lock = threading.Lock()
        self._free_seats = seats
        self._idle: list[SimpleQueue[Job]] = []  # where each of the idle threads is handed its next job
        self._waiting: deque[Job] = deque()
        self._most_waiting = most_waiting
        self._returning: deque[threading.Event] = deque()

    @property
    def has_free_seat(self) -> bool:
        """Whether a job would begin at once."""
        return self._free_seats > 0

    def submit(self, job: Job) -> bool:
        """Have a job done; False when too many wait already, or when the system has no thread for it."""
        with self._lock:
            if self._free_seats:
                self._free_seats -= 1
                if not self._hand(job):
                    self._free_seats += 1
                    return False
            elif len(self._waiting) < self._most_waiting:
                self._waiting.append(job)
            else:
                return False
        return True

    def lend(self) -> None:
        """Give the caller's seat to whoever waits for one."""
        with self._lock:
            self._pass_on()

    def take_back(self) -> None:
        """Wait for a seat, before every job that has not begun."""
        with self._lock:
            if self._free_seats:
                self._free_seats -= 1
                return
            turn = threading.Event()
            self._returning.append(turn)
        turn.wait()

    def _pass_on(self) -> None:
        if self._returning:
            self._returning.popleft().set()
        elif self._waiting and self._hand(self._waiting[0]):
            self._waiting.popleft()
        else:  # whoever ends next finds what waits
            self._free_seats += 1

    def _hand(self, job: Job) -> bool:
        """Give a job, which has a seat, to the thread that was idle last, or to a new one; False where the system has none."""
        if self._idle:
            self._idle.pop().put(job)
            return True
        try:
            threading.Thread(target=self._work, args=(job,), name="answering", daemon=True).start()
        except RuntimeError:
            log.exception("no thread can be started")
            return False
        return True

    def _work(self, job: Job) -> None:
        handed: SimpleQueue[Job] = SimpleQueue()
        while True:
            try:
                job()
            except BaseException:  # a thread that ended would take its seat along
                log.exception("a request ended in an error that nobody caught")
            job = self._next(handed) or handed.get()

    def _next(self, handed: "SimpleQueue[Job]") -> Job | None:
        """Take up what waits for the caller's seat; else give that up, and be idle."""
        with self._lock:
            if self._waiting and not self._returning:
                return self._waiting.popleft()
            self._idle.append(handed)
            self._pass_on()
            return None
