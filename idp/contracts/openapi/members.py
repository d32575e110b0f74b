"""The document as tables: for each operation what proves the caller, what is sent, and what comes back."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from idp.contracts.openapi.schemas import Schema

DEEPEST = 4


@dataclass(frozen=True)
class Member:
    """One member of a body, or one parameter."""

    name: str
    kind: str
    is_required: bool
    about: str


@dataclass(frozen=True)
class Answered:
    """One status: what it means, its media type, and the members of its body."""

    status: str
    about: str
    media_type: str | None
    members: list[Member]


@dataclass(frozen=True)
class Failed:
    """The statuses of failures that look alike, and the members of their body."""

    statuses: list[tuple[str, str]]
    members: list[Member]


@dataclass(frozen=True)
class Operation:
    """One method at one path."""

    identifier: str
    method: str
    path: str
    summary: str
    description: str
    proofs: list[str]
    parameters: list[Member]
    body: list[Member]
    body_media_type: str | None
    body_about: str
    successes: list[Answered]
    failures: list[Failed]


@dataclass(frozen=True)
class Group:
    """The operations of one interface."""

    name: str
    title: str
    about: str
    operations: list[Operation]


def group(document: Mapping[str, Any]) -> list[Group]:
    """Return the document's operations by interface."""
    groups = []
    for tag in document["tags"]:
        found = [
            _read(document, path, method, told)
            for path, methods in document["paths"].items()
            for method, told in methods.items()
            if tag["name"] in told["tags"]
        ]
        groups.append(Group(tag["name"], tag["x-displayName"], tag["description"].partition(". ")[2], found))
    return groups


def list_members(
    schema: Schema, components: Mapping[str, Schema], prefix: str = "", depth: int = 0
) -> Iterator[Member]:
    """Yield the members of an object, those of objects within it too, with their path as a name."""
    schema = _resolve(schema, components)
    for name, member in schema.get("properties", {}).items():
        full = f"{prefix}{name}"
        yield Member(full, _kind(member, components), name in schema.get("required", []), member.get("description", ""))
        if depth < DEEPEST:
            inner = member.get("items", member)
            yield from list_members(inner, components, f"{full}[]." if "items" in member else f"{full}.", depth + 1)


def _read(document: Mapping[str, Any], path: str, method: str, told: Mapping[str, Any]) -> Operation:
    components = document["components"]["schemas"]
    body_media_type, body = _content(told.get("requestBody", {}), components)
    answers = [
        Answered(status, _plain(answer["description"]), *_content(answer, components))
        for status, answer in told["responses"].items()
    ]
    return Operation(
        identifier=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        description=_plain(told.get("description", "")),
        proofs=[_proof(document, wanted) for wanted in told.get("security", [])],
        parameters=[_parameter(parameter, components) for parameter in told.get("parameters", [])],
        body=body,
        body_media_type=body_media_type,
        body_about=_about(told.get("requestBody", {}), components),
        successes=[answer for answer in answers if answer.status < "4"],
        failures=_gather([answer for answer in answers if answer.status >= "4"]),
    )


def _gather(answers: list[Answered]) -> list[Failed]:
    gathered: dict[tuple[Member, ...], Failed] = {}
    for answer in answers:
        alike = gathered.setdefault(tuple(answer.members), Failed([], answer.members))
        alike.statuses.append((answer.status, answer.about))
    return list(gathered.values())


def _content(told: Mapping[str, Any], components: Mapping[str, Schema]) -> tuple[str | None, list[Member]]:
    for media_type, content in told.get("content", {}).items():
        return media_type, list(list_members(content.get("schema", {}), components))
    return None, []


def _about(told: Mapping[str, Any], components: Mapping[str, Schema]) -> str:
    for content in told.get("content", {}).values():
        return _plain(_resolve(content.get("schema", {}), components).get("description", ""))
    return ""


def _plain(text: str) -> str:
    return text.replace("`", "")


def _parameter(parameter: Mapping[str, Any], components: Mapping[str, Schema]) -> Member:
    schema = parameter["schema"]
    return Member(
        parameter["name"],
        f"{_kind(schema, components)}, in the {parameter['in']}",
        parameter["required"],
        schema.get("description", ""),
    )


def _proof(document: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Return in words what proves who calls; no name means that a member of the body does."""
    for name in wanted:
        scheme = document["components"]["securitySchemes"][name]
        if scheme["type"] == "http":
            return f"Authorization: {scheme['scheme'].capitalize()}"
        return f"{scheme['in']} {scheme['name']}"
    return "a member of the body"


def _kind(schema: Schema, components: Mapping[str, Schema]) -> str:
    schema = _resolve(schema, components)
    if "anyOf" in schema:
        return " or ".join(_kind(part, components) for part in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " or ".join(json.dumps(value) for value in schema.get("enum", [schema.get("const")]))
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_kind(schema.get('items', {}), components)}"
    return {"boolean": "true or false", "string": "text"}.get(kind, kind)


def _resolve(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    reference = schema.get("$ref")
    return components[reference.rpartition("/")[2]] if reference else schema
