"""The provider of `make run` under two names, each an issuer of its own over one database and one set of keys.

People are sent to `localhost`, where browsers allow passkeys; they refuse them at an address in numbers. Programs may keep to 127.0.0.1,
which is the provider's usual issuer: whoever comes by a name is answered under it, in discovery, tokens and links alike.
"""

import socket
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from idp.config import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

NAME, NUMBERS = "localhost", "127.0.0.1"


def renamed(url: str, host: str) -> str:
    """Return an address of this machine under another of its names."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{host}:{parts.port}").geturl()


def is_ours(*ports: int) -> bool:
    """Return whether `localhost` leads to this machine's loopback, and, by IPv6 too, to nobody else on these ports.

    Browsers know the name by themselves; the demo application, which asks the provider as well, needs this machine to know it.
    """
    try:
        found = {str(address[0]) for *_, address in socket.getaddrinfo(NAME, ports[0], type=socket.SOCK_STREAM)}
    except OSError:
        return False
    return found <= {NUMBERS, "::1"} and NUMBERS in found and all(_is_free_beside(port) for port in ports)


def create_app() -> "WSGIApplication":
    """Return the provider under both names, for a server that makes its own; the settings' issuer is the one for people."""
    from idp import create_app as create_provider

    settings = Settings()
    for_people = create_provider(settings)
    for_programs = create_provider(Settings(issuer=renamed(settings.issuer, NUMBERS)))
    return by_host({urlsplit(for_programs.extensions["idp.settings"].issuer).netloc: for_programs}, for_people)


def by_host(apps: Mapping[str, "WSGIApplication"], other: "WSGIApplication") -> "WSGIApplication":
    """Return an application that answers as the one whose `Host` (with its port) was asked for, or as `other`."""

    def serve(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        return apps.get(environ.get("HTTP_HOST", ""), other)(environ, start)

    return serve


def _is_free_beside(port: int) -> bool:
    """Return whether nobody listens on IPv6's loopback, which browsers may try first; where there is no IPv6 nobody can."""
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as asked:
        asked.settimeout(1)
        return asked.connect_ex(("::1", port)) != 0


def main() -> None:
    """Migrate, then serve both names as `idp serve` serves one."""
    from idp import create_app as create_provider
    from idp import serving

    app = create_provider(Settings())
    serving.prepare(app)
    serving.serve(app, create_app)


if __name__ == "__main__":
    main()
