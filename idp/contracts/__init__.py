"""The older JSON interfaces, as thin adapters: parse, call the service that the pages call too, render.

One file (or folder) for each caller, and the `kit` that they share. No rule about people, codes or tokens lives here, and no word of
theirs is used anywhere else.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every interface, and refuse to boot where two routes collide."""
    from idp.contracts import bearer, cookies, directory, kit, openapi, provider

    kit.init_app(app)
    for module in (bearer, provider, cookies, directory, openapi):
        app.register_blueprint(module.bp)
    kit.refuse_collisions(app)
