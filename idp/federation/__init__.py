"""Upstream sign-in: Google (OpenID Connect), GitHub and 42 (OAuth 2), with Authlib's client.

`service` is the whole of it for callers; `providers` is the table; `views` are the pages behind the buttons of the sign-in page.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages and the buttons, and let go of identities with the other credentials of an account.

    Raises:
        SettingsError: a provider's address is neither https nor on loopback.
    """
    from idp.accounts import email_change
    from idp.config import SettingsError
    from idp.federation import linking, providers, views
    from idp.signin import buttons

    bad = providers.find_bad_url(app.extensions["idp.settings"])
    if bad is not None:
        name = f"IDP_{bad.upper()}".replace("IDP_F42_", "IDP_42_")
        raise SettingsError(f"{name}: must be https unless its host is loopback")
    email_change.undone.connect(linking.discard, weak=False)
    buttons.register(views.offer)
    app.register_blueprint(views.bp)
    with app.app_context():
        # Who has none needs no HTTP client; whoever has some shares it among the workers.
        if providers.list_configured():
            import idp.federation.exchange  # noqa: F401 - to have it loaded before they are forked
