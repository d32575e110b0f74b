"""The published description as a judge: every answer that a test sees has to be one that the description tells, to the member.

Published schemas allow further members, since later versions may add some; here they are closed, so that a member which is sent but
not declared, and a status that is not declared, fail the test that met it.
"""

import copy
import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import requests

PLACEHOLDER = re.compile(r"\{[^}]*\}")


@dataclass
class Description:
    """One OpenAPI document, its answers closed."""

    document: dict[str, Any]
    _validators: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.document = close(self.document)

    def find(self, method: str, path: str) -> dict[str, Any] | None:
        """Return the operation at a path; one without placeholders before any other."""
        for template in sorted(self.document["paths"], key=lambda known: "{" in known):
            pattern = "[^/]+".join(re.escape(part) for part in PLACEHOLDER.split(template))
            if re.fullmatch(pattern, path):
                return dict(self.document["paths"][template]).get(method.lower())
        return None

    def judge(self, method: str, path: str, status: int, media_type: str, body: bytes) -> str | None:
        """Return what the description does not tell of an answer; None for a good one, and for paths that it does not know."""
        operation = self.find(method, path)
        if operation is None or (path == "/oauth/token" and b'"success"' not in body):
            return None  # at the token endpoint others speak the standard
        told = operation["responses"].get(str(status))
        if told is None:
            return f"the status {status} is not described"
        content = told.get("content")
        if content is None:
            return None
        if media_type not in content:
            return f"the media type {media_type} of {status} is not described"
        schema = content[media_type].get("schema")
        errors = self._validator(schema).iter_errors(json.loads(body)) if schema else ()
        return next((f"{status}: {error.message} at {error.instance_path}" for error in errors), None)

    def _validator(self, schema: dict[str, Any]) -> Any:
        name = str(schema)
        if name not in self._validators:
            whole = schema | {"components": self.document["components"]}
            self._validators[name] = jsonschema_rs.Draft202012Validator(whole)
        return self._validators[name]


_known: list[Description] = []


def learn(document: dict[str, Any]) -> None:
    """Judge by this document from now on: all servers of a run publish the same, but for the issuer."""
    _known[:] = [Description(document)]


def judge(answer: requests.Response) -> None:
    """Fail where an answer is not what the description tells."""
    method, path = str(answer.request.method), urlsplit(str(answer.request.url)).path
    if not _known or method in {"HEAD", "OPTIONS"} or answer.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return
    media_type = answer.headers.get("Content-Type", "").partition(";")[0]
    problem = _known[0].judge(method, path, answer.status_code, media_type, answer.content)
    assert problem is None, f"{method} {path}: {problem}\n{answer.text[:500]}"


def close(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy whose schemas of answers allow no further members."""
    closed = copy.deepcopy(document)
    asked = str([told.get("requestBody") for told in list_operations(document)])
    for name, schema in closed["components"]["schemas"].items():
        if "properties" in schema and f"schemas/{name}'" not in asked:
            schema.setdefault("additionalProperties", False)
    return closed


def list_operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every operation."""
    return [operation for methods in document["paths"].values() for operation in methods.values()]
