"""The rules by which a client gets identity assertions for other servers, as a file has them."""

from collections.abc import Iterable

from idp.applying.shapes import Filled
from idp.groups.assertion_rules import Rule


def read(rows: Iterable[Filled]) -> list[Rule]:
    """Return the rules of an entry, in the order in which they are kept."""
    return sorted((_read(row.values) for row in rows), key=lambda rule: rule.audience)


def _read(values: dict[str, object]) -> Rule:
    texts = {name: values[name] for name in ("audience", "client_id", "sso_client_id", "email") if name in values}
    groups = values.get("groups")
    return Rule(
        **texts,  # type: ignore[arg-type] # as the members are called
        scope=" ".join(str(values.get("scope", "")).split()),
        resources=tuple(values.get("resources", ())),  # type: ignore[arg-type] # a list of texts
        groups=tuple(sorted(set(groups))) if groups is not None else None,  # type: ignore[call-overload] # likewise
    )
