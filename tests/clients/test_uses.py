"""When a client was used last: noted by the day, once by each process, whatever it asks for."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from idp.base import clock, database
from idp.clients import service as clients
from idp.clients import uses
from idp.clients.models import Client as ClientRow
from tests.factories import Client, Provider
from tests.house.conftest import unhurried as unhurried
from tests.house.watching import watching

SERVICE = {"grant_types": ["client_credentials"], "redirect_uris": [], "scope": "reports"}


def day_of(provider: Provider, client: Client) -> tuple[Any, Any]:
    """Return on which day a client was used last, and since which one it is unused."""
    with provider.registration(client) as row:
        return row.last_used_on, row.unused_since


def ask(provider: Provider, client: Client) -> None:
    """Have a client ask for a token of its own."""
    assert provider.token(client, grant_type="client_credentials").status_code == 200


def test_each_way_to_a_token_is_a_use(provider: Provider) -> None:
    """A code, a refresh token and own credentials count; a refused request does not, nor does a sign-in that stops there."""
    browser, days = provider.browser(provider.person()), timedelta(days=3)
    shop, robot = provider.client(scope="openid offline_access"), provider.client(**SERVICE)
    today = clock.now().date()
    browser.answer(shop)
    assert provider.token(robot, grant_type="client_credentials", scope="nothing").status_code == 400
    assert day_of(provider, shop) == day_of(provider, robot) == (None, today)
    granted = provider.grant(shop, browser, scope="openid offline_access")
    ask(provider, robot)
    assert day_of(provider, shop) == day_of(provider, robot) == (today, today)
    with clock.moved(days):
        assert provider.refresh(shop, granted["refresh_token"]).status_code == 200
        ask(provider, robot)
    assert day_of(provider, shop) == day_of(provider, robot) == (today + days, today + days)


@pytest.mark.usefixtures("unhurried")
def test_a_day_costs_one_statement(app: Flask, provider: Provider) -> None:
    """The first token of a day is noted by one declared statement, and no later one costs any; a day after, one again."""
    robot = provider.client(**SERVICE)
    costs: list[list[str]] = []
    for when in (timedelta(), timedelta(), timedelta(days=1), timedelta(days=1)):
        with clock.moved(when):
            ask(provider, provider.client(**SERVICE))  # what else a new day brings is done by now
            with watching(app) as work:
                ask(provider, robot)
            costs.append([name for name in work.all if name == "_note"])
            assert work.others == []
    assert costs == [["_note"], [], ["_note"], []]


def test_a_use_is_no_change(app: Flask, provider: Provider) -> None:
    """The instant of the last change and what processes know of the client stay, so that nothing is read anew."""
    robot = provider.client(**SERVICE)
    with provider.registration(robot) as row:
        before = row.updated_at
    counted = app.extensions["idp.generations"]["clients"].value()
    ask(provider, robot)
    assert app.extensions["idp.generations"]["clients"].value() == counted
    with provider.registration(robot) as row:
        assert row.updated_at == before


def test_an_earlier_day_overwrites_nothing(provider: Provider) -> None:
    """A node whose clock is behind does not take the day back."""
    robot, tomorrow = provider.client(**SERVICE), clock.now().date() + timedelta(days=1)
    with clock.moved(timedelta(days=1)):
        ask(provider, robot)
    ask(provider, robot)
    assert day_of(provider, robot) == (tomorrow, tomorrow)


def test_nobody_is_refused_for_it(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the day cannot be written the client has its token all the same, and the next one tries again."""
    robot = provider.client(**SERVICE)

    class Away:
        @staticmethod
        def run(**_values: Any) -> None:
            raise OperationalError("UPDATE", {}, Exception("away"))

    with monkeypatch.context() as broken:
        broken.setattr(uses, "_note", Away)
        ask(provider, robot)
    assert day_of(provider, robot)[0] is None
    ask(provider, robot)
    assert day_of(provider, robot)[0] == clock.now().date()


def test_what_is_remembered_ends(app: Flask, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """With more clients than are remembered all are forgotten, and noted once more."""
    monkeypatch.setattr(uses, "MOST_NOTED", 2)
    for _number in range(5):
        ask(provider, provider.client(**SERVICE))
    _day, known = uses._noted[id(app.extensions["idp.generations"]["clients"])]
    assert len(known) <= 2


def test_the_unused_are_listed_by_how_long(provider: Provider) -> None:
    """Whoever got no token for so many days is listed, the longest first, never used or not, and by words; others are not."""
    old, never, new = (provider.client(client_name=name, **SERVICE) for name in ("Old", "Never used", "New"))
    today = clock.now().date()
    for client, since in ((old, 100), (never, 200), (new, 5)):
        with provider.registration(client) as row:
            row.unused_since = today - timedelta(days=since)
    with provider.working():
        listed = {
            days: [row.client_name for row in database.session().scalars(uses.unused(days))] for days in (5, 6, 150)
        }
        found = [row.client_name for row in database.session().scalars(uses.unused(30, "used"))]
    assert listed == {5: ["Never used", "Old", "New"], 6: ["Never used", "Old"], 150: ["Never used"]}
    assert found == ["Never used"]


def test_a_deleted_client_leaves_nothing(provider: Provider) -> None:
    """Noting a client that was deleted meanwhile writes nothing and harms nobody."""
    robot = provider.client(**SERVICE)
    with provider.registration(robot) as row:
        clients.remove(row)
    with provider.working():
        uses.note(robot.client_id)
        assert database.session().get(ClientRow, robot.client_id) is None
