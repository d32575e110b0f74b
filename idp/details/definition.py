"""What a type of authorization details is, and which there may be: pure, so that pages, commands and files judge alike."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from idp.base import writing
from idp.base.outcome import Reason, Refused
from idp.details import wording

TYPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,100}")
LONGEST_TITLE, LONGEST_WORDS, LONGEST_SCHEMA, DEEPEST = 100, 500, 20_000, 20
MOST = 100

Problem = tuple[str, str]  # a member, and a sentence


@dataclass(frozen=True)
class Definition:
    """One type: `title` and `words` are what the consent page says, `json_schema` what an object of it has to look like."""

    type: str
    title: str = ""
    words: str = ""
    json_schema: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _validator(self) -> Any:
        return compile_schema(self.json_schema)

    def find_fault(self, detail: dict[str, Any]) -> str | None:
        """Return where an object does not fit the schema, and how, without repeating what it says."""
        error = next(iter(self._validator.iter_errors(detail)), None)
        if error is None:
            return None
        at = ".".join(str(step) for step in error.instance_path)
        rule = next((str(step) for step in reversed(list(error.schema_path)) if isinstance(step, str)), "")
        return f"{at or 'the object'} does not fit the schema ({rule})"


MEMBERS = tuple(one.name for one in fields(Definition))
CHANGEABLE = tuple(name for name in MEMBERS if name != "type")


def compile_schema(schema: dict[str, Any]) -> Any:
    """Return what compares objects with a schema: nothing is fetched, and no pattern takes more than linear time.

    Raises:
        ValueError: it is no JSON Schema, or refers to what is elsewhere.
    """
    import jsonschema_rs  # where a schema is compiled: few servers have a type

    options = jsonschema_rs.RegexOptions()
    try:
        return jsonschema_rs.validator_for(schema, offline=True, pattern_options=options, validate_formats=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        raise ValueError(str(error).partition("\n")[0][:200]) from None


def of(row: Any) -> Definition:
    """Return the definition of a row."""
    return Definition(**{name: getattr(row, name) for name in MEMBERS})


def tidy(definition: Definition) -> Definition:
    """Return a definition as it is kept; a title that is left out is the type itself."""
    title = writing.tidy(definition.title).strip() or definition.type.strip()
    return replace(definition, type=definition.type.strip(), title=title, words=writing.tidy(definition.words).strip())


def tell(definition: Definition) -> dict[str, Any]:
    """Return the members of a definition, as JSON has them."""
    return asdict(definition)


def check(definition: Definition) -> list[Refused]:
    """Return everything that is wrong with a definition by itself: CLIENT_INVALID, with the member and a sentence."""
    return [refuse(member, sentence) for rule in CHECKS for member, sentence in rule(definition)]


def refuse(member: str, sentence: str) -> Refused:
    """Return the refusal of a member."""
    return Refused(Reason.CLIENT_INVALID, member, detail=sentence)


def _check_type(definition: Definition) -> Iterable[Problem]:
    if not TYPE.fullmatch(definition.type):
        yield "type", _("A type has 1 to 100 characters, without spaces and quotes.")


def _check_words(definition: Definition) -> Iterable[Problem]:
    for member, most in (("title", LONGEST_TITLE), ("words", LONGEST_WORDS)):
        text = getattr(definition, member)
        if len(text) > most:
            yield member, _("Use at most %(most)s characters.", most=most)
        elif text and writing.find_fault(text) is not None:
            yield member, _("This has a character that cannot be used.")
    fault = wording.find_fault(definition.words)
    if fault is not None:
        yield "words", _("%(place)s is no place: write {member} or {member.member}.", place=fault[:60])


def _check_schema(definition: Definition) -> Iterable[Problem]:
    try:
        text = json.dumps(definition.json_schema, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        yield "json_schema", _("A JSON Schema is needed: an object.")
        return
    if not definition.json_schema or len(text) > LONGEST_SCHEMA or _depth(definition.json_schema) > DEEPEST:
        yield "json_schema", _("A JSON Schema is needed, of at most %(most)s characters.", most=LONGEST_SCHEMA)
        return
    try:
        compile_schema(definition.json_schema)
    except ValueError as error:
        yield "json_schema", _("This is no JSON Schema that can be used here: %(error)s", error=str(error))


def _depth(value: Any) -> int:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max((_depth(one) for one in below), default=0)


CHECKS = (_check_type, _check_words, _check_schema)
