"""Reading a request: a JSON body into a pydantic model, and the token in its Authorization header. Nothing here raises."""

import json
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from idp.contracts.kit.problems import Problem

LONGEST_TEXT = 4096


class Body(BaseModel):
    """A request's body: members have their very type, others are ignored, and no text holds what no database column takes."""

    model_config = ConfigDict(strict=True, extra="ignore", str_max_length=LONGEST_TEXT)

    @model_validator(mode="before")
    @classmethod
    def _check_texts(cls, values: Any) -> Any:
        if isinstance(values, dict) and not all(_is_storable(value) for value in values.values()):
            raise ValueError("A text has characters that cannot be used.")
        return values


Model = TypeVar("Model", bound=Body)


def read_body(model: type[Model]) -> Model | Problem:
    """Return the body. Problems: 415 for another media type, 400 for bad JSON, wrong types and missing members."""
    raw = request.get_data()
    if not raw:
        return _validate(model, {})
    if request.mimetype != "application/json":
        return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json.")
    try:
        values = json.loads(raw, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return Problem(HTTPStatus.BAD_REQUEST, "The body is no valid JSON.")
    if not isinstance(values, dict):
        return Problem(HTTPStatus.BAD_REQUEST, "The body must be a JSON object.")
    return _validate(model, values)


def read_token(*, scheme_needed: bool = True) -> str | None:
    """Return the token of the Authorization header; without `scheme_needed` the word Bearer may be left out."""
    header = request.headers.get("Authorization", "").strip()
    scheme, _, credentials = header.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip() or None
    return None if scheme_needed or " " in header else header or None


def _validate(model: type[Model], values: dict[str, Any]) -> Model | Problem:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        fields: dict[str, list[str]] = {}
        for problem in error.errors(include_url=False, include_input=False, include_context=False):
            name = ".".join(str(part) for part in problem["loc"]) or "body"
            fields.setdefault(name, []).append(_sentence(problem["type"], str(problem["msg"])))
        name, sentences = next(iter(fields.items()))
        return Problem(HTTPStatus.BAD_REQUEST, f"{name}: {sentences[0]}", fields=fields)


def _sentence(kind: str, message: str) -> str:
    return "This field is required." if kind == "missing" else message.removeprefix("Value error, ")


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    # Only lists of texts are taken anywhere: what lies deeper is of a wrong type.
    return not isinstance(value, list) or all(_is_storable(item) for item in value if isinstance(item, str))


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no JSON")
