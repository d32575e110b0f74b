"""The modules of the FAPI 2.0 plans, each as a function that makes the same demands."""

from tests.spec.oidf.fapi.modules import assertions, codes, discovery, happy, objects, possession, pushing, refreshing
from tests.spec.oidf.fapi.modules.registry import MODULES

__all__ = ["MODULES", "assertions", "codes", "discovery", "happy", "objects", "possession", "pushing", "refreshing"]
