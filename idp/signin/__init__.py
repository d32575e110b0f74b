"""Getting in: every page by which a person arrives at a session (sign-in, sign-up, verification, reset, sign-out)."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages."""
    from idp.signin import reset_views, signup_views, views

    for module in (views, signup_views, reset_views):
        app.register_blueprint(module.bp)
