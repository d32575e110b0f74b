"""A person's own pages under /account: profile, e-mail address, password, second factors, sessions, apps, activity, data.

The rules live in the rooms below; this one shows and asks.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages."""
    from idp.me import (
        client_views,
        data_views,
        email_views,
        group_views,
        passkey_views,
        recovery_views,
        security_views,
        session_views,
        upstream_views,
        username_views,
        views,
    )

    sign_in = (security_views, passkey_views, recovery_views, upstream_views)
    for module in (views, username_views, email_views, *sign_in, session_views, group_views, client_views, data_views):
        app.register_blueprint(module.bp)
