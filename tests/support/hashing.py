"""Threads that hash, kept from it: what a server does while more passwords come than it can hash."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from flask import Flask

from idp.accounts import hashing, passwords


@contextmanager
def no_free_thread(app: Flask) -> Iterator[None]:
    """Keep every thread that hashes for an application busy during a block, in which nobody waits for one longer than a moment."""
    count = app.extensions["idp.settings"].processors
    begun, may_end = threading.Semaphore(0), threading.Event()

    def work() -> None:
        begun.release()
        may_end.wait(30)

    holders = [
        threading.Thread(target=hashing.run, args=(work,), kwargs={"threads": count, "patience": 30})
        for _ in range(count)
    ]
    for holder in holders:
        holder.start()
    try:
        for _ in holders:
            assert begun.acquire(timeout=30)
        with patch.object(passwords, "LONGEST_QUEUE", 0.001):
            yield
    finally:
        may_end.set()
        for holder in holders:
            holder.join()
