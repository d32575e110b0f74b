"""What a program asks: one request, read from its environment (PEP 3333) as far as somebody looks at it."""

from contextvars import ContextVar
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.wsgi import get_input_stream

from idp.base.bounds import FORM, MAX_BODY

_present: ContextVar["Asked | None"] = ContextVar("asked", default=None)


class Asked:
    """A request. Cookies are nothing to it."""

    def __init__(self, environ: dict[str, Any]) -> None:
        self.environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ["PATH_INFO"]

    @property
    def address(self) -> str | None:
        """From where it comes, as the server or a trusted proxy has written it."""
        return self.environ.get("REMOTE_ADDR")

    @property
    def authorization(self) -> str | None:
        """The header of this name."""
        return self.environ.get("HTTP_AUTHORIZATION")

    @property
    def origin(self) -> str | None:
        """The page that sends it, where a browser says so (Fetch, section 3.2)."""
        return self.environ.get("HTTP_ORIGIN")

    @cached_property
    def media_type(self) -> str:
        """The type of the body, without its parameters."""
        kind: str = self.environ.get("CONTENT_TYPE", "")
        return kind.partition(";")[0].strip().lower()

    @cached_property
    def body(self) -> bytes:
        """The whole body; nothing where none was announced.

        Raises:
            RequestEntityTooLarge: it is longer than any of ours.
            ClientDisconnected: a part of it never came.
        """
        if not self.has_body:
            return b""
        return get_input_stream(self.environ, max_content_length=MAX_BODY).read()

    @property
    def has_body(self) -> bool:
        """Whether a body was announced."""
        return self.environ.get("CONTENT_LENGTH") not in {None, "", "0"} or "HTTP_TRANSFER_ENCODING" in self.environ

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """The parameters of a form, each with its values; none in a body of another type, or in one that is no UTF-8."""
        if self.media_type != FORM or not self.body:
            return {}
        found: dict[str, list[str]] = {}
        try:
            # The handler keeps what is encoded and no UTF-8 as it stands, as the forms of pages have it.
            pairs = parse_qsl(self.body.decode(), keep_blank_values=True, errors="werkzeug.url_quote")
        except UnicodeDecodeError:
            return {}
        for name, value in pairs:
            found.setdefault(name, []).append(value)
        return found

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The parameters of the query, each with its values, as pages have them; the query is text."""
        found: dict[str, list[str]] = {}
        query = self.environ.get("QUERY_STRING", "").encode("latin-1").decode()
        for name, value in parse_qsl(query, keep_blank_values=True, errors="werkzeug.url_quote"):
            found.setdefault(name, []).append(value)
        return found

    @property
    def first(self) -> dict[str, str]:
        """The parameters of a form, each with the first of its values."""
        return {name: values[0] for name, values in self.form.items()}


def present() -> Asked | None:
    """Return the program's request that is being answered, if it is one."""
    return _present.get()


def begin(asked: Asked) -> Any:
    """Make a request the present one, and return what `end` wants."""
    return _present.set(asked)


def end(token: Any) -> None:
    """Make the request before it the present one."""
    _present.reset(token)
