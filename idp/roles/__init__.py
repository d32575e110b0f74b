"""Roles: what applications are told that a person may do, given to people and to groups. Nothing here opens a page of this server.

A role belongs to the whole server, and every client may be told of it, or to one client. Whether somebody administers this server is
no such role: see `accounts.roles`.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Let go of a client's roles with the client."""
    from idp.clients import service as clients
    from idp.roles import service

    clients.removed.connect(service.forget_client)
