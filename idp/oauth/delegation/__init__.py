"""Delegation: what clients get for tokens that they were given (RFC 8693), by rules of administrators.

Other tokens of this server (`clients.exchanges`), or identity assertions for other authorization servers (`groups.assertion_rules`).
"""

from flask import Flask

from idp.clients import exchanges
from idp.clients import service as clients
from idp.oauth import discovery
from idp.oauth.delegation.assertion import ID_JAG, IdentityAssertionGrant
from idp.oauth.delegation.exchange import TokenExchangeGrant
from idp.oauth.server import Server


def init_app(app: Flask) -> None:
    """Take token exchange requests."""
    server: Server = app.extensions["idp.authorization_server"]
    for grant in (IdentityAssertionGrant, TokenExchangeGrant):  # the first that says a request is its own
        server.register_grant(grant)
    clients.removed.connect(exchanges.forget_client)
    # draft-ietf-oauth-identity-assertion-authz-grant, section 6.1
    discovery.add(app, lambda: {"identity_chaining_requested_token_types_supported": [ID_JAG]})
