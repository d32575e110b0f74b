"""The certification plans of FAPI 2.0 against a provider whose clients have the profile."""

import pytest

from tests.factories import Person
from tests.spec.oidf.fapi import plans
from tests.spec.oidf.fapi.conftest import Parties
from tests.spec.oidf.fapi.modules import MODULES
from tests.spec.oidf.fapi.plans import Run
from tests.spec.oidf.fapi.suite import Suite
from tests.spec.oidf.suite import Published

RUNS = [pytest.param(run, id=str(run), marks=[pytest.mark.slow] if run.is_slow else []) for run in plans.runs()]


@pytest.mark.parametrize("run", RUNS)
def test_module(provider: Published, person: Person, parties: Parties, run: Run) -> None:
    """Each module of the plan finds what it demands."""
    MODULES[run.module](Suite(run.module, run.variant, provider, person, parties(run.variant)))
