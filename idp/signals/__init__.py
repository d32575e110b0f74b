"""News for applications: OpenID Shared Signals (SSF 1.0, CAEP 1.0, RISC 1.0), of which this server is a transmitter.

`news` says what an event of the audit log means to receivers, `collecting` queues it for those streams whose client may hear of the person
(`audience`), `pushing` and `polling` bring it there as security event tokens (`sets`). Receivers make and change their `streams` at
`endpoints`. A request that nobody wants to hear of costs nothing: everything is found in the log afterwards.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Answer receivers, say how news are pushed, and hear of erasures and of clients that are deleted."""
    from idp import outbox
    from idp.accounts import erasure
    from idp.clients import service as clients
    from idp.signals import collecting, endpoints, pushing, queue, streams

    endpoints.init_app(app)
    outbox.register(queue.KIND, pushing.send, lane=outbox.WEB)
    erasure.erased.connect(collecting.note_erased)
    clients.removed.connect(streams.forget_client)
    clients.moved.connect(streams.forget_subjects)
