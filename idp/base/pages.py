"""What pages stand on: tokens against forgery, request limits, and who is signed in. A command that draws none loads none of it."""

from typing import Any

from flask import Flask, request
from flask_babel import get_locale
from flask_limiter import Limiter
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from limits.strategies import FixedWindowRateLimiter

from idp.base.addresses import block_of
from idp.base.counters import InProcess
from idp.base.extensions import settings

REDIS_TIMEOUT = 0.5  # seconds for which a request waits for the counters of request limits

csrf = CSRFProtect()
limiter = Limiter(lambda: block_of(request.remote_addr or ""), headers_enabled=False, strategy="fixed-window")


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


def init_app(app: Flask) -> None:
    """Create what pages stand on."""
    redis_url = settings().redis_url
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,  # a form's token ends with the session that it belongs to
        WTF_CSRF_CHECK_DEFAULT=True,
        WTF_CSRF_SSL_STRICT=False,
        RATELIMIT_ENABLED=settings().ratelimit_enabled,
        RATELIMIT_STORAGE_URI=redis_url or f"{InProcess.STORAGE_SCHEME[0]}://",
        RATELIMIT_STORAGE_OPTIONS=_redis_terms() if redis_url else {},
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(redis_url),
    )
    csrf.init_app(app)
    limiter.init_app(app)
    if redis_url:
        # For when Redis is away: the extension takes a storage that starts threads, and has no setting for another one.
        meanwhile: Any = InProcess()
        limiter._fallback_storage, limiter._fallback_limiter = meanwhile, FixedWindowRateLimiter(meanwhile)
    # Limits there are of single routes alone, whose views look at them: before every other request there is nothing to look at.
    before = app.before_request_funcs[None]
    before[:] = [look for look in before if look != limiter._check_request_limit]
    login_manager.init_app(app)
    app.context_processor(lambda: {"locale": str(get_locale() or "en").replace("_", "-")})


def _redis_terms() -> dict[str, Any]:
    from idp.base import redis  # loaded where there is one

    return redis.terms(REDIS_TIMEOUT)
