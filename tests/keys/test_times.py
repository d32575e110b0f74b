"""Times within tokens of others: when one counts (RFC 7519, section 4.1)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.base import clock
from idp.keys import jose
from tests.keys.strangers import JSON

NONE = timedelta()
MINUTE = timedelta(minutes=1)
NOW = int(clock.now().timestamp())


@pytest.fixture(autouse=True)
def _then() -> Iterator[None]:
    """Let it be the time for which the cases were written, however long ago this file was read."""
    with clock.moved(timedelta(seconds=NOW) - timedelta(seconds=clock.now().timestamp())):
        yield


@pytest.mark.parametrize(
    ("claims", "timely"),
    [
        ({"exp": NOW + 600}, True),
        ({"exp": NOW + 600.5, "iat": NOW - 10, "nbf": NOW - 10}, True),
        ({"exp": NOW - 30}, True),
        ({"exp": NOW + 600, "iat": NOW + 30}, True),
        ({}, False),
        ({"exp": NOW - 90}, False),
        ({"exp": NOW + 600, "nbf": NOW + 300}, False),
        ({"exp": NOW + 600, "iat": NOW + 300}, False),
        ({"exp": NOW + 7200}, False),
        ({"exp": True}, False),
        ({"exp": str(NOW + 600)}, False),
        ({"exp": None}, False),
        ({"exp": float("nan")}, False),
        ({"exp": float("inf")}, False),
        ({"exp": 10**400}, False),
        ({"exp": NOW + 600, "iat": -1}, False),
        ({"exp": NOW + 600, "nbf": [NOW]}, False),
    ],
)
def test_times(claims: dict[str, Any], timely: bool) -> None:
    """A token counts from nbf and iat to exp, a minute's leeway included, and no longer ahead than asked; only numbers are times."""
    assert jose.is_timely(claims, leeway=MINUTE, longest=timedelta(hours=1)) is timely


def test_times_that_may_be_missing() -> None:
    """Without `needs_exp` a token may last for ever, but one that says when it ends has ended then."""
    assert jose.is_timely({}, leeway=NONE, needs_exp=False)
    assert not jose.is_timely({"exp": NOW - 90}, leeway=NONE, needs_exp=False)
    assert jose.is_timely({"exp": NOW + 10**9}, leeway=NONE)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["exp", "nbf", "iat"]), JSON))
def test_no_times_raise(claims: dict[str, Any]) -> None:
    """Whatever comes as times is a yes or a no."""
    assert jose.is_timely(claims, leeway=MINUTE, longest=timedelta(hours=1)) in {True, False}
