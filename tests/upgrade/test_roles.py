"""Whoever administered before there were roles may everything still, and nobody else gets any right by the upgrade."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from idp import create_app, policies
from idp.accounts import lookup
from idp.accounts.authority import holding
from idp.accounts.authority.permissions import OWNER, ROLES
from idp.base import clock, database, schema
from idp.factors import policy as rule
from tests.conftest import dispose, make_settings, sqlite_url
from tests.support.postgres import PostgresServer

BEFORE = "0013"
INSERT = text(
    "INSERT INTO accounts (sub, email, email_verified_at, given_name, family_name, is_admin, token_epoch, created_at, updated_at)"
    " VALUES (:sub, :email, :now, '', '', :is_admin, 0, :now, :now)"
)


def test_administrators_of_before_are_owners(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """On an upgraded database an administrator is an owner for good, others are nothing, and a policy in force stays in force."""
    url = sqlite_url(tmp_path)
    if backend == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create_database("before_roles")
    app = create_app(make_settings(tmp_path, url))
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    try:
        with app.app_context(), database.engine().begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, BEFORE)
            for name, is_admin in (("root", True), ("ann", False)):
                values = {"sub": name, "email": f"{name}@example.org", "now": clock.now(), "is_admin": is_admin}
                connection.execute(INSERT, values)
            policy = (
                "INSERT INTO policies (name, value, changed_at) VALUES ('second_factor', '\"administrators\"', :now)"
            )
            connection.execute(text(policy), {"now": clock.now()})
        schema.upgrade(app)
        with app.app_context():
            root, ann = (lookup.find_by_sub(name) for name in ("root", "ann"))
            assert root is not None
            assert ann is not None
            assert [(row.role, row.given_by, row.ends_at) for row in holding.roles_of(root)] == [
                (OWNER, "upgrade", None)
            ]
            assert holding.permissions_of(root) == ROLES[OWNER]
            assert (holding.permissions_of(ann), holding.roles_of(ann)) == (frozenset(), [])
            assert holding.is_last_owner(root)
            present, decided = policies.look(rule.RULE)
            assert (present, decided and decided.version) == (rule.Required.ADMINISTRATORS, 1)
    finally:
        dispose(app)
