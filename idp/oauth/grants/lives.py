"""How long grants and their refresh tokens last, as a client's dialect has it."""

from datetime import timedelta

from idp.clients.registered import RegisteredClient
from idp.lifetimes import LIFETIMES
from idp.oauth import dialects


def idle_life(client: RegisteredClient) -> timedelta:
    """Return how long a refresh token of a client lives without use."""
    dialect = dialects.of(client)
    return dialect.refresh_life() if dialect is not None else LIFETIMES.refresh_idle


def refresh_life(client: RegisteredClient) -> timedelta | None:
    """Return how long a code's grant lasts beyond the browser session; None where only `offline_access` outlasts it."""
    dialect = dialects.of(client)
    return dialect.refresh_life() if dialect is not None else None
