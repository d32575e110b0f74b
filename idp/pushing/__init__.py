"""People and groups brought to applications by SCIM (RFC 7643, 7644): this server is their directory.

`targets` says to which; `marking` finds out whom a change concerns, from the audit log; `carrying` brings each as they are by then,
`remote` speaks with the application, and `describing` says what it is told. Whom an application is told of, `audience` says. Nothing here
waits in a request.
"""

from flask import Flask


def init_app(_app: Flask) -> None:
    """Hear of erasures, and of clients that are deleted."""
    from idp.accounts import erasure
    from idp.clients import service as clients
    from idp.pushing import marking, targets

    erasure.erased.connect(marking.note_erased)
    clients.removed.connect(targets.forget_client)
