"""What the application carries: settings, the vault, rate limits, translations. Services reach them here, without Flask."""

from typing import Any, cast

from flask import Flask, current_app, request
from flask_babel import Babel, get_locale
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_mail import Mail
from flask_wtf.csrf import CSRFProtect

from idp.base.addresses import block_of
from idp.base.crypto import Vault
from idp.base.generation import Generation
from idp.config import Settings

LANGUAGES = ["en"]
REDIS_TIMEOUT = 0.5  # seconds for which a request waits for the counters of request limits
USUAL_THREADS = 16  # of a worker, where the settings leave it open

babel = Babel()
csrf = CSRFProtect()
limiter = Limiter(lambda: block_of(request.remote_addr or ""), headers_enabled=False)
mail = Mail()


class _LoginManager(LoginManager):
    """Flask-Login as an adapter over our session rows: no remember cookie, so no hook on every response."""

    def init_app(self, app: Flask, add_context_processor: bool = True) -> None:
        """Take the place where Flask-Login looks for its manager, and nothing else."""
        app.login_manager = self  # type: ignore[attr-defined] # where Flask-Login looks for it

    def _session_protection_failed(self) -> bool:
        """Say no: sessions are rows, and a changed address is no reason to end one."""
        return False


login_manager = _LoginManager()
login_manager._session_identifier_generator = lambda: (
    None
)  # a digest of the address in the cookie, which nobody compares


def settings() -> Settings:
    """Return the running server's settings."""
    return cast(Settings, current_app.extensions["idp.settings"])


def vault() -> Vault:
    """Return the keys derived from the server's secret."""
    return cast(Vault, current_app.extensions["idp.vault"])


def generation(name: str) -> Generation:
    """Return the shared change counter `name` ("clients", "keys")."""
    return cast(Generation, current_app.extensions["idp.generations"][name])


def init_app(app: Flask, values: Settings) -> None:
    """Create what the application carries."""
    secret = values.load_secret()
    app.extensions["idp.settings"] = values
    app.extensions["idp.vault"] = Vault(secret)
    app.extensions["idp.generations"] = {
        name: Generation(values.data_dir / f".{name}-changed", values.redis_url) for name in ("clients", "keys")
    }
    app.config.update(
        SECRET_KEY=app.extensions["idp.vault"].derive("flask").hex(),
        WTF_CSRF_TIME_LIMIT=None,  # a form's token ends with the session that it belongs to
        WTF_CSRF_CHECK_DEFAULT=True,
        WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_ENABLED=values.ratelimit_enabled,
        RATELIMIT_STORAGE_URI=values.redis_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS=_redis_terms() if values.redis_url else {},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(values.redis_url),
        MAIL_SERVER=values.mail_server or "localhost",
        MAIL_PORT=values.mail_port,
        MAIL_USERNAME=values.mail_username,
        MAIL_PASSWORD=values.mail_password.get_secret_value() if values.mail_password else None,
        MAIL_USE_TLS=values.mail_use_tls,
        MAIL_USE_SSL=values.mail_use_ssl,
        MAIL_DEFAULT_SENDER=values.mail_default_sender,
        BABEL_DEFAULT_LOCALE="en",
    )
    babel.init_app(app, locale_selector=language)
    csrf.init_app(app)
    limiter.init_app(app)
    # Limits there are of single routes alone, whose views look at them: before every other request there is nothing to look at.
    before = app.before_request_funcs[None]
    before[:] = [look for look in before if look != limiter._check_request_limit]
    login_manager.init_app(app)
    mail.init_app(app)
    app.context_processor(lambda: {"locale": str(get_locale() or "en").replace("_", "-")})


def _redis_terms() -> dict[str, Any]:
    from idp.base import redis  # loaded where there is one

    return redis.terms(REDIS_TIMEOUT)


def language() -> str:
    """Return the language of this request's pages, by the browser's `Accept-Language`.

    A relying party's `ui_locales` changes nothing (OpenID Connect Core, section 3.1.2.1).
    """
    return (request.accept_languages.best_match(LANGUAGES) if request else None) or LANGUAGES[0]
