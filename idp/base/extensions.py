"""What every process carries: settings, the vault, change counters, translations. Services reach them here, without Flask.

What pages need beside it is in `base.pages`.
"""

from typing import cast

from flask import Flask, current_app, request
from flask_babel import Babel

from idp.base.crypto import Vault
from idp.base.generation import Generation
from idp.config import Settings

LANGUAGES = ["en"]

babel = Babel()


def settings() -> Settings:
    """Return the running server's settings."""
    return cast(Settings, current_app.extensions["idp.settings"])


def vault() -> Vault:
    """Return the keys derived from the server's secret."""
    return cast(Vault, current_app.extensions["idp.vault"])


RECALLED = "idp.recalled"  # what `base.recalled` keeps


def generation(name: str) -> Generation:
    """Return the shared change counter `name` ("attributes", "clients", "details", "issuers", "keys", "policies", "providers", "resources",
    "scopes")."""
    return cast(Generation, current_app.extensions["idp.generations"][name])


def init_app(app: Flask, values: Settings) -> None:
    """Create what the application carries."""
    secret = values.load_secret()
    app.extensions["idp.settings"] = values
    app.extensions["idp.vault"] = Vault(secret)
    app.extensions[RECALLED] = {}
    app.extensions["idp.generations"] = {
        name: Generation(values.data_dir / f".{name}-changed", values.redis_url)
        for name in (
            "attributes",
            "clients",
            "details",
            "issuers",
            "keys",
            "policies",
            "providers",
            "resources",
            "scopes",
        )
    }
    app.config.update(SECRET_KEY=app.extensions["idp.vault"].derive("flask").hex(), BABEL_DEFAULT_LOCALE="en")
    babel.init_app(app, locale_selector=language)


def language() -> str:
    """Return the language of this request's pages, by the browser's `Accept-Language`.

    A relying party's `ui_locales` changes nothing (OpenID Connect Core, section 3.1.2.1).
    """
    return (request.accept_languages.best_match(LANGUAGES) if request else None) or LANGUAGES[0]
