"""Speaking SCIM with an application (RFC 7644): finding, making, changing and deleting, by the guarded fetcher.

What an application answers is a stranger's: of a failure its status alone is kept, and a resource counts as found only where it says of
itself what was asked for.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from idp.base import fetch, writing
from idp.pushing.describing import GROUP, Told
from idp.pushing.models import LONGEST_REMOTE
from idp.streams import addresses

MEDIA_TYPE = "application/scim+json"
LARGEST = 256 * 1024  # bytes of an answer
LONGEST_WAIT = timedelta(hours=1)  # that an application may ask for
# The application does not know how: changes by PATCH (RFC 7644, section 3.5.2, says that it need not), or the filter.
NOT_SUPPORTED = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
NO_FILTER = NOT_SUPPORTED | {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}


class Refusal(Exception):
    """The application did not take something; the text says what it answered."""


class TurnedAway(Exception):
    """The application takes nothing just now, whatever it is: the token is not good, or it wants a pause of `after`."""

    def __init__(self, sentence: str, after: timedelta | None = None) -> None:
        super().__init__(sentence)
        self.after = after


class Gone(Exception):
    """The application does not know the identifier (any more)."""


class Taken(Exception):
    """The application has somebody under this name already (RFC 7644, section 3.3)."""


@dataclass(frozen=True)
class Remote:
    """An application: its base URL without a slash at the end, and the token by which it lets this server in."""

    base_url: str
    token: str

    def find(self, schema: str, attribute: str, value: str) -> str | None:
        """Return the identifier of the resource whose attribute has this value; None where there is none, or no telling."""
        query = urlencode({"filter": f"{attribute} eq {json.dumps(value, ensure_ascii=False)}", "count": 2})
        status, body = self._ask("GET", f"{_path(schema)}?{query}", accepted=NO_FILTER)
        found = body.get("Resources") if status == HTTPStatus.OK else None
        for resource in found if isinstance(found, list) else ():
            own = resource.get(attribute) if isinstance(resource, dict) else None
            if isinstance(own, str) and _is_same(attribute, own, value):
                return _identifier(resource)
        return None

    def create(self, told: Told) -> str:
        """Make a resource and return its identifier.

        Raises:
            Taken: the application has one of this name.
        """
        status, body = self._ask("POST", _path(told.schema), told.whole(), accepted={HTTPStatus.CONFLICT})
        if status == HTTPStatus.CONFLICT:
            raise Taken
        identifier = _identifier(body)
        if identifier is None:
            raise Refusal("it was made, and the answer has no id")
        return identifier

    def change(self, told: Told, remote_id: str) -> None:
        """Bring a resource to what is told, by PATCH, or by PUT where the application knows none.

        Raises:
            Gone: there is no such resource.
            Taken: it cannot have this name.
        """
        path = f"{_path(told.schema)}/{quote(remote_id, safe='')}"
        accepted = NOT_SUPPORTED | {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}
        status, _body = self._ask("PATCH", path, told.patch(), accepted=accepted)
        if status in NOT_SUPPORTED:
            whole = told.whole() | {"id": remote_id}
            status, _body = self._ask("PUT", path, whole, accepted={HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})
        if status == HTTPStatus.NOT_FOUND:
            raise Gone
        if status == HTTPStatus.CONFLICT:
            raise Taken

    def delete(self, schema: str, remote_id: str) -> None:
        """Delete a resource; one that is not there is none."""
        self._ask("DELETE", f"{_path(schema)}/{quote(remote_id, safe='')}", accepted={HTTPStatus.NOT_FOUND})

    def try_out(self) -> None:
        """Ask for one person, as any push begins.

        Raises:
            Refusal, TurnedAway, FetchError: no push would go through.
        """
        status, body = self._ask("GET", "/Users?count=1")
        if status != HTTPStatus.OK or not isinstance(body.get("schemas"), list):
            raise Refusal("the answer is no list of SCIM")

    def _ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        accepted: "set[HTTPStatus] | frozenset[HTTPStatus]" = frozenset(),
    ) -> tuple[int, dict[str, Any]]:
        """Return status and object of an answer that is good, or of a status that the caller knows what to do with."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": f"{MEDIA_TYPE}, application/json"}
        written = None
        if body is not None:
            headers["Content-Type"], written = MEDIA_TYPE, json.dumps(body, ensure_ascii=False).encode()
        question = fetch.Question(method, headers, written, LARGEST)
        answer = fetch.exchange(self.base_url + path, question, networks=addresses.networks())
        if answer.is_good:
            return answer.status, _read(answer)
        if answer.status in accepted:
            return answer.status, {}
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise TurnedAway(f"the application does not take the token ({answer.status})")
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise TurnedAway("the application asks for a pause (429)", _wait(answer.retry_after))
        raise Refusal(f"the answer was {answer.status}")


def _path(schema: str) -> str:
    return "/Groups" if schema == GROUP else "/Users"


def _read(answer: fetch.Answer) -> dict[str, Any]:
    """Return the object of an answer; an empty one where it has none."""
    try:
        found = json.loads(answer.body) if answer.body else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _identifier(resource: dict[str, Any]) -> str | None:
    found = resource.get("id")
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return found if isinstance(found, str) and 0 < len(found) <= LONGEST_REMOTE and found.isprintable() else None


def _is_same(attribute: str, own: str, value: str) -> bool:
    """Return whether an attribute has a value: names are compared without regard to case, identifiers exactly (RFC 7643)."""
    return own == value if attribute == "externalId" else writing.fold(own) == writing.fold(value)


def _wait(text: str) -> timedelta | None:
    """Return the pause that was asked for in seconds (RFC 9110, section 10.2.3); a date is not looked at."""
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    return min(timedelta(seconds=seconds), LONGEST_WAIT) if seconds else None
