"""Attributes for tests: defined with the services that pages and commands use."""

from typing import Any

from idp.accounts import attribute_values, lookup
from idp.accounts.models import Account
from idp.attributes import service
from idp.attributes.definition import Definition
from idp.attributes.models import Attribute
from tests.factories import Person, Provider

DEPARTMENT: dict[str, Any] = {"kind": "choice", "label": "Department", "choices": ("Sales", "IT")}


def define(provider: Provider, name: str, **members: Any) -> None:
    """Define an attribute."""
    with provider.working():
        made = service.create(Definition(name, **members), actor="the tests")
        assert isinstance(made, Attribute), made


def change(provider: Provider, name: str, **members: Any) -> None:
    """Change an attribute."""
    from dataclasses import replace

    from idp.attributes import definition

    with provider.working():
        row = service.find(name, for_change=True)
        assert row is not None
        changed = service.change(row, replace(definition.of(row), **members), actor="the tests")
        assert isinstance(changed, Attribute), changed


def remove(provider: Provider, name: str) -> None:
    """Delete an attribute."""
    with provider.working():
        row = service.find(name, for_change=True)
        assert row is not None
        attribute_values.remove(row, actor="the tests")


def give(provider: Provider, person: Person, **texts: str) -> None:
    """Say what somebody has in attributes, as an administrator."""
    with provider.account(person) as account:
        assert attribute_values.change(account, texts, actor="the tests") == []


def of(provider: Provider, person: Person) -> dict[str, Any]:
    """Return what somebody has in attributes."""
    with provider.working():
        account = lookup.find(person.id)
        assert isinstance(account, Account)
        return account.attributes or {}
