"""Running the provider: our own HTTP server, made so that one slow peer stops nobody, and the loop that delivers the outbox.

`supervisor` keeps the processes; in each `worker` a loop reads whole requests (`connection`, `reading`) within `limits`, and `threads`
answer them (`answering`). `courier` delivers. Access logs there are none: request lines carry links' secrets.
"""

from flask import Flask

from idp import keys
from idp.base import logs, memory, schema
from idp.serving import courier
from idp.serving.courier import deliver_once, keep_up
from idp.serving.supervisor import serve

__all__ = ["deliver_once", "keep_up", "prepare", "serve", "work"]


def prepare(app: Flask) -> None:
    """Bring the database to head and make the first keys."""
    schema.upgrade(app)
    with app.app_context():
        keys.ensure()
    logs.set_up(app.extensions["idp.settings"].log_format)


def work(app: Flask) -> None:
    """Deliver the outbox, and look after keys and what has expired, until SIGTERM or SIGINT."""
    memory.keep_one_heap()
    courier.work(app)
