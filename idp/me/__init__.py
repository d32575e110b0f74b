"""A person's own pages under /account: profile, password, activity. The rules live in the rooms below; this one shows and asks."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages."""
    from idp.me.views import bp

    app.register_blueprint(bp)
