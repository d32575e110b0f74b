"""What the server writes of itself: one JSON object a line where that is asked for, and the reference that error pages show."""

import json
import logging
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from idp.base import logs
from idp.config import Settings
from tests.factories import Provider
from tests.support.serving import IDP, serve

PROXY = "req-7f3a.B_9:1"


@pytest.fixture
def broken(app: Flask, provider: Provider) -> Provider:
    """A provider with a page that ends in a surprise."""

    def fail() -> str:
        raise LookupError("the page of the tests")

    app.add_url_rule("/broken", "broken", fail)
    return provider


def lines(text: str) -> list[dict[str, Any]]:
    """Return the lines of a log, each of which is one object."""
    return [json.loads(line) for line in text.splitlines()]


def test_every_line_is_an_object(tmp_path: Path) -> None:
    """From the first line to the last a server's log can be read by a program, a worker that was killed included."""
    with serve({"IDP_DATA_DIR": tmp_path / "data", "IDP_LOG_FORMAT": "json"}) as server:
        os.kill(server.children("worker")[0], 9)
        until = time.monotonic() + 10
        while "ended unexpectedly" not in server.log() and time.monotonic() < until:
            time.sleep(0.05)
        server.stop()
        told = lines(server.log())
    assert any("listening on" in one["message"] for one in told)
    assert any(one["level"] == "ERROR" and "ended unexpectedly" in one["message"] for one in told)
    assert all({"time", "level", "logger", "message", "process"} <= one.keys() for one in told)


def test_what_keeps_it_from_starting_is_an_object(tmp_path: Path) -> None:
    """A setting that is wrong is told in the same form, in a sentence that names it."""
    environment = {**os.environ, "IDP_DATA_DIR": str(tmp_path), "IDP_LOG_FORMAT": "json", "IDP_SECRET_KEY": "short"}
    done = subprocess.run([IDP, "serve"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (told,) = lines(done.stderr)
    assert "IDP_SECRET_KEY" in told["message"]
    environment["IDP_LOG_FORMAT"] = "xml"
    done = subprocess.run([IDP, "serve"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "IDP_LOG_FORMAT" in done.stderr


def test_a_page_leads_to_its_traceback(broken: Provider, caplog: pytest.LogCaptureFixture) -> None:
    """The reference on an error page is that of every line that the request wrote, and its traceback is there."""
    caplog.handler.setFormatter(logs.Lines())
    answer = broken.http.get("/broken", headers={"Accept": "application/json"})
    (told,) = [one for one in lines(caplog.text) if one["level"] == "ERROR"]
    assert answer.json["reference"] == told["reference"]
    assert len(told["reference"]) == 12
    assert told["exception"] == "LookupError"
    assert "the page of the tests" in told["traceback"]


@pytest.mark.parametrize(
    ("hops", "sent", "is_taken"),
    [(1, PROXY, True), (0, PROXY, False), (1, "short", False), (1, "a b c d e f g h", False), (1, "x" * 65, False)],
)
def test_a_proxys_name_for_a_request(
    broken: Provider, settings: Settings, hops: int, sent: str, is_taken: bool
) -> None:
    """What a trusted proxy calls a request is its reference, if it is a plain word; nobody else names anything."""
    settings.trusted_proxies = hops
    headers = {"Accept": "application/json", "X-Request-ID": sent}
    reference = broken.http.get("/broken", headers=headers).json["reference"]
    assert (reference == sent) is is_taken


def test_odd_records(caplog: pytest.LogCaptureFixture) -> None:
    """A record whose message does not fit its arguments, or that holds line breaks and no text, is one line all the same."""
    caplog.handler.setFormatter(logs.Lines())
    record = logging.LogRecord("odd", logging.INFO, "", 0, "%d of\n%s", ("no number",), None)
    assert json.loads(logs.Lines().format(record))["message"] == "%d of\n%s"
    record = logging.LogRecord("odd", logging.INFO, "", 0, {"an": object()}, None, None)  # type: ignore[arg-type] # as some libraries do
    assert "\n" not in logs.Lines().format(record)
