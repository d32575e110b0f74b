"""Every module of every certification plan has a test, and runs as often as in the suite."""

from collections import Counter

from tests.spec.oidf import plans
from tests.spec.oidf.modules import MODULES


def test_every_module_has_a_test() -> None:
    """No module of a plan is without its function, and no function without a plan; each names its modules."""
    planned = {run.module for run in plans.runs(tuple(plans.PLANS))}
    assert planned == MODULES.keys()
    unsaid = [name for name, function in MODULES.items() if "oidcc-" not in (function.__doc__ or "")]
    assert unsaid == []


def test_every_plan_is_run() -> None:
    """Each plan belongs to a provider's way of working, those of the front channel to the legacy one."""
    assert {*plans.ORDINARY, *plans.LEGACY} == plans.PLANS.keys()


def test_plans_are_as_long_as_the_suites() -> None:
    """The numbers of modules are those of the suite, with dynamic registration where that is a choice."""
    counted = Counter(run.plan for run in plans.runs(tuple(plans.PLANS)) if run.variant.is_dynamic)
    assert counted == {
        "config": 1,
        "basic": 38,
        "formpost-basic": 38,
        "dynamic": 23,
        "rp-initiated-logout": 11,
        "backchannel-rp-initiated-logout": 2,
        "3rdparty-init-login": 2,
        "implicit": 58,
        "formpost-implicit": 58,
        "hybrid": 102,
        "formpost-hybrid": 102,
    }
