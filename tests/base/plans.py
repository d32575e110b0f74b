"""What the databases do for a statement: which tables they read from end to end, and how many rows they look at."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event

from idp.base import caller, database
from idp.base.database import Model
from idp.base.statements import Statement, ran

# Tables of a few rows, whatever happens; others whose names do not stand here are results of a query's own part.
GROWING = set(Model.metadata.tables) - {
    "signing_keys",
    "policies",
    "upstream_providers",
    "audit_streams",
    "scim_targets",
    "signal_streams",
    "audit_retention",
    "trail_readers",
    "scope_mappings",
    "terms_versions",
    "attributes",
    "authorization_details_types",
    "resources",
    "trusted_issuers",
}
# Of these indexes a statement may well read all: they have few rows, or it stops after some.
PARTIAL = {
    str(index.name)
    for table in Model.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
}
LITE_SCAN = re.compile(r"^SCAN (?P<table>\w+)(?: USING (?:COVERING )?INDEX (?P<index>\w+))?")
WRITING_PART = re.compile(r"AS\s*\((UPDATE|INSERT|DELETE)")
WATCHED = ("SELECT", "UPDATE", "DELETE", "WITH")


@contextmanager
def recorded(app: Flask, *, in_requests: bool = True) -> Iterator[dict[str, Any]]:
    """Collect the statements that are executed through the ORM, by requests or all, each with values of one time."""
    found: dict[str, Any] = {}

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, is_many: bool) -> None:
        is_ours = not in_requests or caller.is_there()
        if is_ours and statement.lstrip().upper().startswith(WATCHED):
            found[statement] = values[0] if is_many else values

    with app.app_context():
        engine = database.engine()
    event.listen(engine, "after_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "after_cursor_execute", note)


@contextmanager
def executed() -> Iterator[dict[str, Statement]]:
    """Collect the declared statements that are executed, by their names; some are declared by a function for each number of keys."""
    found: dict[str, Statement] = {}

    def note(statement: Statement, **_how: Any) -> None:
        found[statement.name] = statement

    with ran.connected_to(note):
        yield found


def declared() -> dict[str, Statement]:
    """Return every declared statement of the house, by its name."""
    return {
        value.name: value
        for name, module in sorted(sys.modules.items())
        if name.startswith("idp.")
        for value in vars(module).values()
        if isinstance(value, Statement)
    }


def wrong(app: Flask, statements: dict[str, Any], most: int) -> list[str]:
    """Return the statements that read a growing table from end to end, or on PostgreSQL more than `most` rows of it."""
    with app.app_context(), database.engine().connect() as connection:
        return [
            f"{problem}: {statement} {values}"
            for statement, values in statements.items()
            for problem in _problems(connection, statement, values, most)
        ]


def wrong_declared(app: Flask, statements: dict[str, Statement]) -> list[str]:
    """Return those declared statements that read a growing table from end to end, whatever values they are given.

    One that claims in a common table expression is PostgreSQL's alone.
    """
    with app.app_context(), database.engine().connect() as connection:
        is_postgresql = connection.dialect.name == "postgresql"
        forms = {name: statement.form(connection.dialect) for name, statement in statements.items()}
        return [
            f"{name}: {problem}"
            for name, form in forms.items()
            if is_postgresql or not WRITING_PART.search(form.sql)
            for problem in (_generic if is_postgresql else _lite)(connection, form.sql, len(form.places))
        ]


def _problems(connection: Connection, statement: str, values: Any, most: int) -> list[str]:
    if connection.dialect.name != "postgresql":
        return _lite(connection, statement, values)
    # Tables of a test are so small that reading them would be cheapest: it is done only where no index would do.
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    try:
        told = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values).scalar_one()
    finally:
        connection.rollback()
    plan = (told if isinstance(told, list) else json.loads(told))[0]["Plan"]
    return [problem for node, is_bounded in _nodes(plan) if (problem := _judge(node, is_bounded, most))]


def _nodes(plan: dict[str, Any], is_bounded: bool = False) -> Iterator[tuple[dict[str, Any], bool]]:
    """Yield every step of a plan, and whether it is asked for no more than some rows."""
    yield plan, is_bounded
    for part in plan.get("Plans", ()):
        yield from _nodes(part, plan["Node Type"] == "Limit")


def _judge(node: dict[str, Any], is_bounded: bool, most: int) -> str:
    table = node.get("Relation Name", "")
    if table not in GROWING or not node["Node Type"].endswith("Scan"):
        return ""
    read = node["Actual Rows"] + sum(node.get(f"Rows Removed by {by}", 0) for by in ("Filter", "Index Recheck"))
    read *= node["Actual Loops"]
    if node["Node Type"] == "Seq Scan" and node["Actual Loops"] and not is_bounded:
        return f"{table} is read from end to end"
    return f"{read:.0f} rows of {table} are read" if read > most else ""


def _generic(connection: Connection, statement: str, places: int) -> list[str]:
    """Plan a statement without values."""
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    connection.exec_driver_sql(f"PREPARE looked_at AS {statement.replace('%', '%%')}")
    values = f"({', '.join(['NULL'] * places)})" if places else ""
    try:
        told = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) EXECUTE looked_at{values}").scalar_one()
    finally:
        connection.exec_driver_sql("DEALLOCATE looked_at")
        connection.rollback()
    nodes = [node for node, _is_bounded in _nodes(told[0]["Plan"])]
    return [str(node) for node in nodes if node["Node Type"] == "Seq Scan" and node["Relation Name"] in GROWING]


def _lite(connection: Connection, statement: str, values: Any) -> list[str]:
    """Return what SQLite reads from end to end; of an index that has the order which a bounded list wants, it reads a beginning."""
    given = (None,) * values if isinstance(values, int) else values
    lines = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)]
    connection.rollback()
    is_bounded = "LIMIT" in statement and not any("TEMP B-TREE FOR ORDER BY" in line for line in lines)
    seen = [(line, match) for line in lines if (match := LITE_SCAN.match(line)) and match["table"] in GROWING]
    return [line for line, match in seen if not is_bounded and match["index"] not in PARTIAL]
