"""Deleting what has expired: some rows at a time, so that no lock is held for long."""

from typing import Any

from sqlalchemy import ColumnElement, delete, inspect, select, tuple_

from idp.base.database import Model, connection, run


def delete_some(table: type[Model], which: ColumnElement[bool], by: Any, limit: int) -> int:
    """Delete up to `limit` rows for which a condition holds, the first in the order of a column that has an index; return how many.

    Their keys are read first: of one statement that does both, a planner makes a join that reads the whole table. The condition is asked
    once more, since a row may have been renewed meanwhile.
    """
    columns = list(inspect(table).primary_key)
    keys = connection().execute(select(*columns).where(which).order_by(by).limit(limit)).all()
    if not keys:
        return 0
    is_one = columns[0].in_([key[0] for key in keys]) if len(columns) == 1 else tuple_(*columns).in_(keys)
    return run(delete(table).where(is_one, which))
