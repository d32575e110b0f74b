"""An account as programs are told of it by commands and by the administrators' interface: nothing of what is secret."""

from typing import Any

from idp.accounts import details
from idp.accounts.models import Account
from idp.base import clock

NAMES = ("id", "sub", "email", "username", "given_name", "family_name", "picture")
INSTANTS = ("created_at", "updated_at", "last_sign_in_at", "disabled_at", "erase_at")


def describe(account: Account) -> dict[str, Any]:
    """Return what is told of an account: its claims by their names, and its state."""
    return {
        **{name: getattr(account, name) for name in NAMES},
        "email_verified": account.is_verified,
        **details.tell(account.details),
        "attributes": account.attributes or {},
        "is_admin": account.is_admin,
        "has_password": account.password_hash is not None,
        "has_second_factor": account.has_second_factor,
        **{name: clock.tell(getattr(account, name)) for name in INSTANTS},
    }
