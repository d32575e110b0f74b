"""HTTP plumbing: one commit a request, security headers, error pages, and the stances that every POST route declares."""

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, cast

from flask import Flask, Response, abort, current_app, jsonify, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from limits import parse as parse_limit
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed, TooManyRequests
from werkzeug.routing import RequestRedirect

from idp.base import addresses, bounds, caller, cookies, database, leaving, seals
from idp.base.bounds import MAX_BODY as MAX_BODY
from idp.base.caller import source as source  # a room takes its whole frame from here
from idp.base.crypto import Unsealable
from idp.base.expired import CHECK, check_cookies, restart_form
from idp.base.extensions import settings
from idp.base.failures import register_shape as register_shape
from idp.base.failures import shaped, show_busy, wants_page
from idp.base.failures import show_error as show_error
from idp.base.outages import describe, is_outage
from idp.base.outcome import Busy
from idp.base.pages import csrf, limiter
from idp.base.paths import form_page as form_page
from idp.base.paths import is_local_path as is_local_path

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])

# By which browsers say that nobody has gone there yet: Fetch, section 3.6, and what they said before.
AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
FAILED = "idp.failed"  # in the environment of a request: the exception by which it ended in front of Flask, which tells of it
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
CHANGING_METHODS = ("POST", "PUT", "PATCH", "DELETE")
HEALTH_PATHS = {"/healthz", "/readyz"}


def init_app(app: Flask) -> None:
    """Register the request's frame on the application."""
    hops = settings().trusted_proxies
    if hops:
        app.wsgi_app = addresses.Proxied(app.wsgi_app, hops)  # type: ignore[method-assign] # Flask's documented way
    app.session_interface = seals.PatientSessions(app)
    app.wsgi_app = bounds.Bounds(app.wsgi_app)  # type: ignore[method-assign] # outermost: nothing is parsed before it
    app.request_class = bounds.Request
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        SESSION_COOKIE_NAME=cookies.name_of("session"),
        SESSION_COOKIE_SECURE=settings().is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )
    # First of all, before any extension could answer: whether the request came over HTTPS, and whether it may write.
    app.before_request_funcs.setdefault(None, []).insert(0, _open)
    app.after_request(_close)
    app.teardown_request(_abandon)
    app.add_url_rule(CHECK, "check_cookies", check_cookies)
    app.register_error_handler(CSRFError, restart_form)
    app.register_error_handler(HTTPException, _show_http_error)
    app.register_error_handler(Busy, show_busy)
    app.register_error_handler(Exception, _show_surprise)


def limited(
    *limits: str, methods: tuple[str, ...] = CHANGING_METHODS, counts: Callable[[Response], bool] | None = None
) -> Callable[[View], View]:
    """Declare a route's rate limit, such as "10 per minute", per source address, for these methods.

    Where `counts` is given, only the requests whose answer it says yes to are counted.
    """

    def declare(view: View) -> View:
        wrapped: Any = view
        for limit in limits:
            wrapped = limiter.limit(limit, methods=list(methods), deduct_when=counts)(wrapped)
        wrapped.rate_limit = limits  # read by the house's own test
        return cast(View, wrapped)

    return declare


def unlimited(why: str) -> Callable[[View], View]:
    """Declare that a POST route has no request limit, and why none is needed."""

    def declare(view: View) -> View:
        wrapped = cast(View, limiter.exempt(view))
        wrapped.rate_limit = why  # type: ignore[attr-defined] # read by the house's own test
        return wrapped

    return declare


def programs_only(why: str) -> Callable[[View], View]:
    """Declare that a route is called by programs without our cookie, and so carries no CSRF token."""

    def declare(view: View) -> View:
        view.csrf_stance = why  # type: ignore[attr-defined] # read by the house's own test
        return cast(View, csrf.exempt(view))

    return declare


def acts(view: View) -> View:
    """Declare that a GET does something: signs out, answers a request, spends a code.

    Who only looks does nothing by it: HEAD, which is safe (RFC 9110, section 9.2.1), is 405, and a browser that fetches ahead hears 503,
    upon which it asks again once somebody really goes there.
    """

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        if request.method == "HEAD":
            allowed = current_app.url_map.bind("").allowed_methods(request.path)
            raise MethodNotAllowed(sorted({*allowed} - {"HEAD"}))
        if is_ahead(request.environ):
            abort(HTTPStatus.SERVICE_UNAVAILABLE)
        return view(*args, **values)

    guarded.acts = True  # type: ignore[attr-defined] # read by the house's own test
    return cast(View, guarded)


def is_ahead(environ: Mapping[str, Any]) -> bool:
    """Return whether a browser says that nobody has gone there yet."""
    return any(word in environ.get(name, "") for name in AHEAD for word in ("prefetch", "preview"))


def is_used_up(limit: str, endpoint: str, address: str) -> bool:
    """Return whether an address has reached the limit of a route of Flask's, as that would find; nothing is counted by it.

    So it is, too, while the counters do not answer: Flask finds out then what to do.
    """
    try:
        return limiter.enabled and not limiter.limiter.test(parse_limit(limit), addresses.block_of(address), endpoint)
    except _silences():
        return True


def use_up(limit: str, endpoint: str, address: str) -> bool:
    """Count a request of an address outside of Flask; return whether its limit was reached before.

    While the counters do not answer, it was not.
    """
    try:
        return limiter.enabled and not limiter.limiter.hit(parse_limit(limit), addresses.block_of(address), endpoint)
    except _silences():
        return False


def _silences() -> tuple[type[Exception], ...]:
    from redis import RedisError  # loaded once counters have failed, which a memory's never do

    return RedisError, OSError


def _open() -> Response | None:
    if (error := request.environ.get(FAILED)) is not None:
        raise error
    database.writing.set(request.method not in SAFE_METHODS)
    bounds.refuse_excess()
    if 0 < (request.content_length or 0) <= MAX_BODY or "HTTP_TRANSFER_ENCODING" in request.environ:
        # Also where nobody will look at it: an answer that is given before the body has come makes some servers close the connection.
        bounds.refuse_many(request.get_data())
    if settings().is_https and not request.is_secure and request.path not in HEALTH_PATHS:
        message = "This server answers only over HTTPS."
        plain = Response(f"{message}\n", HTTPStatus.BAD_REQUEST, mimetype="text/plain")
        return shaped(HTTPStatus.BAD_REQUEST, message) or plain
    if isinstance(request.routing_exception, RequestRedirect):
        abort(HTTPStatus.NOT_FOUND)  # a path with and one without a slash at its end are two paths
    if "\0" in request.path or not bounds.is_text(request.query_string):
        abort(HTTPStatus.BAD_REQUEST)
    return None


def _close(response: Response) -> Response:
    try:
        database.commit()
    except Exception as error:  # it would come back as a bare 500, since the view has answered already
        response = current_app.make_response(_show_surprise(error))
    headers = response.headers
    for name, value in list_headers(response.mimetype == "text/html"):
        if name not in headers:
            headers.add(name, value)
    return response


def list_headers(is_page: bool) -> Iterator[tuple[str, str]]:
    """Yield what every answer says of itself, unless its view has said it."""
    yield "X-Content-Type-Options", "nosniff"
    if settings().is_https:
        yield "Strict-Transport-Security", "max-age=63072000; includeSubDomains"
    if is_page:
        sources = leaving.form_action()
        yield (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            f"{f'form-action {sources}; ' if sources else ''}base-uri 'none'; object-src 'none'; frame-ancestors 'none'",
        )
        yield "Referrer-Policy", "no-referrer"
        yield "Cross-Origin-Opener-Policy", "same-origin"
        yield "Permissions-Policy", "camera=(), geolocation=(), microphone=()"
    yield "Cache-Control", "no-store"


def _abandon(_error: BaseException | None) -> None:
    database.rollback()


def _show_http_error(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, Exception):
        return _show_surprise(error.original_exception)
    database.rollback()
    status = HTTPStatus(error.code or 500)
    message = sentence_of(status)
    found = shaped(status, message)
    if found is not None:
        answer = found
    elif wants_page():
        answer = Response(*show_error(status.phrase, message, status))
    else:
        answer = jsonify(error=status.name.lower(), message=message)
        answer.status_code = status
    if isinstance(error, TooManyRequests):
        answer.headers["Retry-After"] = str(_retry_after())
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = error.get_response().headers.get("Allow", "")
    return answer


def sentence_of(status: HTTPStatus) -> str:
    """Return what is said of a status to whoever gets it."""
    sentences = {
        HTTPStatus.NOT_FOUND: _("There is no page at this address."),
        HTTPStatus.FORBIDDEN: _("You may not open this page."),
        HTTPStatus.METHOD_NOT_ALLOWED: _("This address does not answer requests of this kind."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("That is more than this page accepts."),
        HTTPStatus.REQUEST_URI_TOO_LONG: _("This address is longer than any of this server."),
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: _(
            "Your browser sent more headers or cookies than this server accepts."
        ),
        HTTPStatus.TOO_MANY_REQUESTS: _("Too many requests came from your address. Wait a little, then try again."),
    }
    return str(sentences.get(status, _("This request cannot be answered.")))


def note_surprise(error: Exception) -> str | None:
    """Undo what a request did and log what ended it; return its reference, or None where the database cannot answer just now."""
    database.rollback()
    if is_outage(error):
        log.warning("this cannot be served just now: %s", describe(error))
        return None
    reference = caller.reference()
    log.error("unexpected error, reference %s: %s", reference, type(error).__name__, exc_info=error)
    if isinstance(error, Unsealable):
        log.error("sealed data cannot be opened: is IDP_SECRET_KEY the one it was sealed with?")
    return reference


def _retry_after() -> int:
    current = limiter.current_limit
    if current is None:
        return 60
    import time

    return max(1, int(current.reset_at - time.time()))


def _show_surprise(error: Exception) -> Any:
    reference, status = note_surprise(error), HTTPStatus.INTERNAL_SERVER_ERROR
    if reference is None:
        return show_busy(error)
    found = shaped(status, _("An unexpected error occurred."), reference)
    if found is not None:
        return found
    if wants_page():
        message = _("Something went wrong on our side. Nothing was changed.")
        return show_error(_("Something went wrong"), message, status, reference=reference)
    return jsonify(error="server_error", error_description="Unexpected error.", reference=reference), status
