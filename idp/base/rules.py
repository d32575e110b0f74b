"""Flask's rules of addresses, whose builders are made when somebody first asks for an address.

Werkzeug writes and compiles two functions for each rule as it is added, a millisecond of processor time for each of two hundred rules:
a fifth of the time until the first answer, for addresses of which most are never built.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class LateRule(Rule):
    """A rule that compiles its builders at their first use."""

    def _compile_builder(self, append_unknown: bool = True) -> Builder:
        """Return a function that takes the place of the builder until it is asked for."""
        made: list[Builder] = []

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            if not made:  # two threads at once make the same twice
                made.append(super(LateRule, self)._compile_builder(append_unknown))
            return made[0](rule, **values)

        return build
