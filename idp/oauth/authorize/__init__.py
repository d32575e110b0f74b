"""The authorization endpoint and the consent page, in four steps that never skip one another.

`reading` makes a checked request of the parameters, `deciding` says what is next for it, `endpoint` and `consent` do that, and `answering`
sends the answer in the response mode. A request with a bad client or redirect URI gets an error page and is never redirected (RFC 9700,
section 4.11); any other error goes to the client, with `state` and `iss` (RFC 9207).
"""

from flask import Flask

from idp.base.door import frame as door
from idp.oauth.authorize import consent, endpoint, no_access, shortcut
from idp.oauth.authorize.pages import bp

__all__ = ["bp", "consent", "endpoint", "init_app", "no_access"]


def init_app(app: Flask) -> None:
    """Answer authorization requests, those that need no page in front of Flask."""
    app.register_blueprint(bp)
    door.add_shortcut(app, shortcut.PATH, shortcut.answer)
