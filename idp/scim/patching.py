"""PATCH (RFC 7644, section 3.5.2): what a body asks for, and what becomes of a document by it. What directories send beside it is taken.

Microsoft Entra ID writes operations with a capital letter, flags as words, names attributes of an object by their paths, and lists the
values that it removes. Okta replaces without a path, and sends `id` along.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from idp.scim import matching
from idp.scim.attributes import Attribute, Kind, Path
from idp.scim.problem import INVALID_PATH, INVALID_SYNTAX, INVALID_VALUE, MUTABILITY, NO_TARGET, Problem, bad

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
MOST_OPERATIONS = 1000
ADD, REPLACE, REMOVE = "add", "replace", "remove"

Document = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One change of one place; `value` is as the schema has it, None for none."""

    op: str
    path: Path
    value: Any = None


def read(kind: Kind, body: Mapping[str, Any]) -> list[Operation]:
    """Return the operations of a body, each with its place; one without a path becomes one for each attribute that it names.

    Raises:
        Problem: `invalidSyntax`, `invalidPath`, `invalidValue`, `noTarget`, `mutability`.
    """
    members = {name.lower(): value for name, value in body.items()}
    asked = members.get("operations")
    if not isinstance(asked, list) or not asked:
        raise bad(INVALID_SYNTAX, "Operations must be a list of at least one operation.")
    if len(asked) > MOST_OPERATIONS:
        raise bad(INVALID_SYNTAX, f"More than {MOST_OPERATIONS} operations are sent.")
    return [operation for one in asked for operation in _read_one(kind, one)]


def apply(document: Document, operation: Operation) -> None:
    """Change a document.

    Raises:
        Problem: `noTarget`, where a filter of a replacement chooses nothing.
    """
    if operation.op == ADD and operation.value is None:
        return
    operation = replace(operation, value=deepcopy(operation.value))  # a later one may change what this one puts there
    holder, path = _holder(document, operation.path), operation.path
    if path.attribute is None:
        _change_extension(document, operation)
    elif path.chosen is not None:
        _change_chosen(holder, operation, path.attribute)
    elif path.sub is not None:
        _change_sub(holder, operation, path.attribute, path.sub)
    elif operation.op == REMOVE or operation.value is None:
        _remove(holder, path.attribute, operation.value if operation.op == REMOVE else None)
    elif path.attribute.is_multiple:
        _put_values(holder, path.attribute, operation)
    elif path.attribute.kind == "complex":
        holder[path.attribute.name] = {**holder.get(path.attribute.name, {}), **operation.value}
    else:
        holder[path.attribute.name] = operation.value
    for name in [name for name, value in document.items() if value in ({}, [])]:
        del document[name]


def _read_one(kind: Kind, asked: Any) -> Iterator[Operation]:
    if not isinstance(asked, Mapping):
        raise bad(INVALID_SYNTAX, "Each operation must be an object.")
    members = {name.lower(): value for name, value in asked.items()}
    op, path, value = members.get("op"), members.get("path"), members.get("value")
    if not isinstance(op, str) or op.lower() not in {ADD, REPLACE, REMOVE}:
        raise bad(INVALID_SYNTAX, "The op of an operation must be add, replace or remove.")
    op = op.lower()
    if path is not None and not isinstance(path, str):
        raise bad(INVALID_PATH, "A path must be a text.")
    if path:
        place = kind.find(path)
        _refuse_unfit(place, op)
        yield Operation(op, place, kind.read_value(place, value))
        return
    if op == REMOVE:
        raise bad(NO_TARGET, "An operation that removes needs a path.")
    if not isinstance(value, Mapping):
        raise bad(INVALID_VALUE, "An operation without a path needs an object of attributes.")
    for name, one in value.items():
        yield from _read_named(kind, op, name, one)


def _read_named(kind: Kind, op: str, name: str, value: Any) -> Iterator[Operation]:
    """Yield the operation on an attribute that an object names; of what nobody may write, or the schema does not know, none."""
    try:
        place = kind.find(name)
    except Problem as problem:
        if problem.scim_type == NO_TARGET:
            return
        raise
    if place.attribute is None or place.attribute.is_writable:
        yield Operation(op, place, kind.read_value(place, value))


def _refuse_unfit(place: Path, op: str) -> None:
    attribute, sub = place.attribute, place.sub
    if attribute is None:
        return
    if not attribute.is_writable or (sub is not None and not sub.is_writable):
        raise bad(MUTABILITY, f"{attribute.name} cannot be written.")
    if op == REMOVE and attribute.is_required and sub is None and place.chosen is None:
        raise bad(MUTABILITY, f"{attribute.name} is required and cannot be removed.")


def _holder(document: Document, path: Path) -> Document:
    """Return the object in which an attribute stands."""
    if path.extension is None or path.attribute is None:
        return document
    found: Document = document.setdefault(path.extension, {})
    return found


def _change_extension(document: Document, operation: Operation) -> None:
    name = operation.path.extension or ""
    if operation.op == REMOVE or operation.value is None:
        document.pop(name, None)
    else:
        document[name] = {**document.get(name, {}), **operation.value}


def _change_chosen(holder: Document, operation: Operation, attribute: Attribute) -> None:
    condition, sub = operation.path.chosen, operation.path.sub
    if condition is None:
        return
    values: list[Document] = holder.get(attribute.name, [])
    chosen = [one for one in values if matching.meets(one, condition, attribute)]
    if operation.op == REMOVE and sub is None:
        holder[attribute.name] = [one for one in values if one not in chosen]
        return
    if not chosen and operation.op != REMOVE:
        chosen = [_make(holder, operation, attribute)]
    for one in chosen:
        if operation.op == REMOVE or operation.value is None:
            one.pop(sub.name if sub is not None else "", None)
        else:
            one.update({sub.name: operation.value} if sub is not None else operation.value)
    _keep_one_primary(holder, attribute, chosen)


def _make(holder: Document, operation: Operation, attribute: Attribute) -> Document:
    """Return a new value that meets the condition by which it was looked for."""
    demanded = matching.fixed(operation.path.chosen) if operation.path.chosen is not None else None
    if operation.op == REPLACE or demanded is None:
        raise bad(NO_TARGET, f"No value of {attribute.name} is chosen by the filter of the path.")
    made: Document = {}
    for name, value in demanded.items():
        sub = attribute.subs.get(name.lower())
        if sub is not None and sub.is_writable:
            made[sub.name] = value
    holder.setdefault(attribute.name, []).append(made)
    return made


def _change_sub(holder: Document, operation: Operation, attribute: Attribute, sub: Attribute) -> None:
    present = holder.get(attribute.name)
    targets: list[Document] = present if isinstance(present, list) else [present] if present else []
    if operation.op == REMOVE or operation.value is None:
        for one in targets:
            one.pop(sub.name, None)
        if not attribute.is_multiple and present == {}:
            del holder[attribute.name]
        return
    if not targets:
        targets = [{}]
        holder[attribute.name] = targets if attribute.is_multiple else targets[0]
    for one in targets:
        one[sub.name] = operation.value


def _remove(holder: Document, attribute: Attribute, listed: Any) -> None:
    """Remove an attribute, or those of its values that are listed."""
    present = holder.get(attribute.name)
    if isinstance(present, list) and isinstance(listed, list):
        holder[attribute.name] = [one for one in present if not any(_is_same(one, other) for other in listed)]
    else:
        holder.pop(attribute.name, None)


def _put_values(holder: Document, attribute: Attribute, operation: Operation) -> None:
    present: list[Any] = holder.get(attribute.name, []) if operation.op == ADD else []
    new = [one for one in operation.value if one not in present]
    holder[attribute.name] = [*present, *new]
    _keep_one_primary(holder, attribute, new)


def _keep_one_primary(holder: Document, attribute: Attribute, new: list[Any]) -> None:
    """Let a new primary value be the only one (RFC 7644, section 3.5.2)."""
    if not any(isinstance(one, dict) and one.get("primary") is True for one in new):
        return
    for one in holder.get(attribute.name, []):
        if one not in new and one.get("primary") is True:
            one["primary"] = False


def _is_same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return bool(one == other or (one.get("value") is not None and one.get("value") == other.get("value")))
    return bool(one == other)
