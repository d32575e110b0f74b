"""JARM, section 2.3: the names of response modes, whatever somebody writes in their place."""

from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from idp.clients.metadata import LEGACY_RESPONSE_TYPES
from idp.oauth import response_modes
from tests.generated.texts import EDGES, examples

NAMES = st.sampled_from(
    [*response_modes.MODES, "jwt.jwt", ".jwt", "query.jwt.jwt", "QUERY", "query ", *EDGES]
) | st.text(max_size=12)
TYPES = st.sampled_from(["code", *LEGACY_RESPONSE_TYPES, "code code", "none"]) | st.text(max_size=12)


@examples(120)
@given(st.none() | NAMES, st.none() | TYPES)
def test_any_name(app: Flask, name: str | None, kind: str | None) -> None:
    """Whatever is named, the answer goes by a mode that is known and safe for what travels, and is signed where a signed one was named."""
    with app.app_context():
        mode = response_modes.of(name, kind)
        assert mode in response_modes.MODES
        assert mode != response_modes.JWT
        assert response_modes.is_allowed(mode, kind)
        if name is not None and response_modes.is_allowed(name, kind):
            assert response_modes.is_signed(mode) == response_modes.is_signed(name)
        else:
            assert mode == response_modes.usual(kind)
