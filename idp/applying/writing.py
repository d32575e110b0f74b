"""Writing YAML that every reader takes for the same: a text that any of them would take for something else stands in quotes."""

from typing import Any

import yaml

from idp.applying import scalars

WIDEST = 1_000_000  # characters: no value is folded over lines


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc] # whichever is there
    """Writes texts as `scalars` reads them."""


def _represent_text(dumper: Any, text: str) -> Any:
    style = "'" if scalars.taken_for(text) is not None else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def write(value: Any) -> str:
    """Return a value as YAML, members in their order."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDEST, default_flow_style=False)
