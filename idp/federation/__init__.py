"""Upstream sign-in: Google, GitHub and 42 by settings, and any others that administrators set up, with Authlib's client.

`service` is the whole of it for who signs in; `providers` knows all of them; `catalogue` changes the rows; `views` are the pages behind
the buttons of the sign-in page.
"""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the pages and the buttons, and let go of identities with the other credentials of an account.

    Raises:
        SettingsError: a provider's address is neither https nor on loopback.
    """
    from idp.accounts import email_change, homes
    from idp.config import SettingsError
    from idp.federation import built, known, linking, providers, service, views
    from idp.issuers import owners
    from idp.signin import buttons

    bad = built.find_bad_url(app.extensions["idp.settings"])
    if bad is not None:
        name = f"IDP_{bad.upper()}".replace("IDP_F42_", "IDP_42_")
        raise SettingsError(f"{name}: must be https unless its host is loopback")
    email_change.undone.connect(linking.discard, weak=False)
    owners.register(app, owners.Finders(linking.find_account, lambda key: providers.find(key) is not None))
    homes.register(service.find_home, known.has_homes)
    buttons.register(views.offer, views.lead)
    app.register_blueprint(views.bp)
    with app.app_context():
        # Who has none needs no HTTP client; whoever has some shares it among the workers. Rows are asked for when there is a database.
        if any(provider.is_configured for provider in built.TABLE):
            import idp.federation.exchange  # noqa: F401 - to have it loaded before they are forked
