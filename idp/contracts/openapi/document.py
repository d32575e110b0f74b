"""The OpenAPI 3.1 document, made of what the adapters declare: nothing about a route is written down a second time here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from inspect import cleandoc
from typing import Any

from flask import Flask
from pydantic import BaseModel

from idp.config import CONTRACTS, Settings
from idp.contracts.kit import Operation, described, operations
from idp.contracts.openapi import schemas
from idp.contracts.openapi.schemas import Schema

PLACEHOLDER = re.compile(r"<(?:(?P<converter>[a-z]+)(?:\([^)]*\))?:)?(?P<name>[a-z_]+)>")
CONVERTERS: Mapping[str, Schema] = {
    "string": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
    "int": {"type": "integer", "minimum": 0},
}
# What any request can be answered, whatever its route says; the second line to requests that may have a body.
ALWAYS = (400, 414, 429, 431, 500, 503)
WITH_BODY = (403, 413, 415)
HEADERS: Mapping[int, dict[str, Schema]] = {
    303: {"Location": {"description": "Where to go on.", "required": True, "schema": {"type": "string"}}},
    401: {"WWW-Authenticate": {"description": "What would prove who calls.", "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "integer"}}},
    503: {"Retry-After": {"description": "Seconds to wait, where waiting helps.", "schema": {"type": "integer"}}},
}
SCHEMES: Mapping[str, Schema] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token. Under “User management” the word Bearer may be left out.",
    },
    "basic": {"type": "http", "scheme": "basic", "description": "Client identifier and secret."},
    "admin_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Admin-Key",
        "description": "The administrator's key; while none is set, nobody is let in.",
    },
    "mfa_token": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "The `mfa_token` of a sign-in that lacks its second factor, with or without the word Bearer.",
    },
}


@dataclass(frozen=True)
class Route:
    """One operation at one of its paths."""

    path: str
    method: str
    identifier: str
    operation: Operation
    description: str
    parameters: list[Schema]
    is_ours: bool


def build(app: Flask, settings: Settings) -> dict[str, Any]:
    """Return the document of everything that the application's interfaces answer."""
    routes = sorted(_list_routes(app), key=lambda route: _place(route.operation))
    references, components = _make_schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _tell(route, references[route.operation.contract.name])
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gatehouse",
            "version": version("idp"),
            "description": "The JSON interfaces. OpenID Connect is described by /.well-known/openid-configuration.",
        },
        "servers": [{"url": settings.issuer}],
        "tags": _list_tags(routes),
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _list_schemes(routes)},
    }


def _list_routes(app: Flask) -> Iterator[Route]:
    for known, is_ours in ((operations, True), (described, False)):
        for endpoint, operation in known.items():
            served = {rule.rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint}
            view = app.view_functions.get(endpoint)
            name = f"{operation.contract.name}_{endpoint.rpartition('.')[2]}"
            for number, rule in enumerate(rule for rule in operation.rules if rule in served):
                yield Route(
                    path=PLACEHOLDER.sub(r"{\g<name>}", rule),
                    method=operation.method,
                    identifier=name if number == 0 else f"{name}_{number + 1}",
                    operation=operation,
                    description=cleandoc(view.__doc__ or "") if is_ours and view else "",
                    parameters=[*_path_parameters(rule), *_query_parameters(operation)],
                    is_ours=is_ours,
                )


def _place(operation: Operation) -> int:
    name = operation.contract.name
    return CONTRACTS.index(name) if name in CONTRACTS else len(CONTRACTS)


def _make_schemas(
    routes: list[Route],
) -> tuple[dict[str, dict[type[BaseModel], Schema]], dict[str, Schema]]:
    models: dict[str, list[type[BaseModel]]] = {}
    for route in routes:
        found = models.setdefault(route.operation.contract.name, [])
        found += [route.operation.body] if route.operation.body is not None else []
        found += [model for model in _answers(route).values() if model is not None]
    references: dict[str, dict[type[BaseModel], Schema]] = {}
    components: dict[str, Schema] = {}
    for name, wanted in models.items():
        references[name], made = schemas.make(name, wanted)
        components |= made
    return references, components


def _tell(route: Route, references: Mapping[type[BaseModel], Schema]) -> dict[str, Any]:
    operation = route.operation
    told: dict[str, Any] = {
        "operationId": route.identifier,
        "tags": [operation.contract.name],
        "summary": operation.summary,
    }
    if route.description:
        told["description"] = route.description
    if operation.security is not None:
        told["security"] = [{name: []} if name else {} for name in _alternatives(operation)]
    if route.parameters:
        told["parameters"] = route.parameters
    if operation.body is not None:
        is_needed = any(member.is_required() for member in operation.body.model_fields.values())
        content = {operation.body_media_type: {"schema": references[operation.body]}}
        told["requestBody"] = {"required": is_needed, "content": content}
    told["responses"] = {
        str(status): _tell_answer(operation, status, model, references) for status, model in _answers(route).items()
    }
    return told


def _tell_answer(
    operation: Operation, status: int, model: type[BaseModel] | None, references: Mapping[type[BaseModel], Schema]
) -> dict[str, Any]:
    is_success = status < HTTPStatus.MULTIPLE_CHOICES
    told: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if model is not None:
        told["content"] = {"application/json": {"schema": references[model]}}
        if is_success and model.__doc__:
            told["description"] = cleandoc(model.__doc__)
    elif is_success and operation.media_type != "application/json":
        told["content"] = {operation.media_type: {}}
    if status in HEADERS:
        told["headers"] = HEADERS[status]
    return told


def _answers(route: Route) -> dict[int, type[BaseModel] | None]:
    """Return the models of all statuses, in order: what the route declares, and what any route can be answered."""
    operation = route.operation
    found = dict(operation.answers)
    if route.is_ours:
        always = ALWAYS if operation.method == "GET" else ALWAYS + WITH_BODY
        for status in (*operation.failures, *always):
            found.setdefault(status, operation.contract.error_at(status))
    return dict(sorted(found.items()))


def _path_parameters(rule: str) -> list[Schema]:
    return [
        {
            "name": found["name"],
            "in": "path",
            "required": True,
            "schema": dict(CONVERTERS[found["converter"] or "string"]),
        }
        for found in PLACEHOLDER.finditer(rule)
    ]


def _query_parameters(operation: Operation) -> list[Schema]:
    return schemas.query_parameters(operation.query) if operation.query is not None else []


def _list_tags(routes: list[Route]) -> list[dict[str, str]]:
    tags: dict[str, dict[str, str]] = {}
    for contract in (route.operation.contract for route in routes):
        tag = tags.setdefault(contract.name, {"name": contract.name})
        if contract.about:
            tag["description"] = f"{contract.title}. {contract.about}"
            tag["x-displayName"] = contract.title
    return list(tags.values())


def _list_schemes(routes: list[Route]) -> dict[str, Schema]:
    names = dict.fromkeys(name for route in routes for name in _alternatives(route.operation) if name)
    return {name: dict(SCHEMES.get(name, {"type": "apiKey", "in": "cookie", "name": name})) for name in names}


def _alternatives(operation: Operation) -> tuple[str | None, ...]:
    found = operation.security
    return found if isinstance(found, tuple) else (found,) if found is not None else ()
