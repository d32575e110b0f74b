"""Whether any client is signed in to by the browser; a process remembers it until a client changes."""

from typing import Any

from sqlalchemy import Select, select

from idp.base.recalled import Recalled
from idp.base.statements import statement
from idp.clients.models import Client


def is_on() -> bool:
    """Return whether an enabled client is switched to FedCM."""
    return _recalled.get()


@statement
def _any(_dialect: str) -> Select[Any]:
    return select(Client.client_id).where(Client.fedcm_enabled, Client.disabled_at.is_(None)).limit(1)


_recalled = Recalled("clients", _any, bool)
