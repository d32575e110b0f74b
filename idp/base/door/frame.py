"""The door itself: which address is a program's, and what happens around each of its requests, as `base.http` has it for pages.

No cookie is read, so that there is no session and nothing to forge across sites.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

from flask import Flask
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from idp.base import addresses, bounds, database
from idp.base.door import asked as requests
from idp.base.door.answer import Answer, busy, fail
from idp.base.door.asked import Asked
from idp.base.door.published import Published, copy
from idp.base.extensions import settings
from idp.base.http import FAILED, SAFE_METHODS, list_headers, note_surprise, sentence_of
from idp.base.outcome import Busy
from idp.config import Settings

NAME = "idp.door"
BODILESS = {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}

View = Callable[[Asked], Answer]
Shortcut = Callable[[Asked], Answer | None]


@dataclass(frozen=True)
class Address:
    """An address of programs: a view for each method (GET answers HEAD, too), and who else's pages may read the answers.

    What is `published` is shared with everybody or nobody: whoever asks, it is the same.
    """

    path: str
    views: Mapping[str, View]
    share: Callable[[Asked, Answer], Answer] | None = None
    published: Published | None = None

    @property
    def allowed(self) -> str:
        """The methods that are answered (RFC 9110, section 10.2.1)."""
        return ", ".join(sorted({*self.views, "OPTIONS"} | ({"HEAD"} if "GET" in self.views else set())))

    def answer(self, asked: Asked) -> Answer:
        """Answer by method."""
        if asked.method == "OPTIONS":
            return self._answer_ahead(asked)
        view = self.views.get("GET" if asked.method == "HEAD" else asked.method)
        if view is None:
            answer = fail(HTTPStatus.METHOD_NOT_ALLOWED, sentence_of(HTTPStatus.METHOD_NOT_ALLOWED))
            answer.headers["Allow"] = self.allowed
            return answer
        shared = self.shared(
            asked, Answer()
        )  # first: what a view claims is committed, and nothing may be left to ask then
        answer = view(asked)
        answer.headers |= shared.headers
        return answer

    def shared(self, asked: Asked, answer: Answer) -> Answer:
        """Let other pages read an answer, where they may."""
        return self.share(asked, answer) if self.share is not None else answer

    def _answer_ahead(self, asked: Asked) -> Answer:
        """Answer a browser's preflight (Fetch, section 3.2.2) or, where no page may ask, what may be asked."""
        if self.share is None:
            return Answer(headers={"Allow": self.allowed})
        return self.share(asked, Answer(HTTPStatus.NO_CONTENT))


class Door:
    """Answers what programs ask and hands everything else on to Flask (a WSGI application)."""

    def __init__(self, app: Flask) -> None:
        self._app, self._pages = app, app.wsgi_app
        self._addresses: dict[str, Address] = {}
        self._finished: dict[str, tuple[Answer, Answer]] = {}
        self._shortcuts: dict[str, Shortcut] = {}

    def add(self, address: Address) -> None:
        """Answer at an address. It stands in Flask's map as well, which lists every address of the house with its stances."""
        self._addresses[address.path] = address
        for method, view in address.views.items():
            name = f"oauth.{address.published.name if address.published is not None else view.__name__}"
            listed = cast(Any, view)  # and never called by Flask
            self._app.add_url_rule(address.path, name, listed, methods=[method], provide_automatic_options=False)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        address = self._find(environ.get("PATH_INFO", ""))
        if address is None and environ.get("PATH_INFO") not in self._shortcuts:
            return self._pages(environ, start_response)
        asked = Asked(environ)
        with self._app.app_context():
            token = requests.begin(asked)
            try:
                answer = _run(address, asked) if address is not None else self._take_shortcut(asked)
            finally:
                requests.end(token)
        if answer is None:
            return self._pages(environ, start_response)
        headers = [*answer.headers.items()]
        if answer.status not in BODILESS:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(f"{int(answer.status)} {HTTPStatus(answer.status).phrase}", headers)
        return [] if asked.method == "HEAD" else [answer.body]

    def add_shortcut(self, path: str, shortcut: Shortcut) -> None:
        """Ask a shortcut about each GET of a page that needs no page; where it has no answer Flask gets the request as it came."""
        self._shortcuts[path] = shortcut

    def _take_shortcut(self, asked: Asked) -> Answer | None:
        """Return the answer of a shortcut, or None; by what exception it ended is for Flask to tell, as of every page."""
        if asked.method != "GET" or asked.has_body or _refuse(asked) is not None:
            return None
        database.writing.set(False)
        try:
            answer = self._shortcuts[asked.path](asked)
        except Exception as error:
            asked.environ[FAILED] = error
            return None
        finally:
            database.rollback()
        if answer is None:
            return None
        return _finish(answer, is_page=True)

    def _find(self, path: str) -> Address | None:
        """Return an address by its path; slashes before it count as one, as in Flask's map."""
        return self._addresses.get(f"/{path.lstrip('/')}" if path.startswith("//") else path)

    def peek(self, environ: dict[str, Any]) -> Answer | None:
        """Return the whole answer to who asks for something published, where nobody has to be asked or waited for; None for every other.

        For the loop of a server: without a thread, a transaction or a look at anything but this process. The answer is everybody's.
        """
        address = self._find(environ["PATH_INFO"])
        if address is None or address.published is None or not self._is_plain(environ):
            return None
        known = address.published.peek()
        if known is None:
            return None
        finished = self._finished.get(address.path)
        if finished is None or finished[0] is not known:
            with self._app.app_context():
                answer = _finish(address.shared(Asked(environ), copy(known)))  # of what is known: nobody is asked
            finished = self._finished[address.path] = known, answer
        return finished[1]

    def _is_plain(self, environ: dict[str, Any]) -> bool:
        """Return whether a request is a GET without a query or a body, of the usual size, and came as it has to."""
        if environ["REQUEST_METHOD"] != "GET" or environ["QUERY_STRING"] or "CONTENT_LENGTH" in environ:
            return False
        if bounds.REFUSED in environ or bounds.find_excess(environ) is not None:
            return False
        values: Settings = self._app.extensions["idp.settings"]
        return not values.is_https or addresses.scheme_of(environ, values.trusted_proxies) == "https"


def peek_of(app: Any) -> Callable[[dict[str, Any]], Answer | None] | None:
    """Return how a server's loop asks an application for what is published, if that application is ours."""
    return cast(Door, app.extensions[NAME]).peek if isinstance(app, Flask) else None


def _finish(answer: Answer, *, is_page: bool = False) -> Answer:
    for name, value in list_headers(is_page):
        answer.headers.setdefault(name, value)
    return answer


def _run(address: Address, asked: Asked) -> Answer:
    """Answer a request within one transaction, whatever happens."""
    database.writing.set(asked.method not in SAFE_METHODS)
    try:
        answer = _refuse(asked) or address.answer(asked)
        database.commit()
    except HTTPException as error:
        status = HTTPStatus(error.code or 500)
        answer = fail(status, sentence_of(status))
    except Busy:
        answer = busy()
    except Exception as error:
        reference = note_surprise(error)
        is_passing = reference is None
        answer = busy() if is_passing else fail(500, _("An unexpected error occurred."), reference)
    finally:
        database.rollback()
    return _finish(answer)


def _refuse(asked: Asked) -> Answer | None:
    """Refuse what brings too much, comes over plain HTTP, or is no text, before anything else looks at it."""
    environ = asked.environ
    if (refused := environ.get(bounds.REFUSED)) is not None:
        return fail(refused, sentence_of(HTTPStatus(refused)))
    if bounds.has_many(asked.body, asked.media_type):
        return fail(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, sentence_of(HTTPStatus.REQUEST_ENTITY_TOO_LARGE))
    if settings().is_https and environ["wsgi.url_scheme"] != "https":
        plain = {"Content-Type": "text/plain; charset=utf-8"}
        return Answer(HTTPStatus.BAD_REQUEST, b"This server answers only over HTTPS.\n", plain)
    if not bounds.is_text(environ.get("QUERY_STRING", "").encode("latin-1")):
        return fail(HTTPStatus.BAD_REQUEST, sentence_of(HTTPStatus.BAD_REQUEST))
    return None


def init_app(app: Flask) -> None:
    """Put the door in front of Flask; before `base.http` puts there what looks at every request."""
    app.extensions[NAME] = door = Door(app)
    app.wsgi_app = door  # type: ignore[method-assign] # Flask's documented way


def add_shortcut(app: Flask, path: str, shortcut: Shortcut) -> None:
    """Answer some of a page's requests without Flask."""
    cast(Door, app.extensions[NAME]).add_shortcut(path, shortcut)


def add(app: Flask, address: Address) -> None:
    """Answer at an address of programs."""
    cast(Door, app.extensions[NAME]).add(address)
