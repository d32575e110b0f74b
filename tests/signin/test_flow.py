"""Which step of a sign-in is missing: the pure decision, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.signin.flow import Demand, Shown, Step, missing

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD, BEFORE = NOW - timedelta(hours=1), NOW - timedelta(minutes=10)
FIRST, SECOND, ENROL = Step.FIRST, Step.SECOND, Step.ENROL
ANY, FRESH = Demand(), Demand(since=BEFORE)
TWO, FRESH_TWO = Demand(two_factors=True), Demand(since=BEFORE, two_factors=True)

# What was shown, whether the account has a second factor, and what is missing under each demand: ANY, FRESH, TWO, FRESH_TWO.
TABLE: list[tuple[str, Shown | None, bool, tuple[Step | None, ...]]] = [
    ("nothing", None, False, (FIRST, FIRST, FIRST, FIRST)),
    ("nothing, guarded", None, True, (FIRST, FIRST, FIRST, FIRST)),
    ("fresh password", Shown(NOW), False, (None, None, ENROL, ENROL)),
    ("old password", Shown(OLD), False, (None, FIRST, ENROL, FIRST)),
    ("fresh password, guarded", Shown(NOW), True, (SECOND, SECOND, SECOND, SECOND)),
    ("old password, guarded", Shown(OLD), True, (SECOND, FIRST, SECOND, FIRST)),
    ("both fresh", Shown(NOW, NOW), True, (None, None, None, None)),
    ("both old", Shown(OLD, OLD), True, (None, FIRST, None, FIRST)),
    ("old password, fresh second", Shown(OLD, NOW), True, (None, FIRST, None, FIRST)),
    ("fresh password, old second", Shown(NOW, OLD), True, (None, SECOND, None, SECOND)),
    ("exactly at the bound", Shown(BEFORE, BEFORE), True, (None, None, None, None)),
    ("both shown, the factor since removed", Shown(NOW, NOW), False, (None, None, ENROL, ENROL)),
]


@pytest.mark.parametrize(("name", "shown", "is_guarded", "steps"), TABLE, ids=[row[0] for row in TABLE])
def test_the_missing_step(name: str, shown: Shown | None, is_guarded: bool, steps: tuple[Step | None, ...]) -> None:
    """The password comes first, then the second factor of whom has one, and who needs one and has none sets it up (item 23)."""
    assert tuple(missing(shown, is_guarded, demand) for demand in (ANY, FRESH, TWO, FRESH_TWO)) == steps


@pytest.mark.parametrize("is_guarded", [False, True])
@pytest.mark.parametrize("demand", [ANY, FRESH, TWO, FRESH_TWO], ids=["any", "fresh", "two", "fresh two"])
def test_making_up_each_step_comes_to_an_end(is_guarded: bool, demand: Demand) -> None:
    """Whoever shows each missing step is asked for each at most once, and then for nothing."""
    shown: Shown | None = None
    asked = []
    while (step := missing(shown, is_guarded, demand)) is not None:
        assert step not in asked
        asked.append(step)
        match step:
            case Step.FIRST:
                shown = Shown(NOW, shown.second_at if shown else None)
            case Step.SECOND | Step.ENROL:
                assert shown is not None
                shown, is_guarded = Shown(shown.first_at, NOW), True
    assert asked[0] is FIRST
    assert (len(asked) == 2) == (is_guarded or demand.two_factors)
