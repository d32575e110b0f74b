"""What owners are told of changes by others names who made them."""

import pytest
from sqlalchemy import select

from idp import outbox
from idp.accounts import telling
from idp.base.database import session
from idp.outbox import Delivery
from tests.factories import Provider


@pytest.mark.parametrize(
    ("actor", "named"),
    [("client hr", "the application hr"), ("command line", "the command line"), (None, "the command line")],
)
def test_whoever_is_no_person_is_named_too(provider: Provider, actor: str | None, named: str) -> None:
    """An application that acted, such as a directory, is told by its identifier, and is not taken for the command line."""
    provider.person("root@example.org", is_admin=True)
    with provider.working():
        telling.tell_owners("Something was done.", actor=actor, path="/admin")
    with provider.working():
        (letter,) = session().scalars(select(Delivery).where(Delivery.recipient == "root@example.org"))
        assert f"By: {named}" in str(outbox.read(letter))
