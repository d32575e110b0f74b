"""Puts the authorization server together. Authlib's loggers stay above DEBUG, where it would write tokens."""

import logging

from idp.oauth import grants, token_endpoints
from idp.oauth.server import Server


def build() -> Server:
    """Return the server with its grants and endpoints: one line each."""
    logging.getLogger("authlib").setLevel(logging.INFO)
    server = Server()
    server.register_grant(grants.AuthorizationCodeGrant)
    server.register_grant(grants.RefreshTokenGrant)
    server.register_grant(grants.ClientCredentialsGrant)
    server.register_endpoint(token_endpoints.RevocationEndpoint)
    server.register_endpoint(token_endpoints.IntrospectionEndpoint)
    return server
