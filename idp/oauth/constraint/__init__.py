"""Sender constraint: tokens that are good in the hands of whoever has a key alone. Each way of showing one registers itself here.

`demand` is the second phase of every token request, `find` a part of a pushed one; `show` is asked by whatever takes access tokens.
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.base.door.asked import Asked
from idp.clients.registered import RegisteredClient
from idp.oauth.constraint.confirmation import CERTIFICATE, JKT, Confirmation, kept, of_claims

__all__ = [
    "CERTIFICATE",
    "JKT",
    "Confirmation",
    "Way",
    "demand",
    "find",
    "headers",
    "kept",
    "of_claims",
    "register",
    "show",
]


@dataclass(frozen=True)
class Way:
    """A way of showing a key.

    `find` returns which key a client shows with a request, None where it shows none, and raises `Refusal` where that is wrong. `demand`
    raises where a client has to show one in this way, and has shown another or none. `show` returns the key of a request with an access
    token, and raises where it is wrong.
    """

    find: Callable[[Asked, RegisteredClient], Confirmation | None]
    demand: Callable[[RegisteredClient, Confirmation | None], None]
    show: Callable[[Asked, RegisteredClient, str], Confirmation | None]
    headers: Callable[[Asked, RegisteredClient], list[tuple[str, str]]] = lambda _asked, _client: []


_ways: dict[str, Way] = {}


def register(method: str, way: Way) -> None:
    """Let keys be shown in a way, under the method of its confirmation."""
    _ways[method] = way


def find(asked: Asked, client: RegisteredClient) -> Confirmation | None:
    """Return the key to which what a client asks for is to be bound: that of the first way by which it shows one.

    Raises:
        Refusal: the proof is wrong.
    """
    shown = [way.find(asked, client) for way in _ways.values()]
    return next((confirmation for confirmation in shown if confirmation is not None), None)


def demand(asked: Asked, client: RegisteredClient) -> Confirmation | None:
    """Return what `find` does, for tokens.

    Raises:
        Refusal: the proof is wrong, or the client has to show a key and does not.
    """
    shown = find(asked, client)
    for way in _ways.values():
        way.demand(client, shown)
    return shown


def headers(asked: Asked, client: RegisteredClient) -> list[tuple[str, str]]:
    """Return the headers by which an answer says how the next key is to be shown."""
    return [header for way in _ways.values() for header in way.headers(asked, client)]


def show(bound: Confirmation, asked: Asked, client: RegisteredClient, access_token: str) -> bool:
    """Return whether a request shows the key that the access token of this client is bound to.

    Raises:
        Refusal: the proof is wrong.
    """
    way = _ways.get(bound.method)
    return way is not None and way.show(asked, client, access_token) == bound
