"""Bulk (RFC 7644, section 3.7): several requests in one, each done or refused by itself, in the order in which they are sent.

One that names what another one makes (`bulkId`) waits until that is made.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from idp.base import database
from idp.base.http import note_surprise
from idp.base.outcome import Busy
from idp.scim.problem import INVALID_SYNTAX, INVALID_VALUE, Problem, bad

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
MOST_OPERATIONS = 100
METHODS = ("POST", "PUT", "PATCH", "DELETE")
PATH = re.compile(r"/(?P<kind>Users|Groups)(?:/(?P<id>[^/]+))?")
REFERENCE = "bulkId:"

Document = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """One request: on which kind of resource, on which of them, with what, and of which version."""

    method: str
    kind: str
    identifier: str | None
    data: Document
    version: str | None
    bulk_id: str | None


@dataclass(frozen=True)
class Done:
    """What became of a request: a status, where the resource is, and its version."""

    status: int
    identifier: str | None = None
    location: str | None = None
    version: str | None = None


Doing = Callable[[Request], Done]


@dataclass
class _Run:
    """The requests of one body, and what has been made so far."""

    do: Doing
    made: dict[str, str] = field(default_factory=dict)
    failures: int = 0

    def answer(self, request: Request) -> Document:
        """Do a request in a transaction of its own."""
        told: Document = {"method": request.method}
        told |= {"bulkId": request.bulk_id} if request.bulk_id is not None else {}
        try:
            done = self.do(self._resolved(request))
            database.commit()
        except Problem as problem:
            return told | self._fail(problem)
        except Busy:
            return told | self._fail(
                Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The server is very busy. Try again in a moment.")
            )
        except Exception as error:  # what was done before stands, and its caller must hear of it
            reference = note_surprise(error)
            detail = f"An unexpected error occurred. Reference: {reference}." if reference else "Try again in a moment."
            status = HTTPStatus.INTERNAL_SERVER_ERROR if reference else HTTPStatus.SERVICE_UNAVAILABLE
            return told | self._fail(Problem(status, detail))
        if request.bulk_id is not None and done.identifier is not None:
            self.made[request.bulk_id] = done.identifier
        members = {"location": done.location, "version": done.version, "status": str(int(done.status))}
        return told | {name: value for name, value in members.items() if value is not None}

    def can_begin(self, request: Request) -> bool:
        """Return whether all is made that a request names."""
        return _references(request) <= self.made.keys()

    def _fail(self, problem: Problem) -> Document:
        database.rollback()
        self.failures += 1
        return {"status": str(int(problem.status)), "response": problem.tell()}

    def _resolved(self, request: Request) -> Request:
        unknown = sorted(_references(request) - self.made.keys())
        if unknown:
            raise Problem(HTTPStatus.CONFLICT, f"Nothing was made as bulkId {unknown[0][:100]}.", INVALID_VALUE)
        identifier = _put(request.identifier, self.made)
        return Request(
            request.method, request.kind, identifier, _put(request.data, self.made), request.version, request.bulk_id
        )


def run(body: Mapping[str, Any], do: Doing) -> Document:
    """Do the requests of a body, up to so many failures as it says, and return what became of each.

    Raises:
        Problem: 413 for too many; `invalidSyntax`.
    """
    members = {name.lower(): value for name, value in body.items()}
    asked, bound = members.get("operations"), members.get("failonerrors")
    if not isinstance(asked, list) or not asked:
        raise bad(INVALID_SYNTAX, "Operations must be a list of at least one request.")
    if len(asked) > MOST_OPERATIONS:
        detail = f"{len(asked)} operations are more than the {MOST_OPERATIONS} of maxOperations."
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail)
    if bound is not None and (isinstance(bound, bool) or not isinstance(bound, int) or bound < 1):
        raise bad(INVALID_VALUE, "failOnErrors must be a number from 1 on.")
    waiting, own, answers = [_read(one) for one in asked], _Run(do), []
    while waiting and (bound is None or own.failures < bound):
        ready = next((one for one in waiting if own.can_begin(one)), waiting[0])
        waiting.remove(ready)
        answers.append(own.answer(ready))
    return {"schemas": [SCHEMA], "Operations": answers}


def _read(asked: Any) -> Request:
    if not isinstance(asked, Mapping):
        raise bad(INVALID_SYNTAX, "Each operation must be an object.")
    members = {name.lower(): value for name, value in asked.items()}
    texts = {name: members.get(name) for name in ("method", "path", "bulkid", "version")}
    if any(value is not None and not isinstance(value, str) for value in texts.values()):
        raise bad(INVALID_SYNTAX, "method, path, bulkId and version of an operation must be texts.")
    method, path = str(texts["method"] or "").upper(), PATH.fullmatch(str(texts["path"] or ""))
    if method not in METHODS or path is None or (method == "POST") != (path["id"] is None):
        raise bad(
            INVALID_SYNTAX, "An operation is a POST to /Users or /Groups, or PUT, PATCH or DELETE of one of them."
        )
    data = members.get("data")
    if method != "DELETE" and not isinstance(data, dict):
        raise bad(INVALID_SYNTAX, f"An operation that is a {method} needs an object as data.")
    if method == "POST" and not texts["bulkid"]:
        raise bad(INVALID_SYNTAX, "An operation that is a POST needs a bulkId.")
    return Request(
        method, path["kind"], path["id"], data if isinstance(data, dict) else {}, texts["version"], texts["bulkid"]
    )


def _references(request: Request) -> set[str]:
    return {
        text.removeprefix(REFERENCE)
        for text in _texts([request.identifier, request.data])
        if text.startswith(REFERENCE)
    }


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        value = list(value.values())
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []


def _put(value: Any, made: Mapping[str, str]) -> Any:
    """Return a value with what was made in the place of its name."""
    if isinstance(value, str) and value.startswith(REFERENCE):
        return made.get(value.removeprefix(REFERENCE), value)
    if isinstance(value, Mapping):
        return {name: _put(one, made) for name, one in value.items()}
    return [_put(one, made) for one in value] if isinstance(value, list) else value
