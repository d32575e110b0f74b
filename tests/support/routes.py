"""Routes compiled once for all applications of a test run: most of the time that making an application takes goes into them."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing.rules import Rule

Builder = Callable[..., tuple[str, str]]


def compile_once() -> None:
    """Let rules that are written alike share the function that Werkzeug compiles for building their addresses.

    What it compiles depends on the rule's parts and defaults alone; it is bound to each rule afterwards.
    """
    compile_anew = Rule._compile_builder
    compiled: dict[Any, Builder] = {}

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Builder:
        key = (tuple(rule._trace), tuple(sorted((rule.defaults or {}).items())), append_unknown)
        if key not in compiled:
            compiled[key] = compile_anew(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = compile_builder  # type: ignore[method-assign]
