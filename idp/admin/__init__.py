"""The administrators' pages at /admin: clients, providers, people, policy, audit log, mail queue and keys.

Every page asks for administrator rights and a sign-in of the last ten minutes. The rules live in the rooms below; this one
shows and asks, and decides nothing by itself.
"""

from flask import Flask

from idp.base import paging as paging


def init_app(app: Flask) -> None:
    """Register the pages."""
    from idp.admin import views

    app.register_blueprint(views.bp)
