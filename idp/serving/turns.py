"""Whose turn it is on a connection, and what connections need of the worker that has them."""

from asyncio import AbstractEventLoop
from collections import OrderedDict
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from idp.serving.reading import Request

if TYPE_CHECKING:
    from idp.serving.connection import Connection


class Phase(Enum):
    """Whose turn it is, and for what."""

    HANDSHAKE = auto()
    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    ANSWERING = auto()
    WRITING = auto()
    LINGERING = auto()
    CLOSED = auto()


class House(Protocol):
    """What a connection needs of its worker."""

    loop: AbstractEventLoop
    waiting: "OrderedDict[Connection, None]"
    is_ending: bool

    def handle(self, request: Request, connection: "Connection") -> None:
        """Have a request answered; the connection hears of it in the loop."""

    def settle(self) -> None:
        """Have each connection go on whose answer a thread has sent meanwhile."""

    def weigh(self, more: int) -> None:
        """Take note that connections hold more bytes, or fewer."""

    def forget(self, connection: "Connection") -> None:
        """Take note that a connection is closed."""
