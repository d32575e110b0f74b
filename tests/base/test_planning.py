"""When PostgreSQL plans a statement: a declared one once, what goes through the session for the values that it has."""

from contextlib import ExitStack

import pytest
from flask import Flask
from sqlalchemy import text

from idp.base import database
from idp.base.database import session
from tests.factories import Person, Provider

pytestmark = pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
TURNS = 12  # the server makes five plans for the very values before it thinks of another


def planned(app: Flask) -> list[tuple[int, int]]:
    """Return how often each declared statement of each connection in the pool was planned: once for all values, and for the very values."""
    query = text("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name LIKE 'idp_%'")
    with app.app_context(), ExitStack() as stack:
        engine = database.engine()
        idle = [stack.enter_context(engine.connect()) for _number in range(engine.pool.checkedin())]
        return [(row[0], row[1]) for connection in idle for row in connection.execute(query)]


def test_declared_statements_are_planned_once(app: Flask, provider: Provider, ann: Person) -> None:
    """What the programs' endpoints, and the authorization endpoint with a session, execute alone is never planned for its values."""
    shop, browser = provider.client(), provider.browser(ann)
    for _turn in range(TURNS):
        tokens = provider.grant(shop, browser, "openid offline_access")
        assert provider.userinfo(tokens["access_token"]).status_code == 200
        assert provider.refresh(shop, tokens["refresh_token"]).status_code == 200
    found = planned(app)
    assert max(once for once, _each in found) >= TURNS / 2
    assert [each for _once, each in found if each] == []


def test_the_session_is_planned_for_its_values(app: Flask, provider: Provider, ann: Person) -> None:
    """A transaction of the session has the database's own terms, on a connection that was used for declared statements a moment ago."""
    tokens = provider.grant(provider.client(), provider.browser(ann))
    for _turn in range(2):
        assert provider.userinfo(tokens["access_token"]).status_code == 200
        with app.app_context():
            for name, usual in (("plan_cache_mode", "auto"), ("enable_seqscan", "on"), ("enable_hashjoin", "on")):
                assert session().scalar(text(f"SHOW {name}")) == usual
