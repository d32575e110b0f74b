"""The rules by which a client exchanges tokens, as a file has them."""

from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from idp.applying.shapes import Filled
from idp.applying.states import without
from idp.clients.exchanges import Rule

USUAL = {field.name: field.default for field in fields(Rule) if field.name != "subject"}
FIELDS = ("subject", "audience", "manner")  # what a refusal may be about beside `scope`


def read(rows: Iterable[Filled]) -> list[Rule]:
    """Return the rules of an entry, in the order in which they are kept."""
    rules = [Rule(**row.values | {"scope": " ".join(row.values.get("scope", "").split())}) for row in rows]
    return sorted(rules, key=lambda rule: rule.key)


def tell(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return rules as a file says them."""
    return [without(asdict(rule), USUAL) for rule in rules]
