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


@pytest.mark.parametrize("path", ["//oauth/token", "///oauth/userinfo", "//.well-known/jwks.json"])
def test_slashes_before_an_address_count_as_one(provider: Provider, path: str) -> None:
    """Whoever joins an issuer and a path with one slash too many is answered as at the address itself."""
    methods = [provider.http.post, provider.http.get]
    for ask in methods:
        told, usual = (ask("/", environ_overrides={"PATH_INFO": each}) for each in (path, f"/{path.lstrip('/')}"))
        assert (told.status_code, told.get_data()) == (usual.status_code, usual.get_data())
        assert told.status_code < 500
