"""A strict application that speaks SCIM: what RFC 7644 does not allow it refuses, and it answers as a test tells it to."""

import json
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request, Response

Document = dict[str, Any]
FILTER = re.compile(r'(userName|externalId|displayName) eq ("(?:[^"\\]|\\.)*")')
SCHEMAS = {
    "Users": "urn:ietf:params:scim:schemas:core:2.0:User",
    "Groups": "urn:ietf:params:scim:schemas:core:2.0:Group",
}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass
class StandIn:
    """Its resources by kind and identifier, every request that came, and what is answered instead where a test says so."""

    token: str
    knows_patch: bool = True
    resources: dict[str, dict[str, Document]] = field(default_factory=lambda: {"Users": {}, "Groups": {}})
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    instead: Callable[[Request], Response | None] = lambda _request: None

    def __call__(self, environ: Any, start: Any) -> Any:
        """Answer as a WSGI application."""
        return self._answer(Request(environ))(environ, start)

    def people(self) -> dict[str, Document]:
        """Return the people by their names."""
        return {one["userName"]: one for one in self.resources["Users"].values()}

    def groups(self) -> dict[str, set[str]]:
        """Return the names of the members of each group, by its name."""
        users = self.resources["Users"]
        return {
            one["displayName"]: {users[member["value"]]["userName"] for member in one.get("members", [])}
            for one in self.resources["Groups"].values()
        }

    def methods(self) -> list[str]:
        """Return the methods of the requests."""
        return [method for method, _path, _body in self.asked]

    def _answer(self, request: Request) -> Response:
        text = request.get_data(as_text=True)
        body = json.loads(text) if text else None
        self.asked.append((request.method, request.full_path.rstrip("?"), body))
        other = self.instead(request)
        if other is not None:
            return other
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return _fail(401)
        if body is not None and request.mimetype != "application/scim+json":
            return _fail(415)
        parts = request.path.strip("/").split("/")
        if parts[0] != "scim" or parts[1] not in self.resources or len(parts) > 3:
            return _fail(404)
        kind, identifier = parts[1], parts[2] if len(parts) == 3 else None
        return (
            self._list(kind, request)
            if identifier is None and request.method == "GET"
            else self._write(kind, identifier, request.method, body)
        )

    def _list(self, kind: str, request: Request) -> Response:
        found = list(self.resources[kind].values())
        asked = request.args.get("filter")
        if asked is not None:
            match = FILTER.fullmatch(asked)
            if match is None:
                return _fail(400, "invalidFilter")
            name, value = match[1], json.loads(match[2])
            is_exact = name == "externalId"
            fold = str if is_exact else str.lower
            found = [one for one in found if fold(one.get(name, "")) == fold(value)]
        return _tell({"schemas": [LIST], "totalResults": len(found), "Resources": found})

    def _write(self, kind: str, identifier: str | None, method: str, body: Any) -> Response:
        own = self.resources[kind]
        if identifier is None:
            return self._create(kind, body) if method == "POST" else _fail(405)
        if identifier not in own:
            return _fail(404)
        if method == "DELETE":
            del own[identifier]
            return Response(status=204)
        if method == "PUT":
            return self._put(kind, identifier, body)
        if method == "PATCH" and self.knows_patch:
            return self._patch(kind, identifier, body)
        return _fail(501)

    def _create(self, kind: str, body: Document) -> Response:
        if body.get("schemas") != [SCHEMAS[kind]] or "id" in body:
            return _fail(400, "invalidSyntax")
        if self._has_name(kind, body, None):
            return _fail(409, "uniqueness")
        identifier = uuid.uuid4().hex
        self.resources[kind][identifier] = body | {"id": identifier}
        return _tell(self.resources[kind][identifier], 201)

    def _put(self, kind: str, identifier: str, body: Document) -> Response:
        if body.get("schemas") != [SCHEMAS[kind]] or body.get("id") != identifier:
            return _fail(400, "invalidSyntax")
        if self._has_name(kind, body, identifier):
            return _fail(409, "uniqueness")
        self.resources[kind][identifier] = body
        return _tell(body)

    def _patch(self, kind: str, identifier: str, body: Document) -> Response:
        if body.get("schemas") != [PATCH]:
            return _fail(400, "invalidSyntax")
        changed = dict(self.resources[kind][identifier])
        for operation in body["Operations"]:
            if operation["op"] == "replace":
                changed |= operation["value"]
            elif operation["op"] == "remove":
                name, _, part = operation["path"].partition(".")
                changed[name] = {key: value for key, value in changed.get(name, {}).items() if key != part}
            else:
                return _fail(400, "invalidSyntax")
        if self._has_name(kind, changed, identifier):
            return _fail(409, "uniqueness")
        self.resources[kind][identifier] = changed
        return Response(status=204)

    def _has_name(self, kind: str, body: Document, identifier: str | None) -> bool:
        name = "userName" if kind == "Users" else "displayName"
        others = (one for key, one in self.resources[kind].items() if key != identifier)
        return any(one[name].lower() == body[name].lower() for one in others)


def _tell(body: Document, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/scim+json")


def _fail(status: int, kind: str | None = None) -> Response:
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": str(status), "scimType": kind}
    return _tell({name: value for name, value in body.items() if value is not None}, status)
