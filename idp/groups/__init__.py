"""Groups of people, one inside another, with members and owners; and which clients let in the members of some groups alone.

A member of a group is a member of every group above it. This room knows accounts and clients, and nothing of pages or tokens.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Let go of what a client asked of groups, with the client."""
    from idp.clients import service as clients
    from idp.groups import access, assertion_rules

    clients.removed.connect(access.forget_client)
    clients.removed.connect(assertion_rules.forget_client)
