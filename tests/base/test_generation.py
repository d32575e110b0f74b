"""Change counters: seen by every process of a node through a file, by every node through Redis, and by age where there is neither."""

import time
from pathlib import Path

import pytest
import redis

from idp.base import generation, version
from idp.base.generation import Generation
from idp.base.version import ASK_EVERY
from tests.support import redis as redis_support
from tests.support import services
from tests.support.redis import RedisServer


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Redis be as slow as this machine is, and time pass without the value moving by itself."""
    monkeypatch.setattr(version, "TIMEOUT", 20.0)
    monkeypatch.setattr(generation, "MAX_AGE", 3600.0)
    version._connect.cache_clear()


def test_a_bump_is_seen_through_the_file(tmp_path: Path) -> None:
    """Two processes of a node see one another's bumps at once, and nothing moves without one."""
    ours, theirs = Generation(tmp_path / ".clients-changed"), Generation(tmp_path / ".clients-changed")
    for mine, other in ((ours, theirs), (theirs, ours)):
        before = other.value()
        assert other.value() == before
        mine.bump()
        assert mine.value() == other.value() != before


def test_a_bump_is_seen_through_redis(tmp_path: Path, redis_server: RedisServer) -> None:
    """Nodes without a common disk see one another's bumps within the interval at which Redis is asked."""
    ours, theirs = (Generation(tmp_path / node / ".clients-changed", redis_server.url) for node in ("a", "b"))
    others = Generation(tmp_path / "b" / ".keys-changed", redis_server.url)
    for mine, other in ((ours, theirs), (theirs, ours), (ours, theirs)):
        before, unrelated = (other.value(), mine.value()), others.value()
        mine.bump()
        assert mine.value() != before[1]
        time.sleep(ASK_EVERY * 1.1)
        assert other.value() != before[0]
        assert other.value() == other.value()
        assert others.value() == unrelated


def test_redis_is_asked_seldom(tmp_path: Path, redis_server: RedisServer) -> None:
    """However often the value is read, Redis is asked ten times a second at most."""
    counter = Generation(tmp_path / ".clients-changed", redis_server.url)
    with redis.Redis.from_url(redis_server.url) as client:
        client.config_resetstat()
        begin = time.monotonic()
        for _ in range(2000):
            counter.value()
        calls = client.info("commandstats").get("cmdstat_get", {"calls": 0})["calls"]
    assert 1 <= calls <= 1 + (time.monotonic() - begin) / ASK_EVERY


def test_redis_that_forgets(tmp_path: Path, redis_server: RedisServer) -> None:
    """A Redis that lost everything cannot bring an earlier value back."""
    counter, other = (Generation(tmp_path / node / ".clients-changed", redis_server.url) for node in ("a", "b"))
    seen = set()
    for _ in range(3):
        other.bump()
        time.sleep(ASK_EVERY * 1.1)
        assert counter.value() not in seen
        seen.add(counter.value())
        redis_server.clear()


def test_redis_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While Redis does not answer nothing is kept for longer than a moment; bumps and reads go on; when it is back it is asked again."""
    monkeypatch.setattr(version, "REST", ASK_EVERY)
    home = tmp_path / "redis"
    home.mkdir()
    state = redis_support.start(home)
    counter = Generation(tmp_path / "a" / ".clients-changed", f"redis://127.0.0.1:{state['port']}/0")
    try:
        counter.bump()
        before = counter.value()
        time.sleep(ASK_EVERY * 1.1)
        assert counter.value() == before
    finally:
        services.stop(state["pid"])
    values = set()
    for _ in range(4):
        time.sleep(ASK_EVERY * 1.1)
        values.add(counter.value())
    assert len(values) >= 3
    counter.bump()
    assert counter.value() not in values
