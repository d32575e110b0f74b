"""The authorization server and OpenID Provider: authorize, token, userinfo, discovery, revocation, introspection, logout."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Build the authorization server and register the endpoints; each wing is one line."""
    from idp.accounts import claiming, email_change
    from idp.clients import service as clients
    from idp.oauth import (
        asking,
        assembly,
        assertions,
        authorize,
        backchannel,
        client_documents,
        consents,
        endpoints,
        legacy,
        logout,
        registration,
        request_objects,
    )
    from idp.signin import asker

    app.extensions["idp.authorization_server"] = assembly.build()
    asker.register(asking.find_asker)
    clients.removed.connect(consents.forget_client)
    clients.moved.connect(consents.forget_grants)
    claiming.register(consents.was_any_let_in)
    email_change.undone.connect(consents.forget_since)
    app.register_blueprint(logout.bp)
    for wing in (
        authorize,
        endpoints,
        assertions,
        backchannel,
        client_documents,
        registration,
        request_objects,
    ):
        wing.init_app(app)
    if app.extensions["idp.settings"].legacy_response_types:
        legacy.init_app(app)
