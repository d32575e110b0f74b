"""The main process of `idp serve`: it listens, keeps the workers and an `idp worker` running, and ends them in order.

Workers are forked from a process that has made the application, so that they begin at once and share its memory. That needs a process with
one thread and without an open database: a child would inherit SQLite's notes of who holds which lock.
"""

import gc
import logging
import os
import resource
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from flask import Flask

from idp.base.door.frame import peek_of
from idp.base.extensions import USUAL_THREADS
from idp.config import Settings, listening
from idp.serving import limits
from idp.serving.answering import Application
from idp.serving.worker import Worker

Make = Callable[[], Application]

BACKLOG = 1024
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
    # What is there by now the workers share until somebody writes to it, as the collector of garbage does to all that it looks at.
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
    Supervisor(values, listener, context, make or (lambda: app)).run()


class Pause:
    """How long one waits before something that has ended is started again, so that what dies at once is not started without end."""

    def __init__(self) -> None:
        self._seconds = REVIVED_AFTER / 2

    def until(self, born: float, now: float) -> float:
        """Return when, on the clock of the two times."""
        self._seconds = REVIVED_AFTER if now - born > STEADY else min(self._seconds * 2, LONGEST_PAUSE)
        return max(now, born + self._seconds)


class Supervisor:
    """The processes of one server."""

    def __init__(self, values: Settings, listener: socket.socket, context: ssl.SSLContext | None, make: Make) -> None:
        self._values, self._listener, self._context, self._make = values, listener, context, make
        self._process = os.getpid()
        self._workers: dict[int, float] = {}  # process number and birth
        self._due: list[float] = []  # when workers are started
        self._worker_pause, self._courier_pause = Pause(), Pause()
        self._courier: subprocess.Popen[bytes] | None = None
        self._courier_born = self._courier_due = 0.0
        self._stopping: list[int] = []

    def run(self) -> None:
        """Keep everything running until a signal, then end it."""
        for number in ENDING:
            signal.signal(number, lambda received, _frame: self._stopping.append(received))
        self._due = [time.monotonic()] * self._values.processes
        try:
            while not self._stopping:
                self._look_after_workers()
                self._look_after_courier()
                time.sleep(LOOK_EVERY)
        finally:
            self._end()

    def _fork(self) -> None:
        # Held back until the child has its own handlers: those of the parent would swallow a signal there.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            child = os.fork()
            if child:
                self._workers[child] = time.monotonic()
                return
            for number in ENDING:
                signal.signal(number, signal.SIG_DFL)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
        status = 1
        try:
            self._work()
            status = 0
        except BaseException:
            log.exception("a worker has failed")
        finally:
            logging.shutdown()
            os._exit(status)  # what the parent has to do at its end is not for a child

    def _work(self) -> None:
        app = self._make()
        threads = self._values.threads or USUAL_THREADS
        worker = Worker(app, self._listener, self._context, threads, parent=self._process, peek=peek_of(app))
        for number in ENDING:
            worker.loop.add_signal_handler(number, worker.end)
        worker.run()
        if isinstance(app, Flask):
            app.extensions["idp.dispose"]()

    def _look_after_workers(self) -> None:
        now = time.monotonic()
        for child in [child for child in self._workers if _has_ended(child)]:
            due = self._worker_pause.until(self._workers.pop(child), now)
            self._due.append(due)
            log.error("worker %d has ended unexpectedly; another one is started in %.0f s", child, due - now)
        ready = [due for due in self._due if due <= now]
        self._due = [due for due in self._due if due > now]
        for _ in ready:
            try:
                self._fork()
            except OSError as problem:  # no process is left, or no memory: later, perhaps
                log.error("no worker can be started: %s", problem.strerror)  # noqa: TRY400 - its place in the code says nothing
                self._due.append(now + REVIVED_AFTER)

    def _look_after_courier(self) -> None:
        now = time.monotonic()
        if self._courier is not None:
            if self._courier.poll() is None:
                return
            log.error("the worker that delivers has ended unexpectedly")
            self._courier, self._courier_due = None, self._courier_pause.until(self._courier_born, now)
        if now >= self._courier_due:
            command = [sys.executable, "-m", "idp", "worker", "--parent", str(self._process)]
            try:
                self._courier = subprocess.Popen(command)  # noqa: S603 - this very program
            except OSError as problem:  # as above
                log.error("the worker that delivers cannot be started: %s", problem.strerror)  # noqa: TRY400 - as above
                self._courier_due = now + REVIVED_AFTER
            self._courier_born = now

    def _end(self) -> None:
        self._listener.close()
        self._signal(signal.SIGTERM)
        if self._courier is not None:
            self._courier.terminate()
        until = time.monotonic() + limits.FAREWELL + PATIENCE
        while self._workers and time.monotonic() < until:
            self._workers = {child: born for child, born in self._workers.items() if not _has_ended(child)}
            time.sleep(0.02)
        self._signal(signal.SIGKILL)
        for child in self._workers:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)
        if self._courier is not None:
            try:
                self._courier.wait(30)
            except subprocess.TimeoutExpired:
                self._courier.kill()

    def _signal(self, number: signal.Signals) -> None:
        for child in self._workers:
            with suppress(ProcessLookupError):
                os.kill(child, number)


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
