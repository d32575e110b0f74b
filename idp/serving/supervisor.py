"""The main process of `idp serve`: it listens, keeps the workers and the courier running, and ends them in order.

All of them are forked from a process that has made the application, so that they begin at once and share its memory. That needs a process
with one thread and without an open database: a child would inherit SQLite's notes of who holds which lock.
"""

import gc
import logging
import os
import resource
import signal
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from idp.base import memory
from idp.base.door.frame import peek_of
from idp.config import Settings, listening
from idp.serving import ahead, courier, limits
from idp.serving.answering import Application
from idp.serving.worker import Worker

Make = Callable[[], Application]

BACKLOG = 1024
# Of TLS 1.2 (RFC 9325, section 4.2): forward secrecy and authenticated encryption alone. TLS 1.3 has nothing else.
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
LOOK_EVERY = 0.2  # seconds
REVIVED_AFTER, LONGEST_PAUSE = (
    1.0,
    30.0,
)  # seconds from one birth to the next, of what dies young: twice as many each time
STEADY = 60.0  # seconds of life after which an end is no sign of another one
PATIENCE = 5.0  # seconds beyond `limits.FAREWELL` before a worker is killed

ENDING = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


def serve(app: Flask, make: Make | None = None) -> None:
    """Serve an application, or what `make` makes of it in each worker, until SIGTERM or SIGINT; requests in flight are finished."""
    values: Settings = app.extensions["idp.settings"]
    app.extensions["idp.dispose"]()
    ahead.load(app)
    memory.keep_one_heap()
    # What is there by now the children share until somebody writes to it, as the collector of garbage does to all that it looks at.
    gc.collect()
    gc.freeze()
    _raise_file_limit()
    context = _tls(values)
    listener = _listen(values)
    scheme, host, port = (
        "http" if context is None else "https",
        values.bind.rpartition(":")[0],
        listener.getsockname()[1],
    )
    log.info("listening on %s://%s:%d", scheme, host, port)
    Supervisor(app, listener, context, make or (lambda: app)).run()


class Pause:
    """How long one waits before something that has ended is started again, so that what dies at once is not started without end."""

    def __init__(self) -> None:
        self._seconds = REVIVED_AFTER / 2

    def until(self, born: float, now: float) -> float:
        """Return when, on the clock of the two times."""
        self._seconds = REVIVED_AFTER if now - born > STEADY else min(self._seconds * 2, LONGEST_PAUSE)
        return max(now, born + self._seconds)


@dataclass
class Role:
    """What some of the children do: how many of them, for how long they may take to end, and when another one is started."""

    name: str  # as the log and, on Linux, the list of processes have it
    work: Callable[[], None]
    due: list[float]
    patience: float  # seconds from the word to end until one is killed
    pause: Pause = field(default_factory=Pause)
    born: dict[int, float] = field(default_factory=dict)  # by process number

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to every child that has this role."""
        for child in self.born:
            with suppress(ProcessLookupError):
                os.kill(child, number)


class Supervisor:
    """The processes of one server: workers, and the courier. All are forked from this one."""

    def __init__(self, app: Flask, listener: socket.socket, context: ssl.SSLContext | None, make: Make) -> None:
        self._values: Settings = app.extensions["idp.settings"]
        self._app, self._listener, self._context, self._make = app, listener, context, make
        self._process = os.getpid()
        self._stopping: list[int] = []
        now = time.monotonic()
        self._roles = (
            Role("worker", self._answer, [now] * self._values.processes, limits.FAREWELL + PATIENCE),
            Role("courier", self._deliver, [now], limits.FAREWELL + PATIENCE + courier.LONGEST_END),
        )

    def run(self) -> None:
        """Keep everything running until a signal, then end it."""
        for number in ENDING:
            signal.signal(number, lambda received, _frame: self._stopping.append(received))
        try:
            while not self._stopping:
                for role in self._roles:
                    self._look_after(role)
                time.sleep(LOOK_EVERY)
        finally:
            self._end()

    def _look_after(self, role: Role) -> None:
        now = time.monotonic()
        for child in [child for child in role.born if _has_ended(child)]:
            due = role.pause.until(role.born.pop(child), now)
            role.due.append(due)
            log.error("%s %d has ended unexpectedly; another one is started in %.0f s", role.name, child, due - now)
        ready = [due for due in role.due if due <= now]
        role.due = [due for due in role.due if due > now]
        for _ in ready:
            try:
                self._fork(role)
            except OSError as problem:  # no process is left, or no memory: later, perhaps
                log.error("no %s can be started: %s", role.name, problem.strerror)  # noqa: TRY400 - its place in the code says nothing
                role.due.append(now + REVIVED_AFTER)

    def _fork(self, role: Role) -> None:
        # Held back until the child has its own handlers: those of the parent would swallow a signal there.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            child = os.fork()
            if child:
                role.born[child] = time.monotonic()
                return
            for number in ENDING:
                signal.signal(number, signal.SIG_DFL)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        status = 1
        try:
            _call_this_process(f"idp {role.name}")
            role.work()
            status = 0
        except BaseException:
            log.exception("a %s has failed", role.name)
        finally:
            logging.shutdown()
            os._exit(status)  # what the parent has to do at its end is not for a child

    def _answer(self) -> None:
        app = self._make()
        worker = Worker(app, self._listener, self._context, self._values.seats, parent=self._process, peek=peek_of(app))
        for number in ENDING:
            worker.loop.add_signal_handler(number, worker.end)
        worker.run()
        if isinstance(app, Flask):
            app.extensions["idp.dispose"]()

    def _deliver(self) -> None:
        self._listener.close()  # whoever waits at the door is not for this one
        courier.work(self._app, self._process)

    def _end(self) -> None:
        self._listener.close()
        began = time.monotonic()
        for role in self._roles:
            role.signal(signal.SIGTERM)
        while any(role.born for role in self._roles):
            for role in self._roles:
                role.born = {child: born for child, born in role.born.items() if not _has_ended(child)}
                if time.monotonic() > began + role.patience:
                    role.signal(signal.SIGKILL)
            time.sleep(0.02)


def _call_this_process(name: str) -> None:
    """Let the system's list of processes tell this one from its parent; Linux alone has a place for that."""
    with suppress(OSError):
        Path("/proc/self/comm").write_text(name)


def _has_ended(child: int) -> bool:
    try:
        return os.waitpid(child, os.WNOHANG)[0] == child
    except ChildProcessError:
        return True


def _listen(values: Settings) -> socket.socket:
    address = listening.address(values)
    listener = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as problem:
        listener.close()
        raise SystemExit(f"Error: IDP_BIND: cannot listen on {values.bind}: {problem.strerror}") from None
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener


def _tls(values: Settings) -> ssl.SSLContext | None:
    if values.tls_cert_file is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(values.tls_cert_file, values.tls_key_file)
    return context


def _raise_file_limit() -> None:
    """Allow this process and its children as many open files as the system lets them have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
