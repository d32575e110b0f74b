"""Turns: which writer of a SQLite file is next.

SQLite lets one connection write at a time, and has the others look again and again whether they may; who looks at the right moment
goes first, and who does not may look for seconds. Here they stand in line instead: the threads of a process in the order in which
they came, processes by locks of the kernel on a file beside the database, which wake them, and which a process that dies lets go.

Order alone comes from here. That no two write at once is SQLite's own lock: who knows of no line (SQLite's shell, an earlier version)
waits by looking, and so do processes where the file cannot be had.
"""

import errno
import fcntl
import logging
import os
import stat
import threading
import time
from collections import deque
from contextlib import suppress
from weakref import WeakValueDictionary

SUFFIX = "-queue"
IDLE = 1.0  # seconds after which the thread that waits for other processes ends
AGAIN = 0.005  # seconds until a wait that the kernel refused is tried again

# The bytes of the file that are locked. Who holds the second one writes; who holds the first one is next, so that a process that
# has just written, and is awake, does not overtake one that is woken.
_NEXT, _NOW = 0, 1

log = logging.getLogger(__name__)


class Turn:
    """A writer's place in a line; it is used again and again, by one thread at a time."""

    def __init__(self, line: "Line") -> None:
        self.line = line
        self.bell = threading.Lock()
        self.bell.acquire()
        self.thread = 0

    def take(self, patience: float) -> bool:
        """Wait for the turn; return whether it came within `patience` seconds. Who has it already has it still.

        A thread that has it by another place could wait for ever, and is told False at once; so is everybody where the system has no
        thread that could wait for another process.
        """
        return self.line.take(self, patience)

    def give_back(self) -> None:
        """Let the next one go; nothing happens where this one has no turn."""
        self.line.give_back(self)


class Line:
    """The writers of this process to one file. At most one of them has the turn, and only while the process is inside the door."""

    def __init__(self, path: str) -> None:
        self._door = Door(path)
        # Reentrant, because a connection that nobody holds any more may be collected, and give its turn back, at any allocation.
        self._lock = threading.RLock()
        self._waiting: deque[Turn] = deque()
        self._holder: Turn | None = None
        self._inside = False
        self._asking = False  # whether the usher waits at the door
        self._usher: threading.Thread | None = None
        self._asked = threading.Semaphore(0)

    def take(self, turn: Turn, patience: float) -> bool:
        """See `Turn.take`."""
        thread = threading.get_ident()
        try:
            with self._lock:
                if self._holder is turn:
                    return True
                if self._holder is not None and self._holder.thread == thread:
                    return False
                turn.thread = thread
                turn.bell.acquire(blocking=False)  # it may have rung for somebody who was interrupted
                self._waiting.append(turn)
                self._call_next()
            turn.bell.acquire(timeout=patience)
            return self._leave(turn)
        except BaseException:  # whoever is interrupted while waiting does not want the turn any more
            if self._leave(turn):
                self.give_back(turn)
            raise

    def give_back(self, turn: Turn) -> None:
        """See `Turn.give_back`."""
        with self._lock:
            if self._holder is not turn:
                return
            self._holder = None
            self._go_outside()  # also where others of this process wait: another process may have waited longer
            self._call_next()

    def _leave(self, turn: Turn) -> bool:
        """Stop waiting; return whether the turn has come after all."""
        with self._lock:
            if self._holder is turn:
                return True
            with suppress(ValueError):
                self._waiting.remove(turn)
            return False

    def _call_next(self) -> None:
        if self._holder is not None or not self._waiting or self._asking:
            return
        if not self._inside and not self._door.try_to_enter():
            self._send_usher()
            return
        self._inside = True
        self._holder = self._waiting.popleft()
        self._holder.bell.release()

    def _go_outside(self) -> None:
        self._inside = False
        self._door.leave()

    def _send_usher(self) -> None:
        if self._usher is None:
            usher = threading.Thread(target=self._ush, name="turns", daemon=True)
            try:
                usher.start()
            except RuntimeError:
                log.exception(
                    "no thread can be started to wait for another process: whoever wants to write is turned away"
                )
                self._turn_away()
                return
            self._usher = usher
        self._asking = True
        self._asked.release()

    def _turn_away(self) -> None:
        """Tell everybody who waits that the turn will not come."""
        while self._waiting:
            self._waiting.popleft().bell.release()

    def _ush(self) -> None:
        """Wait for other processes on behalf of all threads of this one: the kernel's wait has no end, theirs has."""
        while True:
            if not self._asked.acquire(timeout=IDLE):
                with self._lock:
                    if self._asking:
                        continue
                    self._usher = None
                    return
            self._door.enter()
            with self._lock:
                self._asking, self._inside = False, True
                if self._waiting:
                    self._call_next()
                else:
                    self._go_outside()


class Door:
    """The file by which processes stand in line; one thread of a process at a time calls these."""

    def __init__(self, path: str) -> None:
        self._file: int | None = None
        try:
            self._file = _open_beside(path)
        except OSError as error:
            self._do_without(path, error)
        self._path = path

    def __del__(self) -> None:
        if self._file is not None:
            os.close(self._file)

    def try_to_enter(self) -> bool:
        """Go in if no other process is inside or waiting."""
        if self._file is None:
            return True
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _NEXT)
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _NOW)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _NEXT)
        except (BlockingIOError, PermissionError):  # either may say that somebody else holds it
            return False
        except OSError as error:
            self._do_without(self._path, error)
        return True

    def enter(self) -> None:
        """Wait until this process is the next one, then until it may go in."""
        if self._file is None:
            return
        try:
            _wait(self._file, _NEXT)
            try:
                _wait(self._file, _NOW)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _NEXT)
        except OSError as error:
            self._do_without(self._path, error)

    def leave(self) -> None:
        """Let another process go in."""
        if self._file is not None:
            with suppress(OSError):
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _NOW)

    def _do_without(self, path: str, error: OSError) -> None:
        log.warning(
            "writers of other processes are not queued, they look again and again: %s%s: %s", path, SUFFIX, error
        )
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _wait(file: int, byte: int) -> None:
    """Lock a byte, however long that takes.

    The kernel takes a process for one that waits with all its threads: where two stand in the lines of two files and each is inside
    at the other's, it refuses one of them as a deadlock, which it is none.
    """
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX, 1, byte)
        except OSError as error:
            if error.errno != errno.EDEADLK:
                raise
            time.sleep(AGAIN)
        else:
            return


def _open_beside(path: str) -> int:
    """Open the file, or make it for whoever may write to the database, as SQLite makes its own files."""
    name, flags = f"{path}{SUFFIX}", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    with suppress(FileNotFoundError):
        return os.open(name, flags)
    try:
        made = os.open(name, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(name, flags)
    owner = os.stat(path)
    if os.geteuid() == 0:
        os.fchown(made, owner.st_uid, owner.st_gid)
    os.fchmod(made, stat.S_IMODE(owner.st_mode) & 0o666)
    return made


_lines: WeakValueDictionary[str, Line] = WeakValueDictionary()  # a line ends with the last connection that stands in it
_opening = threading.Lock()


def stand(path: str) -> Turn:
    """Return a new place in the line of a database file, which this process has one of."""
    with _opening:
        line = _lines.get(path)
        if line is None:
            line = _lines[path] = Line(path)
    return Turn(line)


def _begin_anew() -> None:
    """Forget every line in a child: it has none of its parent's locks, and none of its threads."""
    global _lines, _opening
    _lines, _opening = WeakValueDictionary(), threading.Lock()


os.register_at_fork(after_in_child=_begin_anew)
