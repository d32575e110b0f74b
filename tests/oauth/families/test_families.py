"""Token families in every order: exchange, keys, refresh, revocation and whatever ends them, against a plain model of each token."""

from itertools import cycle

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.factories import Provider
from tests.oauth.families.ending import ENDS, Families

pytestmark = pytest.mark.usefixtures("_still_clock")

# What has to come about in some example, or the machine has looked at nothing.
EVENTS = {
    "a token was refreshed",
    "a refresh token came again",
    "a code came again",
    "access_token was exchanged",
}
MORE = {
    "id_token was exchanged",
    "refresh_token was exchanged",
    "an app's own token was exchanged",
    "an access token was revoked",
    "a refresh token was revoked",
    "a consent was withdrawn",
    "an app began anew",
}


def run(provider: Provider, examples: int, steps: int) -> set[str]:
    """Run the machine, and return what came about."""
    seen, ends = set[str](), cycle(ENDS)
    quiet = list(HealthCheck)
    # A story is told as it was: making it shorter takes minutes.
    values = settings(max_examples=examples, stateful_step_count=steps, deadline=None, derandomize=True, database=None)
    values = settings(values, suppress_health_check=quiet, phases=[Phase.generate])
    run_state_machine_as_test(lambda: Families(provider, seen, ends), settings=values)
    return seen


def test_no_token_lives_that_should_be_dead(provider: Provider) -> None:
    """Whatever is asked, shown again, exchanged or ended, in any order: exactly those tokens are good that should be."""
    assert run(provider, len(ENDS), 25) >= EVENTS


@pytest.mark.slow
def test_no_token_lives_in_longer_stories(provider: Provider) -> None:
    """The same, in more and longer stories."""
    assert run(provider, 20, 50) >= EVENTS | MORE
