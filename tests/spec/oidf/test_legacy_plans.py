"""The certification plans against a provider with `IDP_LEGACY_RESPONSE_TYPES`: implicit, hybrid, and unsigned request objects."""

import pytest

from tests.factories import Person
from tests.spec.oidf import plans
from tests.spec.oidf.host import Host
from tests.spec.oidf.modules import MODULES
from tests.spec.oidf.plans import Run
from tests.spec.oidf.suite import Published, Suite

IS_LEGACY = True
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("run", plans.runs(plans.LEGACY), ids=str)
def test_module(provider: Published, person: Person, host: Host, run: Run) -> None:
    """Each module of the plan finds what it demands."""
    suite = Suite(run.module, run.variant, provider, person, host)
    MODULES[run.module](suite)
    suite.clean_up()
