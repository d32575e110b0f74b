"""What browsers send, read (Federated Credential Management, 3.5 and 3.6): whatever comes, there is a wish in known words or a refusal."""

import json
from collections.abc import Mapping
from contextlib import suppress

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from idp.base import crypto
from idp.base.extensions import vault
from idp.fedcm import cookie
from idp.fedcm.reading import EVERYTHING, LONGEST, ONCE, PARAMETERS, Malformed, read_disconnection, read_wish
from tests.generated.texts import examples

WORDS = st.sampled_from(["true", "false", "", "name", "name,email", "tel, name", "picture", "\0", "n" * (LONGEST + 1)])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*PARAMETERS, "more"]), inner, max_size=4)
    ),
    max_leaves=8,
)
VALUES = st.text(max_size=20) | WORDS | JSON.map(json.dumps)
FORMS = st.dictionaries(st.sampled_from([*ONCE, "account_hint", "other"]), st.lists(VALUES, max_size=2), max_size=8)


@examples(60)
@given(FORMS)
def test_any_form(form: Mapping[str, list[str]]) -> None:
    """Any form is a wish for known fields with known parameters, all of them text without surprises, or is malformed."""
    try:
        wish = read_wish(form)
    except Malformed:
        return
    assert wish.client_id
    assert wish.account_id
    assert wish.disclosed <= EVERYTHING
    assert wish.fields is None or wish.fields <= EVERYTHING
    assert set(wish.parameters) <= set(PARAMETERS)
    assert all(value and isinstance(value, str) and "\0" not in value for value in wish.parameters.values())
    assert form.get("disclosure_text_shown") == ["true"] or not wish.disclosed


@examples(60)
@given(FORMS)
def test_any_disconnection(form: Mapping[str, list[str]]) -> None:
    """The same of the other form: a client and a hint, or it is malformed."""
    with suppress(Malformed):
        assert all(read_disconnection(form))


def test_every_cookie(app: Flask) -> None:
    """Of all values only what was sealed for this very purpose opens: nothing damaged, nothing that is sealed for another."""
    with app.app_context():
        good = cookie.seal(crypto.digest("secret"))
        assert cookie.open_value(good) == crypto.digest("secret")
        for index in range(0, len(good), 7):
            other = "A" if good[index] != "A" else "B"
            assert cookie.open_value(good[:index] + other + good[index + 1 :]) is None
        foreign = cookie.encode(vault().seal(crypto.digest("secret"), "another purpose"))
        for value in (foreign, "", "=", good[:-4], good + "AAAA", "é" * 80, "A" * 5000, good.replace("=", "")):
            if value != good:
                assert cookie.open_value(value) is None, value


@pytest.mark.parametrize(
    ("shown", "told", "expected"),
    [
        ("true", None, EVERYTHING),
        ("true", "name", {"name"}),
        ("true", "", set()),
        ("false", "name", set()),
        ("TRUE", None, set()),
        (None, "name", set()),
    ],
)
def test_what_counts_as_told(shown: str | None, told: str | None, expected: set[str]) -> None:
    """Only where the browser says that it has shown its text was anything told: what it names, or everything where it names nothing."""
    form = {"client_id": ["shop"], "account_id": ["ann"]}
    form |= {"disclosure_text_shown": [shown]} if shown is not None else {}
    form |= {"disclosure_shown_for": [told]} if told is not None else {}
    assert read_wish(form).disclosed == expected
