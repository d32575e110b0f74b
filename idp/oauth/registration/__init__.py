"""Dynamic client registration (RFC 7591, OpenID Connect Registration) and its management (RFC 7592), unless `IDP_REGISTRATION` is off.

`reading` makes metadata of what was sent, `answering` writes the answers, `endpoint` has the routes. What a client may be is decided by
`clients.metadata`, as at every other door.
"""

from typing import Any

from flask import Flask

from idp.base.extensions import settings


def init_app(app: Flask) -> None:
    """Register the endpoints, and name them in the provider's metadata."""
    from idp.base.http import register_shape
    from idp.oauth import discovery
    from idp.oauth.registration import answering, endpoint

    if app.extensions["idp.settings"].registration == "off":
        return
    app.register_blueprint(endpoint.bp)
    register_shape(app, answering.shape)
    discovery.add(app, _members)


def _members() -> dict[str, Any]:
    return {"registration_endpoint": f"{settings().issuer}/oauth/register"}
