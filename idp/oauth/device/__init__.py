"""Devices without a browser or a keyboard (RFC 8628): they show a code, a person types it elsewhere and signs in there.

A typed code makes an authorization request that waits like any other (`waiting`), so that all that is demanded of sign-ins holds for it;
what is different stands in `answering`. `requests` keeps what devices ask for, `redeeming` claims what came of it, once.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Answer devices, and the people who sign in for them."""
    from idp.base.door import frame as door
    from idp.base.door.frame import Address
    from idp.oauth import cors, discovery
    from idp.oauth.authorize import elsewhere
    from idp.oauth.device import answering, endpoint, views
    from idp.oauth.device.grant import DeviceCodeGrant
    from idp.oauth.parameters import DEVICE

    app.register_blueprint(views.bp)
    app.extensions["idp.authorization_server"].register_grant(DeviceCodeGrant)
    elsewhere.register(DEVICE, answering.WAY)
    door.add(app, Address(endpoint.PATH, {"POST": endpoint.authorize}, cors.share_with_public_clients))
    discovery.add(app, endpoint.members)
