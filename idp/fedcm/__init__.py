"""Sign-in by the browser itself (W3C Federated Credential Management): a dialog of the browser instead of redirects.

The browser reads what is `published`, shows the person's account (`accounts`), and asks for an ID token (`assertion`); what it sends is
read by `reading`, and `origin` says which client's page it comes from. It comes with a cookie of its own (`cookie`), which opens nothing
else. While no client is switched to it (`switch`) every address is 404, and no cookie and no header is sent.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Answer browsers, tell them who signs in and out, and end the requests that came from them."""
    from idp.fedcm import cookie, endpoints, pages
    from idp.oauth.authorize import elsewhere
    from idp.oauth.parameters import FOR_BROWSER
    from idp.signin import login

    app.register_blueprint(endpoints.bp)
    app.register_blueprint(pages.bp)
    elsewhere.register(FOR_BROWSER, elsewhere.Way(pages.hand_over, pages.close))
    login.entered.connect(cookie.note_entered)
    login.left.connect(cookie.note_left)
