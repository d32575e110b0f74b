"""The published benchmark: its page, its picture and its result say the same, and each row has a limit and a description."""

import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.bench import goals, limits, plot, report
from tests.bench.peers.peer import Process
from tests.bench.rows import ROWS
from tests.support import services


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    """The published result."""
    found: dict[str, Any] = json.loads(report.DOCUMENT.with_suffix(".json").read_text())
    return found


def test_every_row_has_a_limit() -> None:
    """For each row it is said which parts it cannot do without, and what a request of it is."""
    assert list(limits.ROWS) == list(ROWS)
    described = (report.DOCUMENT.parent / "benchmark.md").read_text()
    assert [row for row in ROWS if not all(word in described for word in row.split())] == []
    assert {part for parts in limits.ROWS.values() for part in parts} <= set(limits.TOLD)


@pytest.mark.parametrize("kind", ["wsgi", "flask"])
def test_the_bare_server_answers(kind: str, tmp_path: Path) -> None:
    """Our HTTP server runs without the provider, as the limits need it."""
    port = services.free_port()
    command = [sys.executable, "-m", "tests.bench.bare", str(port), kind]
    process = Process(command, tmp_path, {"PYTHONPATH": str(report.DOCUMENT.parents[1])})
    try:
        assert process.wait(f"http://127.0.0.1:{port}/", 20) > 0
    finally:
        process.stop(5)


def test_the_page_has_the_figures_of_the_result(result: dict[str, Any]) -> None:
    """The tables of docs/performance.md are those that the published result makes."""
    text = report.DOCUMENT.read_text()
    assert report.tables(result, report.rows_of(result)) in text
    assert report.limits_tables(result) in text
    assert goals.table(result) in text


def test_the_picture_is_of_the_result_and_says_what_it_shows(result: dict[str, Any]) -> None:
    """The published picture is the one that the result makes: an image with a title and a description, for light and dark."""
    text = report.DOCUMENT.with_suffix(".svg").read_text()
    assert text == plot.draw(result, report.rows_of(result))
    root = ElementTree.fromstring(text)  # noqa: S314 - our own file
    names = {child.get("id"): child.text for child in root}
    assert root.get("role") == "img"
    assert all(names[name] for name in str(root.get("aria-labelledby")).split())
    assert "prefers-color-scheme:dark" in text
