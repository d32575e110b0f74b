"""The authorization server and OpenID Provider: authorize, token, userinfo, discovery, revocation, introspection, logout."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Build the authorization server and register the endpoints; each wing is one line."""
    from idp.oauth import authorize, endpoints, logout, server
    from idp.signin import asker

    app.extensions["idp.authorization_server"] = server.build()
    asker.register(authorize.find_asker)
    for module in (authorize, endpoints, logout):
        app.register_blueprint(module.bp)
