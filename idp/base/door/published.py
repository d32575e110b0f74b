"""What is published: documents that are the same for whoever asks, made once and made anew when something has changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from idp.base.door.answer import Answer, tell
from idp.base.door.asked import Asked
from idp.base.generation import Generation

LIFE = "public, max-age=300"


class Published:
    """A document by its name. Without a change counter it stays as it is for as long as the process serves."""

    def __init__(self, name: str, make: Callable[[], dict[str, Any]], watched: Generation | None = None) -> None:
        self.name = name
        self._make, self._watched = make, watched
        self._known: tuple[tuple[int, int], Answer] | None = None

    def show(self, _asked: Asked) -> Answer:
        """Publish the document as it is now."""
        return copy(self._now())

    def peek(self) -> Answer | None:
        """Return the answer where it is known and nobody need be asked, nor waited for, whether it still is the same; it is everybody's."""
        known = self._known
        if known is None or (self._watched is not None and self._watched.peek() != known[0]):
            return None
        return known[1]

    def _now(self) -> Answer:
        value = self._watched.value() if self._watched is not None else (0, 0)
        known = self._known
        if known is not None and known[0] == value:
            return known[1]
        answer = tell(self._make())
        answer.headers["Cache-Control"] = LIFE
        self._known = value, answer
        return answer


def copy(answer: Answer) -> Answer:
    """Return an answer to which headers may be added."""
    return replace(answer, headers=answer.headers.copy())
