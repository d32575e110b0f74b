"""The JSON schemas of an interface's models, as pydantic makes them, each under its interface's name."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from idp.contracts.kit import LONGEST_TEXT, Body

Mode = Literal["validation", "serialization"]
Schema = dict[str, Any]


class _Plain(GenerateJsonSchema):
    """Schemas without a title for each member, which would repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Return no."""
        return False


def mode_of(model: type[BaseModel]) -> Mode:
    """Return whether a model is read or written."""
    return "validation" if issubclass(model, Body) else "serialization"


def make(contract: str, models: Iterable[type[BaseModel]]) -> tuple[dict[type[BaseModel], Schema], dict[str, Schema]]:
    """Return a reference for each model, and the components they lead to."""
    wanted = [(model, mode_of(model)) for model in dict.fromkeys(models)]
    references, definitions = models_json_schema(
        wanted, schema_generator=_Plain, ref_template=f"#/components/schemas/{contract}.{{model}}"
    )
    components = {f"{contract}.{name}": schema for name, schema in definitions.get("$defs", {}).items()}
    for model, mode in wanted:
        if mode == "validation":
            _bound_texts(components[references[model, mode]["$ref"].rpartition("/")[2]])
    return {model: references[model, mode] for model, mode in wanted}, components


def query_parameters(model: type[BaseModel]) -> list[Schema]:
    """Return the parameters that a model of a query stands for."""
    schema = model.model_json_schema(schema_generator=_Plain)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": member}
        for name, member in schema["properties"].items()
    ]


def _bound_texts(schema: Any) -> None:
    """Tell the length that `Body` allows every text, which pydantic leaves out."""
    if isinstance(schema, list):
        for part in schema:
            _bound_texts(part)
    elif isinstance(schema, dict):
        if schema.get("type") == "string" and not schema.keys() & {"enum", "const"}:
            schema.setdefault("maxLength", LONGEST_TEXT)
        for part in list(schema.values()):
            _bound_texts(part)
