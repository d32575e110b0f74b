"""What all applications of a test run share: compiled routes and templates, or most of a test's time would go into them."""

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing.rules import Rule

Builder = Callable[..., tuple[str, str]]


def compile_once() -> None:
    """Let applications that are made from now on compile no route and no template that another one has compiled."""
    _share_routes()
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": SharedTemplates()}


class SharedTemplates(BytecodeCache):
    """Compiled templates in memory, for as long as their source stays the same."""

    def __init__(self) -> None:
        self.compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the compiled template, where it is there."""
        bucket.code = self.compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template that was just compiled."""
        if bucket.code is not None:
            self.compiled[bucket.key, bucket.checksum] = bucket.code


def _share_routes() -> None:
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

    Rule._compile_builder = compile_builder  # type: ignore[method-assign] # Werkzeug has no setting for it
