"""Addresses whose builders are made late are those that Werkzeug builds."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import AnyConverter, BaseConverter, IntegerConverter, Map, Rule

from idp.base.rules import LateRule


def value_for(converter: BaseConverter) -> Any:
    """Return something that may stand in an address."""
    if isinstance(converter, AnyConverter):
        return min(converter.items)
    return 7 if isinstance(converter, IntegerConverter) else "ä b"


def test_every_address_is_built_as_ever(app: Flask) -> None:
    """For each rule of the house the late builder gives what Werkzeug's own gives, with a query and without."""
    rules = [*app.url_map.iter_rules()]
    for late in rules:
        assert isinstance(late, LateRule)
        values = {name: value_for(converter) for name, converter in late._converters.items()}
        usual = Rule(late.rule, endpoint=late.endpoint, defaults=late.defaults)
        usual.bind(app.url_map, rebind=True)
        for asked in (values, values | {"next": "/account?a=ä&b"}):
            for append in (True, False):
                assert late.build(asked, append_unknown=append) == usual.build(asked, append_unknown=append)
    assert len(rules) > 200


def test_builders_are_made_at_the_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule has compiled nothing before its address is built, and does it once."""
    made = []
    compile_builder = Rule._compile_builder

    def count(rule: Rule, append_unknown: bool = True) -> Any:
        made.append(append_unknown)
        return compile_builder(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", count)
    rule = LateRule("/people/<int:number>", endpoint="person")
    Map([rule])
    assert made == []
    assert [rule.build({"number": number}) for number in (1, 2)] == [("", "/people/1"), ("", "/people/2")]
    assert made == [True]
