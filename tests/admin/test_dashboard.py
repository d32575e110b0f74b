"""The overview: charts that say what a plain count says, each of them a table as well."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask

from idp import keys
from idp.admin import charts
from idp.admin.charts import Chart, Series
from idp.base import clock
from idp.tallies import counting, rolling
from tests.admin.conftest import Visitor
from tests.factories import Provider
from tests.tallies.making import events, write

TAGS = re.compile(r"<[^>]+>")


def table(page: str, caption: str) -> list[list[str]]:
    """Return the cells of the body of the table with a caption."""
    _before, _, rest = page.partition(f">{caption}</caption>")
    body = rest.partition("<tbody")[2].partition(">")[2].partition("</tbody>")[0]
    assert body, f"no table {caption}"
    rows = body.split("</tr>")[:-1]
    return [
        [" ".join(unescape(TAGS.sub(" ", cell)).split()) for cell in re.split("</t[hd]>", row)[:-1]] for row in rows
    ]


@pytest.fixture
def rows(app: Flask, provider: Provider) -> list[dict[str, Any]]:
    """Events of the last six days, half of them rolled up."""
    made = list(events(clock.now() - timedelta(days=6), 800, hours=6 * 24, people=30))
    with provider.working():
        keys.ensure()
        write(made[:400])
    with provider.working():
        rolling.catch_up()
    with provider.working():
        write(made[400:])
    return made


def test_each_chart_is_a_table_with_the_same_numbers(admin: Visitor, rows: list[dict[str, Any]]) -> None:
    """The tables of seven days hold what was done on each day, the newest first, whether it was rolled up or not."""
    page = admin.text("/admin?range=7d")
    days = [clock.now().date() - timedelta(days=back) for back in range(7)]
    found = table(page, "Sign-ins by outcome and factor")
    assert [row[0] for row in found] == [f"{day.day} {day:%b}" for day in days]
    for day, row in zip(days, found, strict=True):
        own = [event for event in rows if event["at"].date() == day]
        good = [event for event in own if event["event"] == "signin" and event["outcome"] == "success"]
        failed = [event for event in own if event["event"] in counting.TRIES and event["outcome"] == "failure"]
        passkey = [event for event in good if event["detail"]["amr"] in {"hwk user mfa", "swk user mfa"}]
        assert [int(cell) for cell in row[3:]] == [
            len(passkey),
            len([event for event in good if event["detail"]["amr"] == "fed"]),
            len(failed),
        ]
        assert sum(int(cell) for cell in row[1:5]) == len(good)
    active = [int(row[1]) for row in table(page, "Active people")]
    came = [{event["subject"] for event in rows if is_visit(event) and event["at"].date() == day} for day in days]
    assert active == [len(people) for people in came]
    assert f"{len(set().union(*came))} people" in page
    assert sum(int(row[1]) for row in table(page, "New accounts")) == len(
        [event for event in rows if event["event"] in counting.NEW_ACCOUNTS]
    )


def is_visit(event: dict[str, Any]) -> bool:
    """Return whether somebody signed in."""
    return bool(event["event"] == "signin" and event["outcome"] == "success")


def test_refusals_have_their_reasons(admin: Visitor, rows: list[dict[str, Any]]) -> None:
    """Refusals are told by reason, the most frequent first; those that the log left out count too, and no stranger's text is repeated."""
    page = admin.text("/admin?range=30d")
    told = {row[0]: int(row[1].replace(",", "")) for row in table(page, "Refusals by reason")}
    assert list(told.values()) == sorted(told.values(), reverse=True)
    expired = [event for event in rows if event["event"] == "request.refused"]
    assert told["Code expired"] == 5 * len(expired)
    assert told["Wrong password"] == len([event for event in rows if event["event"] == "password.checked"])
    assert {"Invalid client", "client.authenticated", "Wrong code or passkey", "Account is disabled"} < told.keys()
    assert "stranger" not in page


def test_the_time_is_chosen_by_a_link(admin: Visitor, rows: list[dict[str, Any]]) -> None:
    """24 hours to 90 days are links, the present one is marked, and what is no choice counts as the usual one."""
    chosen = re.compile(r'<a href="/admin\?range=(\w+)"\s+aria-current="true"')
    for name, lines, column in (("24h", 24, "Hour (UTC)"), ("7d", 7, "Day (UTC)"), ("90d", 90, "Day (UTC)")):
        page = admin.text(f"/admin?range={name}")
        assert chosen.findall(page) == [name]
        assert len(table(page, "Active people")) == lines
        assert column in page
    assert chosen.findall(admin.text("/admin?range=nonsense")) == ["24h"]


def test_it_says_when_counting_is_behind(
    admin: Visitor, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where more events wait for being counted than a page counts by itself, the page says up to when it goes."""
    from idp.tallies import summing

    assert "Counting is behind" not in admin.text("/admin")
    monkeypatch.setattr(summing, "MOST_LIVE", 50)
    page = admin.text("/admin")
    assert "Counting is behind" in page
    assert rows[449]["at"].isoformat(timespec="seconds") in page


def test_keys_tell_their_age(app: Flask, admin: Visitor, provider: Provider) -> None:
    """Each key that signs is there with the days that it has done so, and those that are left."""
    with provider.working():
        keys.ensure()
    found = {row[0]: row[1:] for row in table(admin.text("/admin"), "Age of the keys that sign")}
    assert set(found) == set(keys.ALGORITHMS)
    assert found["ES256"] == ["0 days", "89 days left"]


def test_an_empty_server_draws_empty_charts(admin: Visitor) -> None:
    """A server at which nothing has happened yet has charts with nothing in them, and no error."""
    page = admin.text("/admin?range=90d")
    assert "Nothing was refused." in page
    assert "Not looked at yet" in page
    assert page.count("<polyline") == 0


def test_drawings_keep_within_their_frame() -> None:
    """Bars stand upon each other up to a round value, and lines have gaps where nobody looked."""
    chart = Chart(
        "x", "X", "", ["a", "b", "c"], [Series("one", "tone-1", [1, 0, 30]), Series("two", "tone-2", [3, 0, 7])]
    )
    assert chart.top == 40
    assert chart.scale == ["40", "20", "0"]
    assert [(bar.x, bar.y, bar.height, bar.tone) for bar in chart.bars] == [
        (1, 97.5, 2.5, "tone-1"), (1, 90.0, 7.5, "tone-2"), (21, 25.0, 75.0, "tone-1"), (21, 7.5, 17.5, "tone-2"),
    ]  # fmt: skip
    line = Chart("y", "Y", "", ["a", "b", "c"], [Series("one", "tone-1", [50, None, 100])], is_line=True, unit="%")
    assert line.lines == [("0,50.0 10,50.0", "tone-1"), ("20,0.0 30,0.0", "tone-1")]
    assert line.rows == [("c", ["100%"]), ("b", ["–"]), ("a", ["50%"])]
    assert charts.share([1, None, 2, 0], [3, 4, 2, 0]) == [33, None, 100, 0]
    assert [charts.round_up(value) for value in (0, 1, 2, 3, 5, 11, 20, 21, 41, 99, 101)] == [
        2, 2, 2, 4, 10, 20, 20, 40, 100, 100, 200,
    ]  # fmt: skip
