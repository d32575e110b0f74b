"""Values that stand in a table of their own beside another one, a row each, so that an index finds by them: words of names, origins.

What the values of a row are is said by its room. They follow the row by themselves, in the transaction that changes it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, event, insert, inspect, select, true

from idp.base.database import Model, connection, session

WINDOW = 10_000  # rows of one look for those that an earlier version wrote


class Derived:
    """The values of one table's rows.

    `owner` and `value` are the columns of the values' table, `key` is the column that `owner` repeats, `sources` are the columns
    that the values are made of, `newest` is one by which an index has the rows in the order in which they were made. Rows for which
    `which` does not hold have no values.
    """

    def __init__(
        self,
        *,
        key: Any,
        owner: Any,
        value: Any,
        newest: Any,
        sources: Collection[str],
        of: Callable[[Any], set[str]],
        which: ColumnElement[bool] | None = None,
    ) -> None:
        self.key, self.owner, self.value = key, owner, value
        self._newest, self._sources, self._of = newest, sources, of
        self._which = true() if which is None else which
        self._table: type[Model] = owner.class_
        self._columns = [getattr(key.class_, name) for name in sources]
        for name, note in (
            ("after_insert", self._note_new),
            ("after_update", self._note_change),
            ("before_delete", self._note_end),
        ):
            event.listen(key.class_, name, note)

    def catch_up(self, limit: int) -> int:
        """Write the values of up to `limit` rows that an earlier version wrote beside this one; return how many.

        Rows without values are looked for among the newest, further back as long as there are some: who came before the upgrade has
        them from there. A row that somebody else holds is left to the next run.
        """
        done = 0
        # The furthest back first: the next batch finds its way by those that are left before them.
        for window in reversed(self._find_windows()):
            done += self._write_missing(window, limit - done) if done < limit else 0
        return done

    def write(self, on: Connection, key: Any) -> None:
        """Write the values anew, of the row as it is now: another request may have changed it since this one read it."""
        self._forget(on, key)
        row = on.execute(select(*self._columns).where(self.key == key)).one()
        rows = [{self.owner.key: key, self.value.key: value} for value in sorted(self._of(row))]
        if rows:
            on.execute(insert(self._table), rows)

    def write_new(self, rows: Iterable[tuple[Any, Mapping[str, Any]]]) -> None:
        """Write the values of rows that were inserted many at once, each by its key and its columns; of a row without values none."""
        written = [
            {self.owner.key: key, self.value.key: value}
            for key, columns in rows
            for value in sorted(self._of(SimpleNamespace(**{name: columns[name] for name in self._sources})))
        ]
        if written:
            connection().execute(insert(self._table), written)

    def _find_windows(self) -> list[ColumnElement[bool]]:
        """Return the conditions of windows that have rows without values, the newest first, up to one that has none."""
        found: list[ColumnElement[bool]] = []
        older: ColumnElement[bool] = true()
        while True:
            window = select(self._newest).where(older).order_by(self._newest.desc())
            begin = session().scalar(window.offset(WINDOW - 1).limit(1))
            within = older if begin is None else and_(older, self._newest >= begin)
            if not self._find_missing(within):
                return found
            found.append(within)
            if begin is None:
                return found
            older = self._newest < begin

    def _find_missing(self, within: ColumnElement[bool]) -> list[Any]:
        """Return the keys of rows without values that have some, the oldest first."""
        has_values = select(1).where(self.owner == self.key).exists()
        rows = session().execute(
            select(self.key, *self._columns).where(within, self._which, ~has_values).order_by(self._newest)
        )
        return [row[0] for row in rows if self._of(row)]

    def _write_missing(self, within: ColumnElement[bool], limit: int) -> int:
        keys = self._find_missing(within)[:limit]
        held = select(self.key).where(self.key.in_(keys)).order_by(self.key).with_for_update(skip_locked=True)
        mine = session().scalars(held).all() if keys else []
        for key in mine:
            self.write(connection(), key)
        return len(mine)

    def _forget(self, on: Connection, key: Any) -> None:
        on.execute(delete(self._table).where(self.owner == key))

    def _note_new(self, _mapper: Any, on: Connection, row: Any) -> None:
        self.write(on, getattr(row, self.key.key))

    def _note_change(self, _mapper: Any, on: Connection, row: Any) -> None:
        attributes = inspect(row).attrs
        if any(attributes[name].history.has_changes() for name in self._sources):
            self.write(on, getattr(row, self.key.key))

    def _note_end(self, _mapper: Any, on: Connection, row: Any) -> None:
        self._forget(on, getattr(row, self.key.key))
