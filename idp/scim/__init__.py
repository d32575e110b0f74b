"""Provisioning by SCIM 2.0 (RFC 7643, RFC 7644) under /scim/v2: directories make, change, disable and erase people and groups.

`views` has the addresses, `people` and `teams` do what is asked, over the services that pages and commands call; `filters`, `attributes`
and `patching` read what directories send. Nothing here knows a person who is signed in.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Answer at the addresses of SCIM, and forget the names that a client gave with the client."""
    from idp.base.http import register_shape
    from idp.clients import service as clients
    from idp.scim import answering, naming, views
    from idp.scim.problem import Problem

    app.register_blueprint(views.bp)
    app.register_error_handler(Problem, answering.refuse)
    register_shape(app, answering.shape)
    clients.removed.connect(naming.forget_client)
