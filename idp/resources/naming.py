"""Resources as requests name them: the parameter `resource`, which may be repeated (RFC 8707, section 2), as one text."""

from collections.abc import Iterable

from idp.resources.definition import is_identifier

PARAMETER = "resource"
MALFORMED = "?"  # in the place of what is no identifier, and none itself


def join(values: Iterable[str]) -> str:
    """Return identifiers as one text, each once, in order; an identifier has no space."""
    named = (value if is_identifier(value) else MALFORMED for value in values if value)
    return " ".join(dict.fromkeys(named))


def split(text: str | None) -> tuple[str, ...]:
    """Return the identifiers of such a text."""
    return tuple((text or "").split())
