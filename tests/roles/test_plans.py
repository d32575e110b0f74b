"""Where somebody stands, and whether a client lets them in, is read off indexes, however many groups and members there are."""

from typing import Any

from flask import Flask
from sqlalchemy import insert, text

from idp.accounts.models import Account
from idp.base import clock, database
from idp.base.database import connection
from idp.groups.models import ClientGroup, Group, GroupAncestor, GroupMember
from idp.oauth import sight
from idp.roles import standing
from idp.roles.models import GroupRole, Role, RoleHolder
from tests.base import plans
from tests.factories import Provider

GROUPS, ROLES, PEOPLE, MOST_READ = 400, 3000, 1500, 60


def fill(provider: Provider) -> int:
    """Fill the tables: groups in threes below one another, everybody in three of them; return the number of one of the people."""
    now = clock.now()
    with provider.working():
        execute = connection().execute
        groups = [
            {"id": n, "parent_id": n - 1 if n % 3 != 1 else None, "name": f"g{n}", "path": f"/g{n}", "path_folded": f"/g{n}"}
            | {"depth": (n - 1) % 3 + 1, "description": "", "created_at": now, "updated_at": now}
            for n in range(1, GROUPS + 1)
        ]  # fmt: skip
        execute(insert(Group), groups)
        pairs = [(n, above) for n in range(1, GROUPS + 1) for above in range(n - (n - 1) % 3, n + 1)]
        execute(insert(GroupAncestor), [{"group_id": n, "ancestor_id": a, "distance": n - a} for n, a in pairs])
        people = [
            {"id": n, "sub": f"s{n}", "email": f"p{n}@example.org", "details": {}, "created_at": now, "updated_at": now}
            | {"given_name": "", "family_name": "", "is_admin": False, "token_epoch": 0, "is_vouched_for": False}
            for n in range(1, PEOPLE + 1)
        ]  # fmt: skip
        execute(insert(Account), people)
        places = [(n, (n * k) % GROUPS + 1) for n in range(1, PEOPLE + 1) for k in (1, 7, 11)]
        execute(
            insert(GroupMember), [{"account_id": n, "group_id": g, "added_at": now} for n, g in dict.fromkeys(places)]
        )
        roles = [
            {"id": n, "name": f"r{n}", "name_folded": f"r{n}", "client_id": "shop" if n % 2 else None, "description": ""}
            | {"created_at": now, "updated_at": now, "default_from": now if n == 1 else None}
            for n in range(1, ROLES + 1)
        ]  # fmt: skip
        execute(insert(Role), roles)
        execute(
            insert(RoleHolder), [{"account_id": n, "role_id": n % ROLES + 1, "given_at": now} for n in range(1, PEOPLE)]
        )
        execute(
            insert(GroupRole), [{"group_id": n, "role_id": n % ROLES + 1, "given_at": now} for n in range(1, GROUPS)]
        )
        execute(insert(ClientGroup), [{"client_id": f"c{n % 50}", "group_id": n} for n in range(1, GROUPS)])
    with provider.working():
        connection().execute(text("ANALYZE"))
    return 700


def read(app: Flask, statement: Any, **values: Any) -> list[str]:
    """Return what a declared statement reads too much of, with these values."""
    with app.app_context(), database.engine().connect() as own:
        form = statement.form(own.dialect)
        given = form.bind(values)
        if own.dialect.name == "sqlite":
            return plans._lite(own, form.sql, tuple(given))
        own.exec_driver_sql("SET LOCAL enable_seqscan = off")
        sql = form.sql
        for number in range(len(given), 0, -1):
            sql = sql.replace(f"${number}", f"%(v{number})s")
        named = {f"v{number}": value for number, value in enumerate(given, 1)}
        told = own.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", named).scalar_one()
        own.rollback()
        nodes = plans._nodes(told[0]["Plan"])
        return [problem for node, bounded in nodes if (problem := plans._judge(node, bounded, MOST_READ))]


def test_where_somebody_stands_is_read_off_indexes(app: Flask, provider: Provider) -> None:
    """One statement reads the groups and roles of one person among many, and a request's look no more than it needs."""
    account_id, now = fill(provider), clock.now()
    assert read(app, standing._standing, account_id=account_id, client_id="shop", now=now) == []
    asked = {"digest": b"x" * 32, "client_id": "c7", "policy": "second_factor", "restricted": True, "now": now}
    assert read(app, sight._look, **asked) == []
    with app.app_context():
        found = standing.of(account_id, "shop")
    assert 3 <= len(found.paths) <= 9
    assert found.of_client
