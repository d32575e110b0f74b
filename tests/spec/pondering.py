"""A client's host that takes its time, while others go on."""

import time
from collections.abc import Callable
from threading import Thread
from typing import TypeVar

from tests.base.fetch.host import Host, answer
from tests.factories import Provider

Result = TypeVar("Result")


def while_others_write(provider: Provider, host: Host, body: bytes, action: Callable[[], Result]) -> Result:
    """Return what `action` does with a body for which the host ponders; somebody signs up meanwhile, and waits for nobody."""
    asked, may_answer = host.ponder(answer(body))
    done: list[Result] = []
    waiting = Thread(target=lambda: done.append(action()))
    waiting.start()
    assert asked.wait(10)
    began = time.monotonic()
    provider.person("meanwhile@example.org")
    assert time.monotonic() - began < 8  # the host would have answered after ten seconds
    may_answer.set()
    waiting.join(10)
    return done[0]
