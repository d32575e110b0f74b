"""The modules of the certification suite, each as a function that makes the same demands."""

from tests.spec.oidf.modules import discovery, happy, logout, objects, people, prompts, redirects, registering, tokens
from tests.spec.oidf.modules.registry import MODULES

__all__ = [
    "MODULES",
    "discovery",
    "happy",
    "logout",
    "objects",
    "people",
    "prompts",
    "redirects",
    "registering",
    "tokens",
]
