"""Delegation: tokens that clients get for tokens of somebody else (RFC 8693), by rules of administrators (`clients.exchanges`)."""

from flask import Flask

from idp.clients import exchanges
from idp.clients import service as clients
from idp.oauth.delegation.exchange import TokenExchangeGrant
from idp.oauth.server import Server


def init_app(app: Flask) -> None:
    """Take token exchange requests."""
    server: Server = app.extensions["idp.authorization_server"]
    server.register_grant(TokenExchangeGrant)
    clients.removed.connect(exchanges.forget_client)
