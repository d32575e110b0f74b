"""Attributes that are defined here come with people, each by its rules; what has no place here is told."""

import json
from pathlib import Path
from typing import Any

import pytest

from idp.accounts import lookup
from idp.importing.running import Stopped
from idp.importing.sources import values
from idp.importing.sources.keycloak import Keycloak
from idp.importing.sources.tables import Table
from tests.attributes.defining import DEPARTMENT, define
from tests.factories import Provider
from tests.importing.arriving import bring


@pytest.fixture
def provider(provider: Provider) -> Provider:
    """A server that knows a department and a staff number of people."""
    define(provider, "department", **DEPARTMENT)
    define(provider, "staff_number", kind="number", edited_by="administrators")
    return provider


def kept(email: str) -> Any:
    """Return what somebody has in attributes."""
    found = lookup.find_by_email(email)
    assert found is not None
    return found.attributes


def test_a_table_has_a_column_for_each(provider: Provider, tmp_path: Path) -> None:
    """Columns are named as in the file that people are exported as; a value against the rules stays behind alone, with a sentence."""
    path = tmp_path / "people.csv"
    lines = [
        "email,attribute.department,attribute.staff_number",
        "ann@example.com,IT,17",
        "bob@example.com,Moon,",
        "cyd@example.com,,",
    ]
    path.write_text("\n".join(lines) + "\n")
    with provider.working():
        brought = bring(Table(path, "csv")).people()
        assert [kept(f"{name}@example.com") for name in ("ann", "bob", "cyd")] == [
            {"department": "IT", "staff_number": 17},
            None,
            None,
        ]
        assert [set(brought[name].get("without", {})) for name in ("ann", "bob", "cyd")] == [
            set(),
            {"attribute.department"},
            set(),
        ]
        assert [found.email for found in lookup.search("IT ann", 5).rows()] == ["ann@example.com"]


def test_an_unknown_attribute_ends_it_before_anything_is_read(provider: Provider, tmp_path: Path) -> None:
    """A column of an attribute that nobody has defined is named, with those that are."""
    path = tmp_path / "people.csv"
    path.write_text("email,attribute.shoe\nann@example.com,39\n")
    with provider.working(), pytest.raises(Stopped, match=r"attribute\.shoe.*attribute\.department"):
        bring(Table(path, "csv"))


def test_attributes_of_keycloak_come_by_name(provider: Provider, tmp_path: Path) -> None:
    """A user's attribute that is defined here comes; others are told, with what to do."""
    path = tmp_path / "realm.json"
    attributes = {"department": ["Sales"], "staff_number": ["4711"], "shoe": ["39"], "nickname": ["Annie"]}
    path.write_text(
        json.dumps({"realm": "acme", "users": [{"id": "1", "email": "ann@example.com", "attributes": attributes}]})
    )
    with provider.working():
        brought = bring(Keycloak(path, "keycloak")).people()
        assert kept("ann@example.com") == {"department": "Sales", "staff_number": 4711}
        assert "shoe. Where they are to come, define" in brought["ann"]["without"]["attributes"]


def test_what_members_are_as_texts() -> None:
    """Numbers, flags and lists are written as somebody would type them; nothing is no text."""
    told = values.flat({"a": 1, "b": True, "c": ["x", 2], "d": {"e": []}, "f": None, "g": "", "h": "t"})
    assert told == {"a": "1", "b": "true", "c": "x, 2", "d": '{"e": []}', "h": "t"}
