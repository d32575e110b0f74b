"""What tests of streams share: one that leads to a host of the test's own."""

from collections.abc import Callable

import pytest
from flask import Flask

from idp.streams import carrying, service
from idp.streams.models import Stream
from tests.factories import Provider

Making = Callable[..., tuple[int, str | None]]


@pytest.fixture
def make(app: Flask, provider: Provider) -> Making:
    """Make a stream: `make(address, **options)`; return its number and secret."""

    def create(address: str, **options: object) -> tuple[int, str | None]:
        with provider.working():
            made = service.create("SIEM", address, actor="root", **options)  # type: ignore[arg-type] # options of a test
            assert isinstance(made, tuple), made
            return made[0].id, made[1]

    return create


def carry(provider: Provider) -> int:
    """Deliver until nothing is due; return how many events went through."""
    total = 0
    with provider.app.app_context():
        while carrying._find_due() is not None:
            total += carrying.deliver_due()
    return total


def look(provider: Provider, number: int) -> Stream:
    """Return a stream as it is now."""
    with provider.working():
        row = service.get(number)
        assert row is not None
        return row
