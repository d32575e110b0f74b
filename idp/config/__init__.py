"""Typed settings, read from `IDP_*` environment variables and `.env`.

Unknown, malformed or weak values refuse to boot and name the variable. Durations that operators do not steer live in `idp.lifetimes`.
"""

from idp.config.checks import LOOPBACK_HOSTS
from idp.config.environment import SettingsError
from idp.config.settings import Settings

CONTRACTS = ("bearer", "provider", "cookies", "directory")

__all__ = ["CONTRACTS", "LOOPBACK_HOSTS", "Settings", "SettingsError"]
