"""Rotation: by age and on demand, once however many ask, and heard of by nodes that share nothing but the database."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from idp import create_app, keys, serving
from idp.audit import AuditEvent
from idp.base import clock
from idp.base.database import commit, run, session
from idp.keys import SigningKey
from idp.lifetimes import LIFETIMES
from tests.conftest import dispose, make_settings

ISSUER = "http://127.0.0.1:5000"
DUE = LIFETIMES.signing_key + timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _with_keys(app: Flask) -> None:
    with app.app_context():
        keys.ensure()


@pytest.fixture
def other(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """Another node on the same database, with a disk of its own and no Redis."""
    node = create_app(make_settings(tmp_path / "other", app.extensions["idp.settings"].database_url))
    yield node
    dispose(node)


def slots(app: Flask) -> dict[str, str]:
    """Return the kid in each slot, and check that every algorithm has one current and one next key."""
    with app.app_context():
        rows = keys.listing()
    found = {row.slot: row.kid for row in rows if row.slot}
    states = sorted(f"{row.algorithm}/{row.state}" for row in rows if row.state != "retired")
    assert (
        sorted(found)
        == states
        == sorted(f"{name}/{state}" for name in keys.ALGORITHMS for state in ("current", "next"))
    )
    return found


def at_once(apps: list[Flask], act: Callable[[], int]) -> list[int]:
    """Let one thread for each application do something at the same moment, and return what came of it; none may fail."""
    barrier, results = threading.Barrier(len(apps)), []

    def work(app: Flask) -> None:
        with app.app_context():
            barrier.wait(10)
            done = act()
            commit()
            results.append(done)

    threads = [threading.Thread(target=work, args=(app,)) for app in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(apps)
    return results


def rotations(app: Flask) -> list[AuditEvent]:
    """Return the audit log's rotations."""
    with app.app_context():
        return list(session().scalars(select(AuditEvent).where(AuditEvent.event == "keys.rotated")))


def test_many_rotations_at_once(app: Flask, other: Flask) -> None:
    """Of rotations that begin together each moves a key on only from where it saw it: never two current keys, and never none."""
    before = slots(app)
    with app.app_context():
        seen = keys.pairs()
    moved = at_once([app, other] * 3, lambda: keys.rotate(actor="command line", seen=seen))
    after = slots(app)
    assert sum(moved) == len(keys.ALGORITHMS)
    assert all(after[f"{name}/current"] == before[f"{name}/next"] for name in keys.ALGORITHMS)
    told = [name for event in rotations(app) for name in event.detail["algorithms"].split()]
    assert sorted(told) == sorted(keys.ALGORITHMS)
    at_once([app, other] * 2, keys.rotate)
    slots(app)


def test_age_rotates_once_for_all_nodes(app: Flask, other: Flask) -> None:
    """A key that has signed for 90 days is replaced, once, by the node that looks first; the day before, none is."""
    before = slots(app)
    with clock.moved(LIFETIMES.signing_key - timedelta(days=1)):
        assert at_once([app], keys.rotate_due) == [0]
    with clock.moved(DUE):
        assert sum(at_once([app, other] * 2, keys.rotate_due)) == len(keys.ALGORITHMS)
        assert at_once([app], keys.rotate_due) == [0]
    after = slots(app)
    assert all(after[f"{name}/current"] == before[f"{name}/next"] for name in keys.ALGORITHMS)
    assert {event.detail["cause"] for event in rotations(app)} == {"age"}


def test_age_waits_for_a_key_that_was_just_published(app: Flask) -> None:
    """A next key signs by age only once it has been in the JWKS for a day, however old the current one is."""
    with app.app_context():
        run(
            update(SigningKey)
            .where(SigningKey.state == "current")
            .values(promoted_at=None, created_at=clock.now() - DUE)
        )
        commit()
        assert keys.rotate_due() == 0
        with clock.moved(keys.PUBLISHED_FIRST):
            assert keys.rotate_due() == len(keys.ALGORITHMS)
            commit()


def test_only_old_keys_are_rotated_by_age(app: Flask) -> None:
    """Each algorithm has its own age: one that was added later is not due with the others."""
    before = slots(app)
    with app.app_context():
        run(
            update(SigningKey)
            .where(SigningKey.slot == "PS256/current")
            .values(promoted_at=clock.now() + timedelta(days=9))
        )
        commit()
    with clock.moved(DUE):
        serving.keep_up(app)
    after = slots(app)
    assert after["PS256/current"] == before["PS256/current"]
    assert after["RS256/current"] == before["RS256/next"]


def test_databases_of_before_get_the_missing_keys(app: Flask) -> None:
    """A database that has no keys of an algorithm gets them at the next start, and keeps all others."""
    with app.app_context():
        run(delete(SigningKey).where(SigningKey.algorithm == "PS256"))
        commit()
        kept = {key.kid for key in keys.listing()}
        commit()
        keys.ensure()
        assert kept < set(slots(app).values())
        assert keys.verify(keys.sign({"iss": ISSUER}, "PS256"), issuer=ISSUER) is not None


def test_a_node_that_has_not_heard_yet_verifies_all_the_same(app: Flask, other: Flask) -> None:
    """A token signed with a key of which another node knows nothing yet is looked up, not refused; a made-up kid is refused."""
    with other.app_context():
        keys.jwks()
    with app.app_context():
        for _ in range(2):
            keys.rotate()
            commit()
        token = keys.sign({"iss": ISSUER}, "ES256")
    made_up = jwt.encode({"iss": ISSUER}, "k" * 32, algorithm="HS256", headers={"kid": "A" * 22})
    with other.app_context():
        assert keys.verify(token, issuer=ISSUER) == {"iss": ISSUER}
        assert keys.verify(made_up, issuer=ISSUER) is None


def test_retired_keys_verify_for_thirty_days(app: Flask) -> None:
    """A retired key stays published until the first rotation after thirty days; then what it signed is refused."""
    with app.app_context():
        old = keys.sign({"iss": ISSUER}, "RS256")
        keys.rotate()
        commit()
    with clock.moved(keys.RETIRED_KEPT - timedelta(hours=1)), app.app_context():
        keys.rotate()
        commit()
        assert keys.verify(old, issuer=ISSUER) is not None
    with clock.moved(keys.RETIRED_KEPT + timedelta(hours=1)), app.app_context():
        keys.rotate()
        commit()
        assert keys.verify(old, issuer=ISSUER) is None
