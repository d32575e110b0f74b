"""Deleting what has expired: as much at a time as takes no longer than others can wait."""

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from idp import purging, replay
from idp.base import clock, database
from idp.base.database import commit, session
from idp.base.expiry import delete_some
from idp.replay import UsedOnce


@pytest.mark.parametrize(
    ("longest", "sizes"), [(0.0, [125, 62, 31, 25, 25, 25, 25]), (1e9, [125, 250, 500, 1000, 1000, 1000, 1000])]
)
def test_a_batch_is_as_large_as_its_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch, longest: float, sizes: list[int]
) -> None:
    """Batches get smaller while they take too long, larger while they take next to nothing, and end with one that finds fewer."""
    monkeypatch.setattr(purging, "LONGEST", longest)
    asked: list[int] = []

    def purge(limit: int) -> int:
        asked.append(limit)
        return limit if len(asked) < len(sizes) else 0

    with app.app_context():
        assert purging._run(purge, lambda: False) == sum(sizes[:-1])
    assert asked == sizes


def test_everything_that_has_expired_goes(app: Flask) -> None:
    """However many rows there are, all that have expired are deleted, and no other."""
    now = clock.now()
    rows = [
        {"digest": number.to_bytes(32), "expires_at": now - clock.SKEW * (2 if number % 3 else -2)}
        for number in range(900)
    ]
    with app.app_context():
        database.connection().execute(insert(UsedOnce), rows)
        commit()
        assert purging._run(replay.purge, lambda: False) == 600
        assert session().scalar(select(func.count()).select_from(UsedOnce)) == 300


def test_the_oldest_go_first(app: Flask) -> None:
    """A batch takes those that expired first."""
    now = clock.now()
    rows = [{"digest": number.to_bytes(32), "expires_at": now - clock.SKEW * (20 - number)} for number in range(20)]
    with app.app_context():
        database.connection().execute(insert(UsedOnce), rows)
        assert delete_some(UsedOnce, UsedOnce.expires_at <= now, UsedOnce.expires_at, 5) == 5
        kept = session().scalars(select(UsedOnce.digest).order_by(UsedOnce.digest)).all()
        assert kept == [row["digest"] for row in rows[5:]]
