"""Whatever JSON is sent to be registered: an answer of the protocol, never an error of ours."""

import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp import create_app
from idp.clients.metadata import Metadata
from tests.conftest import dispose, make_settings, sqlite_url
from tests.factories import CALLBACK, Provider
from tests.spec.rfc7591.registering import GOOD, PATH, bearer

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([CALLBACK, "code", "none", "RS256", "pairwise", "a\0b", "https://[", "implicit"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.just("keys"), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = st.sampled_from([*(field.name for field in fields(Metadata)), "client_id", "client_secret"])
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)


@pytest.fixture(scope="module")
def house(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One provider for all documents, open to registrations."""
    data_dir = tmp_path_factory.mktemp("anything")
    shutil.copyfile(_sqlite_template, data_dir / "idp.db")
    app = create_app(make_settings(data_dir, sqlite_url(data_dir), registration="open"))
    try:
        yield Provider(app)
    finally:
        dispose(app)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(document=DOCUMENTS)
def test_any_document_is_answered(house: Provider, document: dict[str, object]) -> None:
    """Any JSON is registered, or refused in the words of section 3.2.2; an update of what was registered likewise (RFC 7592, 2.2)."""
    made = house.http.post(PATH, json=GOOD | document)
    assert made.status_code in {201, 400}, made.text
    if made.status_code == 400:
        assert made.json["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}
        return
    own, token = f"{PATH}/{made.json['client_id']}", bearer(made.json["registration_access_token"])
    changed = house.http.put(own, json=GOOD | document | {"client_id": made.json["client_id"]}, headers=token)
    assert changed.status_code in {200, 400}, changed.text
    assert house.http.get(own, headers=token).status_code == 200
    assert house.http.delete(own, headers=token).status_code == 204
