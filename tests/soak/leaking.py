"""A program: `idp serve` with a fault put in, an application that keeps the bytes of each request."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from idp import create_app, serving

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def leaking(app: "WSGIApplication") -> "WSGIApplication":
    """Return an application that answers as another one, and forgets nothing that was sent with the request."""
    kept: list[bytes] = []

    def serve(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        kept.append("".join(value for value in environ.values() if isinstance(value, str)).encode())
        return app(environ, start)

    return serve


def main() -> None:
    """Serve."""
    app = create_app()
    serving.prepare(app)
    serving.serve(app, lambda: leaking(create_app()))


if __name__ == "__main__":
    main()
