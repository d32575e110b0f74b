"""Every module of every certification plan has a test, and runs as often as in the suite."""

from collections import Counter

from tests.spec.oidf import plans
from tests.spec.oidf.fapi import modules as fapi_modules
from tests.spec.oidf.fapi import plans as fapi_plans
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


def test_every_module_of_fapi_has_a_test() -> None:
    """The names written down are the modules that there are; each says what it demands, and is run in one variant every time."""
    named = {fapi_plans.PREFIX + name for name in (*fapi_plans.SECURITY, *fapi_plans.SIGNED)}
    assert named == fapi_modules.MODULES.keys()
    for name, function in fapi_modules.MODULES.items():
        assert fapi_plans.PREFIX in (function.__doc__ or ""), name
    assert {run.module for run in fapi_plans.runs() if not run.is_slow} == named


def test_fapi_plans_are_as_long_as_the_suites() -> None:
    """Both plans have as many modules as the suite's, where OpenID Connect, DPoP and private_key_jwt bring the most."""
    assert len(fapi_plans.modules(fapi_plans.FIRST)) == 56
    assert len(fapi_plans.modules(fapi_plans.SIGNING)) == 70
    kinds = {(run.plan, run.variant.client_auth_type, run.variant.sender_constrain) for run in fapi_plans.runs()}
    assert len(kinds) == 2 * 4
