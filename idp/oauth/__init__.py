"""The authorization server and OpenID Provider: authorize, token, userinfo, discovery, revocation, introspection, logout."""

from typing import Any

from flask import Flask


def init_app(app: Flask) -> None:
    """Build the authorization server and register the endpoints; each wing is one line of `_list_wings`."""
    from idp.accounts import claiming, email_change
    from idp.clients import service as clients
    from idp.oauth import asking, assembly, consents, legacy
    from idp.signin import asker

    app.extensions["idp.authorization_server"] = assembly.build()
    asker.register(asking.find_asker, asking.refuse)
    clients.removed.connect(consents.forget_client)
    clients.moved.connect(consents.forget_grants)
    claiming.register(consents.was_any_let_in)
    email_change.undone.connect(consents.forget_since)
    for wing in _list_wings():
        wing.init_app(app)
    if app.extensions["idp.settings"].legacy_response_types:
        legacy.init_app(app)


def _list_wings() -> list[Any]:
    """Return what makes up the protocol: modules with `init_app`, which nothing else names."""
    from idp.oauth import (
        assertions,
        authorize,
        backchannel,
        client_documents,
        delegation,
        device,
        endpoints,
        jwt_bearer,
        logout,
        other_issuers,
        pushed,
        registration,
        request_objects,
        rich_requests,
    )
    from idp.oauth.constraint import dpop, mutual_tls

    return [
        authorize,
        endpoints,
        assertions,
        backchannel,
        delegation,
        client_documents,
        device,
        dpop,
        jwt_bearer,
        logout,
        mutual_tls,
        other_issuers,
        pushed,
        registration,
        request_objects,
        rich_requests,
    ]
