"""The programs' door answers as its addresses always have: bodies, statuses and headers."""

from pathlib import Path

import pytest

from tests.factories import Provider
from tests.oauth import door_requests
from tests.oauth.door_requests import Stage

ANSWERS = Path(__file__).parent / "door_answers.jsonl"


@pytest.mark.usefixtures("_still_clock")
def test_every_answer_is_what_it_was(provider: Provider) -> None:
    """To every request the answer is the one that is written down, but for what is new in each."""
    stage = Stage(provider)
    found = {case[0]: door_requests.ask(stage, case) for case in stage.cases()}
    expected = door_requests.read(ANSWERS.read_text())
    assert {name: answer for name, answer in found.items() if answer != expected.get(name)} == {}
    assert expected.keys() <= found.keys()
