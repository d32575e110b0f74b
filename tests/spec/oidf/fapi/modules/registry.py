"""The register of modules: what the suite demands under a name is one function here."""

from collections.abc import Callable

from tests.spec.oidf.fapi.plans import PREFIX
from tests.spec.oidf.fapi.suite import Suite

Module = Callable[[Suite], None]
MODULES: dict[str, Module] = {}


def module(*names: str) -> Callable[[Module], Module]:
    """Register a function for the modules of these names, told without their prefix; `suite.module` tells them apart."""

    def register(function: Module) -> Module:
        for name in names:
            assert PREFIX + name not in MODULES, f"{name} is there twice"
            MODULES[PREFIX + name] = function
        return function

    return register
