"""The numbers of the audit log are those of a plain count, however and by how many they are made."""

import threading
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from idp.base import clock, database
from idp.mail import Counted, verify_email
from idp.tallies import counting, gauges, rolling, summing
from idp.tallies.models import DAY, HOUR, ActivePerson, Tally
from tests.factories import Provider
from tests.tallies.making import events, write

Plain = Counter[tuple[str, datetime, str, str]]
FACTORS = {
    "pwd": "password",
    "fed": "provider",
    "hwk user mfa": "passkey",
    "swk user mfa": "passkey",
}


def plain(rows: list[dict[str, Any]]) -> Plain:
    """Count events without any cleverness: each by itself, and people by sets."""
    found: Plain = Counter()
    people: dict[tuple[str, datetime], set[str]] = defaultdict(set)
    for row in rows:
        hour = row["at"].replace(minute=0, second=0, microsecond=0)
        for span, at in ((HOUR, hour), (DAY, hour.replace(hour=0))):
            if row["event"] == "signin" and row["outcome"] == "success":
                found[span, at, "sign_in", FACTORS.get(row["detail"]["amr"], "two_factors")] += 1
                people[span, at].add(row["subject"])
            if row["outcome"] == "failure":
                left_out = row["detail"].get("left_out", 0)
                found[span, at, "refusal", reason(row)] += 1 + left_out
                found[span, at, "sign_in", "failed"] += row["event"] in {"signin", "password.checked", "factor.checked"}
            if row["event"] in {"account.signed_up", "account.created", "account.imported"}:
                found[span, at, "new_account", "imported" if row["event"] == "account.imported" else ""] += 1
    for (span, at), subjects in people.items():
        found[span, at, "active", ""] = len(subjects)
    return +found


def reason(row: dict[str, Any]) -> str:
    """Return under which word a failure of the test's is counted."""
    named = {"password.checked": "wrong_password", "factor.checked": "wrong_code", "request.refused": "code_expired"}
    if row["event"] in named:
        return named[row["event"]]
    return str(row["detail"].get("reason") or row["detail"].get("error") or row["event"])


def kept() -> Plain:
    """Return the numbers in the table, without what was looked at and who was last seen when."""
    rows = database.session().scalars(
        select(Tally).where(Tally.what.in_(["sign_in", "refusal", "new_account", "active"]))
    )
    return Counter({(row.span, row.at, row.what, row.key): row.number for row in rows})


@pytest.fixture
def rows(app: Flask, provider: Provider) -> list[dict[str, Any]]:
    """Three thousand events of the last ten days."""
    begin = clock.now() - timedelta(days=10)
    return list(events(begin, 3000, hours=10 * 24, people=50))


def test_rolled_up_numbers_are_those_of_a_plain_count(
    provider: Provider, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sign-ins by way, accounts, refusals by reason and active people are what counting every event gives, with pauses in between."""
    monkeypatch.setattr(rolling, "BATCH", 170)
    for part in (rows[:1000], rows[1000:1001], rows[1001:]):
        with provider.working():
            write(part)
        with provider.working():
            assert rolling.catch_up() == len(part)
    with provider.working():
        assert rolling.catch_up() == 0
        assert kept() == plain(rows)


def test_the_pages_see_what_is_not_rolled_up_yet(provider: Provider, rows: list[dict[str, Any]]) -> None:
    """A page's sums are those of a plain count to the last event, rolled up or not, and people since a day are counted once."""
    with provider.working():
        write(rows[:2000])
    for _times in range(2):
        with provider.working():
            seen = summing.read(DAY, 30)
            assert {"password", "two_factors", "passkey", "provider", "failed"} == set(seen.totals("sign_in"))
        with provider.working():
            rolling.catch_up()
    with provider.working():
        write(rows[2000:])
    expected = plain(rows)
    with provider.working():
        days, hours = summing.read(DAY, 30), summing.read(HOUR, 24)
        assert (days.counted_until, len(days.times), len(hours.times)) == (None, 30, 24)
        for numbers in (days, hours):
            for what, key in {(what, key) for span, _at, what, key in expected if span == numbers.span}:
                assert numbers.series(what, key) == [expected[numbers.span, at, what, key] for at in numbers.times]
        rolling.catch_up()
        for back in (1, 3, 9):
            begin = clock.now() - timedelta(days=back)
            came = {row["subject"] for row in rows if is_visit(row) and row["at"].date() >= begin.date()}
            assert summing.active_since(begin) == len(came)


def is_visit(row: dict[str, Any]) -> bool:
    """Return whether somebody signed in."""
    return bool(row["event"] == "signin" and row["outcome"] == "success")


def test_several_nodes_count_nothing_twice(
    app: Flask, provider: Provider, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four threads that roll up while events are written count each of them once (both databases)."""
    monkeypatch.setattr(rolling, "BATCH", 60)
    written = threading.Event()
    begun = threading.Barrier(5)
    errors: list[BaseException] = []

    def roll() -> None:
        begun.wait(10)
        try:
            while True:
                is_last = written.is_set()
                with app.app_context():
                    if not rolling.catch_up() and is_last:
                        return
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=roll) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait(10)
    for start in range(0, len(rows), 100):
        with provider.working():
            write(rows[start : start + 100])
    written.set()
    for thread in threads:
        thread.join(60)
    with provider.working():
        rolling.catch_up()
        assert errors == []
        assert kept() == plain(rows)


def test_a_roll_up_that_is_undone_counts_nothing(provider: Provider, rows: list[dict[str, Any]]) -> None:
    """Numbers and the place up to which they are counted are written together, or not at all."""
    with provider.working():
        write(rows[:500])
    with provider.working():
        newest = rolling._find_work()
        assert newest is not None
        assert rolling.roll_up(newest) == 500
        database.rollback()
        assert kept() == Counter()
    with provider.working():
        assert rolling.catch_up() == 500
        assert kept() == plain(rows[:500])


def test_what_is_older_than_the_pages_show_is_not_counted(provider: Provider) -> None:
    """In a log of years counting begins a quarter of a year ago, where the pages begin."""
    with provider.working():
        write(list(events(clock.now() - timedelta(days=400), 300, hours=24 * 200, people=9)))
        recent = list(events(clock.now() - timedelta(days=20), 100, hours=24, people=9, seed=2))
        write(recent)
    with provider.working():
        assert rolling.catch_up() == 100
        assert kept() == plain(recent)


def test_old_numbers_are_purged(provider: Provider, rows: list[dict[str, Any]]) -> None:
    """Hours go after a week, days stay, and a person who was not seen for a quarter of a year is forgotten."""
    with provider.working():
        write(rows)
    with provider.working():
        rolling.catch_up()
        days = {key: number for key, number in kept().items() if key[0] == DAY}
    with provider.working(), clock.moved(timedelta(days=9)):
        while rolling.purge(50) >= 50:
            database.commit()
        limit = clock.now() - timedelta(days=8)
        assert {key for key in kept() if key[0] == HOUR and key[1] < limit} == set()
        assert {key: number for key, number in kept().items() if key[0] == DAY} == days
    with provider.working(), clock.moved(timedelta(days=93)):
        rolling.purge(100)
        assert database.session().scalars(select(ActivePerson)).all() == []


def test_what_no_event_tells_is_looked_at_once_an_hour(provider: Provider) -> None:
    """People with a second factor and deliveries that wait are written down for the hour once, and for the day as they were last."""
    provider.person("ann@example.org")
    provider.person("bob@example.org", second_factor_since=clock.now())
    with provider.working():
        verify_email(Counted("ann@example.org"), link="https://idp.example/verify", code="123456")
    noon = clock.now().replace(hour=12, minute=1) + timedelta(days=1)
    with clock.moved(noon - clock.now()):
        with provider.working():
            assert gauges.look() is True
        with provider.working():
            assert gauges.look() is False
        numbers = read(provider)
        assert numbers == {"all": 2, "with_second_factor": 1, "waiting": 1, "failed": 0}
        provider.person("eve@example.org")
        assert read(provider) == numbers
    with clock.moved(noon - clock.now() + timedelta(hours=1)):
        with provider.working():
            assert gauges.look() is True
        assert read(provider)["all"] == 3
        with provider.working():
            day = summing.read(DAY, 7)
            assert day.readings(gauges.PEOPLE, gauges.ALL) == [None] * 6 + [3]


def read(provider: Provider) -> dict[str, int | None]:
    """Return this hour's readings."""
    with provider.working():
        hour = summing.read(HOUR, 24)
        people = {key: hour.readings(gauges.PEOPLE, key)[-1] for key in (gauges.ALL, gauges.WITH_SECOND_FACTOR)}
        return people | {key: hour.readings(gauges.DELIVERIES, key)[-1] for key in (gauges.WAITING, gauges.FAILED)}


def test_a_visit_before_the_last_one_adds_nobody() -> None:
    """Two nodes' clocks may differ: who was seen in a later hour already is not counted again in an earlier one."""
    hour = datetime(2026, 11, 29, 12)
    came = [(b"ann", hour), (b"ann", hour - timedelta(hours=1)), (b"bob", hour)]
    counts, latest = counting.count_people(came, {})
    assert latest == {b"ann": hour, b"bob": hour}
    assert counts[counting.Mark(HOUR, hour, counting.ACTIVE, "")] == 2
    assert counts[counting.Mark(DAY, hour.replace(hour=0), counting.LAST_SEEN, "")] == 2
